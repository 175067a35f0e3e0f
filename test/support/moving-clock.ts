import { monotonicMs, type Clock } from '../../src/base/clock.js';

/** A clock that goes as clocks do, from where it is set; tests set it forward by days. */
export class MovingClock implements Clock {
  private from: number;
  private since = monotonicMs();

  /** Before today: what waits for a time of this clock must be past for the database, which has its own. */
  constructor(start: string) {
    this.from = Date.parse(start);
  }

  now(): Date {
    return new Date(this.from + monotonicMs() - this.since);
  }

  /** Sets it forward. */
  moveTo(time: string): void {
    const to = Date.parse(time);
    if (to < this.now().getTime()) throw new Error(`expected a time after ${this.now().toISOString()}, ${time} given`);
    this.from = to;
    this.since = monotonicMs();
  }
}
