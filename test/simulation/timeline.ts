import { plus, type Clock } from '../../src/base/clock.js';

/** Whose waiting it is: a process, which can die or freeze; null: the world outside. */
export interface Owner {
  readonly name: string;
  alive: boolean;
  /** Nothing of it moves before. */
  frozenUntil: number;
}

/** Something that happens at a moment. */
export interface Happening {
  readonly at: number;
  readonly owner: Owner | null;
  readonly label: string;
  run(): void | Promise<void>;
}

/** Virtual time: it stands still until it is moved, and what is to happen at a moment waits here for it. */
export class Timeline {
  private happenings: Happening[] = [];

  constructor(public now: number) {}

  add(happening: Happening): void {
    this.happenings.push(happening);
  }

  remove(happening: Happening): void {
    this.happenings = this.happenings.filter((one) => one !== happening);
  }

  /** What may happen now, in the order in which it was added. */
  due(): Happening[] {
    return this.happenings.filter((one) => this.momentOf(one) <= this.now);
  }

  /** When the next thing happens; null when nothing will. */
  next(): number | null {
    const moments = this.happenings.map((one) => this.momentOf(one));
    return moments.length === 0 ? null : Math.min(...moments);
  }

  /** Forgets what a dead process waited for. */
  forget(owner: Owner): void {
    this.happenings = this.happenings.filter((one) => one.owner !== owner);
  }

  /** The clock of one process. Its sleeps end when time has been moved that far, and never when it has died. */
  clockOf(owner: Owner, skewMs: number): Clock {
    return {
      now: () => plus(new Date(this.now), skewMs),
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve();
          const happening: Happening = { at: this.now + ms, owner, label: 'wakes', run: done };
          const timeline = this as Timeline;
          timeline.add(happening);
          signal?.addEventListener('abort', done, { once: true });
          function done(): void {
            timeline.remove(happening);
            signal?.removeEventListener('abort', done);
            resolve();
          }
        }),
    };
  }

  private momentOf({ at, owner }: Happening): number {
    return Math.max(at, owner?.frozenUntil ?? 0);
  }
}
