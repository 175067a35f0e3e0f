import type { ConnectionStatus } from './event-stream.ts';
import type { InboxCounts, InboxFilter, InboxItem } from './operations.ts';
import type { Preferences, PreferencesChange } from './preferences-operations.ts';
import type { Problem } from './state.ts';

/** Something that changes and can be watched: the shape that `useSyncExternalStore` wants. */
export interface Watchable<Snapshot> {
  /** Calls the listener after every change. Returns the function that stops it. */
  readonly subscribe: (listener: () => void) => () => void;
  /** As it is now; the same object until something changes. */
  readonly getSnapshot: () => Snapshot;
}

/** What is true of the whole inbox, whatever list is looked at. */
export interface InboxSnapshot {
  readonly counts: InboxCounts;
  /** Items that wait for a toast or have one in this tab, oldest first. */
  readonly toasts: readonly InboxItem[];
  readonly status: ConnectionStatus;
  readonly problem: Problem | null;
  /** Marks that wait for the connection to come back. */
  readonly queued: number;
}

/** One list: the items of a filter that are loaded, pinned ones first, then newest first. */
export interface ListSnapshot {
  readonly items: readonly InboxItem[];
  /** False until it was read once (or came out of the cache). */
  readonly loaded: boolean;
  readonly loading: boolean;
  readonly hasMore: boolean;
  readonly failed: boolean;
}

/** A list of the inbox. The first who watches it has it read; nobody watching, it is forgotten after a while. */
export interface InboxList extends Watchable<ListSnapshot> {
  readonly filter: InboxFilter;
  /** Reads the next page, if there is one. Failures show in the snapshot. */
  loadMore(): Promise<void>;
  /** Reads it anew from its beginning. */
  reload(): Promise<void>;
}

/** Exact counts of parts of the inbox, asked of the server; null until they are known. */
export type CountsHandle = Watchable<readonly (InboxCounts | null)[]>;

export interface PreferencesSnapshot {
  /** As they are to be shown: with what is being saved laid over them. Null until they were read. */
  readonly value: Preferences | null;
  readonly loading: boolean;
  readonly saving: boolean;
  /** What went wrong last; cleared by the next success. */
  readonly problem: 'LOAD' | 'SAVE' | null;
}

/** What the person wants. The first who watches it has it read. */
export interface PreferencesHandle extends Watchable<PreferencesSnapshot> {
  reload(): Promise<void>;
  /** Changes at once on screen and then on the server. False: it was not taken, and what was shown is taken back. */
  update(change: PreferencesChange): Promise<boolean>;
}
