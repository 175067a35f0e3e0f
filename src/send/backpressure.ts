import { userError, type UserError } from '../base/errors.js';
import type { Lane } from '../base/names.js';

/** What waits in a lane. */
export interface LaneBacklog {
  of(lane: Lane): Promise<number>;
}

/** A lane with so much waiting takes nothing more for at least this long. */
export const RETRY_AFTER_SECONDS = 5;

/**
 * Refuses what would only lengthen the queue of a lane, before anything is stored: better a clear "later" now than an
 * acceptance that is kept hours late. Each lane by itself: a full BULK lane does not touch CRITICAL.
 */
export class Backpressure {
  constructor(
    private readonly backlog: LaneBacklog,
    private readonly limit: number,
  ) {}

  /** What is wrong with sending in these lanes now, by lane; empty: nothing. */
  async problems(lanes: Iterable<Lane>): Promise<Map<Lane, UserError>> {
    const problems = new Map<Lane, UserError>();
    for (const lane of new Set(lanes)) {
      const waiting = await this.backlog.of(lane);
      if (waiting < this.limit) continue;
      const message = `${waiting} notifications wait in the ${lane} lane, the limit is ${this.limit}; nothing was stored, try again in ${RETRY_AFTER_SECONDS} s`;
      problems.set(lane, userError(['input'], OVERLOADED, message));
    }
    return problems;
  }
}

export const OVERLOADED = 'OVERLOADED';
