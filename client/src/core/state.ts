import type { ConnectionStatus } from './event-stream.ts';
import type { InboxCounts, InboxFilter, InboxItem, InboxMark, MarkPart, Timestamp } from './operations.ts';

/** By id; null: it is gone for good, so an older answer must not bring it back. */
export type Items = Readonly<Record<string, InboxItem | null>>;

/** What somebody wants marked, as it can be kept and sent later. `until`: of SNOOZED. */
export interface MarkOrder {
  readonly mark: InboxMark;
  readonly at: Timestamp;
  readonly until?: Timestamp;
  /** The items, or all that was there at a version. */
  readonly target: { readonly ids: readonly string[] } | ({ readonly upToVersion: number } & MarkPart);
}

/** A mark that is shown before the server has answered. */
export interface PendingMark extends MarkOrder {
  readonly key: string;
  /** It waits for the connection to come back. */
  readonly queued: boolean;
}

/** How far one list is read. Which items it holds follows from its filter. */
export interface ListState {
  readonly filter: InboxFilter;
  /** The place of the oldest item that was read: below it nothing is known. 0: nothing lies below. Infinity: not read yet. */
  readonly floor: number;
  readonly cursor: string | null;
  readonly loading: boolean;
  readonly failed: boolean;
  /** Too much has changed to be told: it must be read again. */
  readonly stale: boolean;
}

/** An item that came in live and wants a toast. `at`: when it came, on this machine's clock in milliseconds. */
interface ToastEntry {
  readonly id: string;
  readonly at: number;
  readonly shown: boolean;
}

/** What went wrong last, for a sentence on screen: a list could not be read, or a mark was not taken. */
export type Problem = 'LOAD' | 'MARK';

/**
 * All that the inbox knows. `items` and `counts` hold only what the server said; marks in flight lie beside them in
 * `pending` and are laid over in view.ts, so that a rollback is nothing more than forgetting one.
 */
export interface InboxState {
  readonly items: Items;
  /** By filterKey. */
  readonly lists: Readonly<Record<string, ListState>>;
  readonly counts: InboxCounts;
  /** The cursor of the event stream, -1 before there is one. Moved by events and by the very first read, never by a mutation's answer. */
  readonly version: number;
  /** Grows with every piece of news about the counts. */
  readonly revision: number;
  readonly pending: readonly PendingMark[];
  readonly toasts: readonly ToastEntry[];
  readonly status: ConnectionStatus;
  readonly problem: Problem | null;
}

/** What is kept of an inbox while nobody looks: its list as far as it was read, and the counts. */
export interface Memento {
  readonly items: readonly InboxItem[];
  readonly floor: number;
  readonly cursor: string | null;
  readonly counts: InboxCounts;
  readonly version: number;
}

/** The list that everybody has: neither put away nor put off. */
export const wholeList = '{}';

/** The inbox before anything is known; also what a server renders. */
export const initialState: InboxState = {
  items: {},
  lists: { [wholeList]: unopened({}) },
  counts: { unseen: 0, unread: 0 },
  version: -1,
  revision: 0,
  pending: [],
  toasts: [],
  status: 'connecting',
  problem: null,
};

/** A list of which nothing was read yet. */
export function unopened(filter: InboxFilter): ListState {
  return { filter, floor: Infinity, cursor: null, loading: false, failed: false, stale: false };
}
