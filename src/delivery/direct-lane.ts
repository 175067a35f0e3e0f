import { messageOf } from '../base/errors.js';
import type { Logger } from '../base/log.js';
import type { Lane } from '../base/names.js';
import type { Advancer } from './advance.js';

/** Notifications that this process carries out directly at once. */
const SLOTS = 256;
/** Sends of more people go through the queue: they would hold the slots of those who wait for one message. */
const LARGEST = 50;

/**
 * The short way from an accepted send to its first attempt: in this process, right after the commit. The deferred job
 * stays behind as the net; when all went well, it finds nothing to do.
 */
export class DirectLane {
  private used = 0;
  private readonly running = new Set<Promise<void>>();
  private closed = false;

  constructor(
    private readonly advancer: Advancer,
    private readonly log: Logger,
  ) {}

  reserve(count: number) {
    if (this.closed || count === 0 || count > LARGEST || this.used + count > SLOTS) return null;
    this.used += count;
    let held = true;
    const release = (): void => {
      if (held) this.used -= count;
      held = false;
    };
    const run = (environmentId: string, ids: readonly string[], lane: Lane): void => {
      const work = this.advancer
        .advance(environmentId, ids, lane)
        .catch((error) => this.log.warn({ error: messageOf(error) }, 'direct dispatch failed; its job takes over'))
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
