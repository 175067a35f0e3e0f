import type { Lane } from '../base/names.js';
import type { JobInput } from '../queue/queue.js';

/** Timers due within the same such moment share a job. */
const GRAIN_MS = 250;
/**
 * A job this near is always written, and never relied on by a later commit: that one may come after it ran. Of others this
 * process remembers which moments have one.
 */
const NEAR_MS = 2_000;
const REMEMBERED_MAX = 10_000;
/** Any: wakes belong to no lane. */
const LANE: Lane = 'NORMAL';

/** Which moments have a job that wakes what is due then. */
export class WakeBook {
  private readonly known = new Set<number>();

  /** @param job what looks at what is due: timers, unless said otherwise */
  constructor(private readonly job: 'wake' | 'webhooks' | 'digest' = 'wake') {}

  /** Does a moment have its job, as far as this process knows? */
  covers(at: Date, now: Date): boolean {
    return at.getTime() - now.getTime() > NEAR_MS && this.known.has(momentOf(at));
  }

  /** The jobs to write for these instants, and what to remember once they are committed. */
  jobsFor(ats: readonly Date[], now: Date): { jobs: JobInput[]; moments: number[] } {
    const moments = [...new Set(ats.filter((at) => !this.covers(at, now)).map(momentOf))];
    return { jobs: moments.map((at) => ({ job: this.job, lane: LANE, data: {}, at: new Date(at) })), moments };
  }

  remember(moments: readonly number[]): void {
    if (this.known.size > REMEMBERED_MAX) this.known.clear();
    for (const moment of moments) this.known.add(moment);
  }
}

function momentOf(at: Date): number {
  return Math.ceil(at.getTime() / GRAIN_MS) * GRAIN_MS;
}
