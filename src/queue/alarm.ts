import type { Clock } from '../base/clock.js';

/** Later moments are left to the poll; by then they have come near, or another process has them. */
const FURTHEST_MS = 3_600_000;
/** Rings this much after the moment, so that the database finds it past. */
const SLACK_MS = 5;

/** Rings for queues at moments: one timer of the process for all. */
export class Alarm {
  private readonly moments = new Map<number, Set<string>>();
  private timer: NodeJS.Timeout | null = null;
  private next = Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly ring: (queue: string) => void,
  ) {}

  set(queue: string, at: Date): void {
    const moment = at.getTime();
    if (moment - this.clock.now().getTime() > FURTHEST_MS) return;
    const queues = this.moments.get(moment);
    if (queues) queues.add(queue);
    else this.moments.set(moment, new Set([queue]));
    if (moment < this.next) this.arm(moment);
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.moments.clear();
  }

  private arm(moment: number): void {
    if (this.timer) clearTimeout(this.timer);
    this.next = moment;
    this.timer = setTimeout(() => this.due(), Math.max(0, moment - this.clock.now().getTime()) + SLACK_MS);
    this.timer.unref();
  }

  private due(): void {
    const now = this.clock.now().getTime();
    const due = [...this.moments].filter(([moment]) => moment <= now);
    for (const [moment] of due) this.moments.delete(moment);
    for (const queue of new Set(due.flatMap(([, queues]) => [...queues]))) this.ring(queue);
    this.next = Infinity;
    const rest = [...this.moments.keys()];
    if (rest.length > 0) this.arm(Math.min(...rest));
  }
}
