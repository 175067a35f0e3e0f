import { Batcher } from '../base/batcher.js';
import { messageOf } from '../base/errors.js';
import type { Logger } from '../base/log.js';
import type { Db } from '../store/database.js';
import { changesSince, readInboxes, type InboxState } from '../store/inbox-items.js';
import type { InboxHint } from '../store/transaction.js';
import { hasAll, tell, type InboxChange, type Reader } from './reader.js';

/** Inboxes read by one query, and changes of each: together what a storm of readers who missed much takes at a time. */
const INBOXES_AT_ONCE = 200;
const PAGE = 100;

/**
 * The readers connected to this process. A hint says only that an inbox has something new; the hub reads what, by
 * version, one query for many inboxes, so that a lost or doubled hint neither hides nor repeats an event. It reads for
 * those who have taken what was read before, a page at a time: a slow reader holds a page and a version, never a backlog.
 */
export class Hub {
  private readonly readers = new Map<string, Set<Reader>>();
  private readonly dirty = new Set<string>();
  private readonly states: Batcher<InboxHint, InboxState>;
  private reading = false;

  constructor(
    private readonly db: Db,
    private readonly log: Logger,
  ) {
    this.states = new Batcher((inboxes) => readInboxes(db, inboxes), { maxSize: 500, inFlight: 2 });
  }

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
    const reader: Reader = { ...hint, cursor: null, live: false, buffer: [], more: false, wake: null, closed: false };
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
      const inbox = await this.states.add(hint);
      const { version, unseen, unread } = inbox;
      reader.cursor = Math.min(after ?? version, version);
      reader.live = reader.cursor === version;
      if (after !== null && after > version)
        reader.buffer.push({ kind: 'reset', reason: 'TOO_OLD', version, counts: { unseen, unread } });
      reader.more = true;
      while (!reader.closed) {
        const next = reader.buffer.shift();
        if (next) {
          yield next;
          continue;
        }
        const woken = new Promise<void>((resolve) => (reader.wake = resolve));
        if (reader.more) this.hint([hint]);
        await woken;
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
    const wanted: (InboxHint & { after: number })[] = [];
    for (const key of this.dirty) {
      if (wanted.length === INBOXES_AT_ONCE) break;
      this.dirty.delete(key);
      const cursors: number[] = [];
      for (const reader of this.readers.get(key) ?? []) {
        // Whoever has not taken what was read before asks again when that is done.
        if (reader.cursor === null || reader.buffer.length > 0) reader.more = true;
        else cursors.push(reader.cursor);
      }
      const [environmentId = '', recipientId = ''] = key.split(':');
      if (cursors.length > 0) wanted.push({ environmentId, recipientId, after: Math.min(...cursors) });
    }
    try {
      const found = await changesSince(this.db, wanted, PAGE);
      for (const [key, changes] of found) {
        const group = this.readers.get(key) ?? new Set();
        tell(group, changes, PAGE);
        if ([...group].some((reader) => reader.buffer.length === 0 && !hasAll(reader, changes))) this.dirty.add(key);
      }
    } catch (error) {
      this.log.warn({ error: messageOf(error) }, 'inboxes could not be read; trying again');
      const again = setTimeout(() => this.hint(wanted), 500);
      again.unref();
    }
  }
}

function keyOf(hint: InboxHint): string {
  return `${hint.environmentId}:${hint.recipientId}`;
}
