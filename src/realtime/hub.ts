import type { Logger } from '../base/log.js';
import { messageOf } from '../base/errors.js';
import type { Db } from '../store/database.js';
import { changesSince, readInbox, type InboxChanges, type InboxItemRow } from '../store/inbox-items.js';
import type { InboxHint } from '../store/transaction.js';

export interface InboxCounts {
  readonly unseen: number;
  readonly unread: number;
}

/** What a connected client is told. Versions grow; at least once, in order. */
export type InboxChange = { readonly version: number; readonly counts: InboxCounts } & (
  | { readonly kind: 'added' | 'changed'; readonly item: InboxItemRow }
  | { readonly kind: 'removed'; readonly itemId: string }
  | { readonly kind: 'reset'; readonly reason: 'MANY_CHANGED' | 'TOO_OLD' | 'SLOW_READER' }
);

/** A gap of more changes than this is told as "read the list again". */
const REPLAY_MAX = 500;
/** Events that wait for one slow reader before it is told to read the list again. */
const BUFFER_MAX = 1000;

interface Reader {
  readonly environmentId: string;
  readonly recipientId: string;
  /** Last version told. */
  cursor: number;
  buffer: InboxChange[];
  wake: (() => void) | null;
  closed: boolean;
}

/**
 * The readers connected to this process. A hint says only that an inbox has something new; the hub reads what, by
 * version, one query for all hinted inboxes, so that a lost or doubled hint neither hides nor repeats an event.
 */
export class Hub {
  private readonly readers = new Map<string, Set<Reader>>();
  private dirty = new Set<string>();
  private reading = false;

  constructor(
    private readonly db: Db,
    private readonly log: Logger,
  ) {}

  /** Is anybody here reading this inbox? */
  has(hint: InboxHint): boolean {
    return this.readers.has(keyOf(hint));
  }

  /** Something is new in these inboxes. */
  hint(hints: Iterable<InboxHint>): void {
    for (const hint of hints) if (this.has(hint)) this.dirty.add(keyOf(hint));
    this.read();
  }

  /** Looks into every inbox that is read here: after a lost listening connection, and as a floor under lost hints. */
  hintAll(): void {
    for (const key of this.readers.keys()) this.dirty.add(key);
    this.read();
  }

  /**
   * Changes of one inbox after a version (null: from now on), first those that were missed, then live ones, until the
   * caller stops iterating or `signal` aborts.
   */
  async *follow(
    hint: InboxHint,
    after: number | null,
    signal: AbortSignal,
  ): AsyncGenerator<InboxChange, void, undefined> {
    const reader: Reader = { ...hint, cursor: Number.MAX_SAFE_INTEGER, buffer: [], wake: null, closed: false };
    const key = keyOf(hint);
    const group = this.readers.get(key) ?? new Set();
    this.readers.set(key, group.add(reader));
    const stop = (): void => {
      reader.closed = true;
      reader.wake?.();
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      // Registered before reading: what commits meanwhile is hinted, and found by version.
      const inbox = await readInbox(this.db, hint.environmentId, hint.recipientId);
      reader.cursor = Math.min(after ?? inbox.version, inbox.version);
      if (after !== null && after > inbox.version)
        reader.buffer.push({ kind: 'reset', reason: 'TOO_OLD', version: inbox.version, counts: countsOf(inbox) });
      this.hint([hint]);
      while (!reader.closed) {
        const next = reader.buffer.shift();
        if (next) yield next;
        else await new Promise<void>((resolve) => (reader.wake = resolve));
      }
    } finally {
      signal.removeEventListener('abort', stop);
      group.delete(reader);
      if (group.size === 0) this.readers.delete(key);
    }
  }

  private read(): void {
    if (this.reading || this.dirty.size === 0) return;
    this.reading = true;
    setImmediate(() => {
      void this.readDirty().finally(() => {
        this.reading = false;
        this.read();
      });
    });
  }

  private async readDirty(): Promise<void> {
    const keys = [...this.dirty].slice(0, 500);
    const wanted = keys.flatMap((key) => {
      this.dirty.delete(key);
      const group = [...(this.readers.get(key) ?? [])];
      const [first] = group;
      if (!first) return [];
      const after = Math.min(...group.map((reader) => reader.cursor));
      return after === Number.MAX_SAFE_INTEGER
        ? []
        : [{ environmentId: first.environmentId, recipientId: first.recipientId, after }];
    });
    try {
      const found = await changesSince(this.db, wanted, REPLAY_MAX);
      for (const [key, changes] of found) for (const reader of this.readers.get(key) ?? []) tell(reader, changes);
    } catch (error) {
      this.log.warn({ error: messageOf(error) }, 'inboxes could not be read; trying again');
      const again = setTimeout(() => this.hint(wanted), 500);
      again.unref();
    }
  }
}

function tell(reader: Reader, { inbox, items }: InboxChanges): void {
  if (reader.cursor >= inbox.version) return;
  const counts = countsOf(inbox);
  const news = items.filter((item) => item.version > reader.cursor);
  if (inbox.reset_version > reader.cursor)
    reader.buffer = [{ kind: 'reset', reason: 'MANY_CHANGED', version: inbox.version, counts }];
  else if (news.length > REPLAY_MAX || items.length > REPLAY_MAX)
    reader.buffer = [{ kind: 'reset', reason: 'TOO_OLD', version: inbox.version, counts }];
  else if (reader.buffer.length + news.length > BUFFER_MAX)
    reader.buffer = [{ kind: 'reset', reason: 'SLOW_READER', version: inbox.version, counts }];
  else for (const item of news) reader.buffer.push(toChange(item, reader.cursor, counts));
  reader.cursor = inbox.version;
  reader.wake?.();
  reader.wake = null;
}

function toChange(item: InboxItemRow, cursor: number, counts: InboxCounts): InboxChange {
  if (item.removed_at !== null) return { kind: 'removed', version: item.version, counts, itemId: item.id };
  return { kind: item.added_version > cursor ? 'added' : 'changed', version: item.version, counts, item };
}

function countsOf(inbox: { unseen: number; unread: number }): InboxCounts {
  return { unseen: inbox.unseen, unread: inbox.unread };
}

function keyOf(hint: InboxHint): string {
  return `${hint.environmentId}:${hint.recipientId}`;
}
