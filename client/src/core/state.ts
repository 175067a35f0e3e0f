import type { ConnectionStatus } from './event-stream.ts';
import type { InboxCounts, InboxEvent, InboxItem, InboxMark, InboxPage, Timestamp } from './operations.ts';

/** A mark that was shown before the server has answered. `revision`: how much of the server's news it was based on. */
export interface PendingMark {
  readonly key: number;
  readonly mark: InboxMark;
  readonly at: Timestamp;
  readonly revision: number;
  /** The items, or every item up to a version. */
  readonly target: { readonly ids: readonly string[] } | { readonly upToVersion: number };
}

/** An item that came in live and wants a toast. `at`: when it came, on this machine's clock in milliseconds. */
interface ToastEntry {
  readonly id: string;
  readonly at: number;
  readonly shown: boolean;
}

/** What went wrong last, for a sentence on screen: the list could not be read, or a mark was not taken. */
export type Problem = 'LOAD' | 'MARK';

/**
 * All that the inbox knows. `items`, `order`, `counts` hold only what the server said; marks in flight lie beside them
 * in `pending` and are laid over in view.ts, so that a rollback is nothing more than forgetting one.
 */
export interface InboxState {
  readonly items: Readonly<Record<string, InboxItem>>;
  /** Ids, newest first. */
  readonly order: readonly string[];
  readonly counts: InboxCounts;
  /** The cursor of the event stream. Moved by events and by reads of the first page, never by a mutation's answer. */
  readonly version: number;
  /** Grows with every piece of news from the stream or a list read; see PendingMark. */
  readonly revision: number;
  readonly loaded: boolean;
  /** The server said that too much has changed: the list must be read again. */
  readonly stale: boolean;
  readonly hasMore: boolean;
  readonly endCursor: string | null;
  /** When the oldest item of the loaded part was made; null when nothing lies below it. */
  readonly floor: Timestamp | null;
  /** A list read in flight and the events that came meanwhile, which its answer may not hold yet. */
  readonly reading: { readonly kind: ReadKind; readonly events: readonly InboxEvent[] } | null;
  readonly pending: readonly PendingMark[];
  readonly toasts: readonly ToastEntry[];
  readonly status: ConnectionStatus;
  readonly problem: Problem | null;
}

/** The first page replaces the list; `more` goes on behind its end. */
export type ReadKind = 'first' | 'more';

/** Everything that can happen to the state. */
export type InboxAction =
  | { readonly type: 'status'; readonly status: ConnectionStatus }
  | { readonly type: 'event'; readonly event: InboxEvent; readonly toastAt: number | null }
  | { readonly type: 'readStarted'; readonly kind: ReadKind }
  | { readonly type: 'readDone'; readonly page: InboxPage }
  | { readonly type: 'readFailed' }
  | { readonly type: 'markStarted'; readonly pending: PendingMark }
  | {
      readonly type: 'markDone';
      readonly key: number;
      readonly items: readonly InboxItem[];
      readonly counts: InboxCounts;
    }
  | { readonly type: 'markFailed'; readonly key: number; readonly quiet: boolean }
  | { readonly type: 'toastShown'; readonly id: string }
  | { readonly type: 'toastClosed'; readonly id: string }
  | { readonly type: 'toastsLate'; readonly before: number };

/** The inbox before anything is known; also what a server renders. */
export const initialState: InboxState = {
  items: {},
  order: [],
  counts: { unseen: 0, unread: 0 },
  version: 0,
  revision: 0,
  loaded: false,
  stale: false,
  hasMore: false,
  endCursor: null,
  floor: null,
  reading: null,
  pending: [],
  toasts: [],
  status: 'connecting',
  problem: null,
};
