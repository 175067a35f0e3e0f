import { userError, type UserError } from '../base/errors.js';
import { uuidv7 } from '../base/ids.js';
import type { Lane } from '../base/names.js';
import { raiseChange } from '../store/alerts.js';
import type { Tx } from '../store/transaction.js';

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
  private readonly full = new Set<Lane>();
  /** Lanes of environments of which this process said that they are full. */
  private readonly told = new Set<string>();

  constructor(
    private readonly backlog: LaneBacklog,
    private readonly limit: number,
  ) {}

  /** What is wrong with sending in these lanes now, by lane; empty: nothing. */
  async problems(lanes: Iterable<Lane>): Promise<Map<Lane, UserError>> {
    const problems = new Map<Lane, UserError>();
    for (const lane of new Set(lanes)) {
      const waiting = await this.backlog.of(lane);
      if (waiting < this.limit) {
        this.full.delete(lane);
        continue;
      }
      this.full.add(lane);
      const message = `${waiting} notifications wait in the ${lane} lane, the limit is ${this.limit}; nothing was stored, try again in ${RETRY_AFTER_SECONDS} s`;
      problems.set(lane, userError(['input'], OVERLOADED, message));
    }
    return problems;
  }

  /** Tells operators of those who were just refused, or taken again: once each time, whichever process sees it first. */
  async tell(
    tx: Pick<Tx, 'db' | 'emit'>,
    asked: readonly { environmentId: string; lane: Lane }[],
    now: Date,
  ): Promise<void> {
    for (const [name, [one]] of Map.groupBy(asked, ({ environmentId, lane }) => `${environmentId} ${lane}`)) {
      if (!one || this.full.has(one.lane) === this.told.has(name)) continue;
      const { environmentId, lane } = one;
      const isFull = this.full.has(lane);
      const about = `the ${lane} lane`;
      const detail = isFull
        ? `${about} holds ${this.limit} notifications or more that wait: sends in it are refused until workers catch up`
        : `${about} takes sends again`;
      const type = isFull ? 'BACKLOG_FULL' : 'BACKLOG_DRAINED';
      const alert = { environment_id: environmentId, id: uuidv7(now), type, integration_key: null, detail };
      await raiseChange(tx, { ...alert, created_at: now }, ['BACKLOG_FULL', 'BACKLOG_DRAINED'], about);
      if (isFull) this.told.add(name);
      else this.told.delete(name);
    }
  }
}

export const OVERLOADED = 'OVERLOADED';
