import type { Reservation, WorkOwner } from '../base/direct-lane.js';
import { messageOf } from '../base/errors.js';
import type { Logger } from '../base/log.js';
import type { Lane } from '../base/names.js';
import type { Advancer } from './advance.js';

/** Notifications that this process carries out directly at once. */
const SLOTS = 256;
/** Sends of more people go through the queue: they would hold the slots of those who wait for one message. */
const LARGEST = 50;
/** Of these slots one tenant's work holds at most so many: the next one's message finds a slot. */
const SHARE = SLOTS / 2;

/**
 * The short way from an accepted send to its first attempt: in this process, right after the commit. Timers stay
 * behind as the net; what ends takes its own away.
 */
export class DirectLane {
  private used = 0;
  private readonly usedBy = new Map<string, number>();
  private readonly running = new Set<Promise<void>>();
  private closed = false;

  constructor(
    private readonly advancer: Advancer,
    private readonly log: Logger,
  ) {}

  reserve(count: number, owner: WorkOwner): Reservation | null {
    const name = `${owner.environmentId} ${owner.tenant ?? ''}`;
    const share = (this.usedBy.get(name) ?? 0) + count;
    if (this.closed || count === 0 || count > LARGEST || this.used + count > SLOTS || share > SHARE) return null;
    this.used += count;
    this.usedBy.set(name, share);
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      this.used -= count;
      const left = (this.usedBy.get(name) ?? 0) - count;
      if (left > 0) this.usedBy.set(name, left);
      else this.usedBy.delete(name);
    };
    const run = (ids: readonly string[], lane: Lane): void => {
      const work = this.advancer
        .advance({ ...owner, ids, lane })
        .catch((error) => this.log.warn({ error: messageOf(error) }, 'direct dispatch failed; its timer takes over'))
        .finally(() => {
          release();
          this.running.delete(work);
        });
      this.running.add(work);
    };
    return { run, release };
  }

  /** Takes nothing more and resolves when what runs is done; the queue carries the rest. */
  async stop(): Promise<void> {
    this.closed = true;
    await Promise.all(this.running);
  }
}
