import { Batcher } from '../base/batcher.js';
import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { uuidv7 } from '../base/ids.js';
import type { Logger } from '../base/log.js';
import type { Platform } from '../base/names.js';
import type { Db } from '../store/database.js';
import {
  deleteConnections,
  insertConnections,
  reapInstances,
  removeInstance,
  renewInstance,
  type ConnectionRow,
} from '../store/presence.js';

/** A process that does not renew for this long is taken for dead; one that is killed is seen sooner, by its lock. */
const LEASE_MS = 6_000;
const BEAT_MS = 1_000;

/**
 * Who is online: connections are rows, written in batches when they come and go, and count while their process's lease
 * holds. Nothing is written per heartbeat of a connection.
 */
export class Presence {
  private readonly live = new Map<string, ConnectionRow>();
  private readonly opening: Batcher<ConnectionRow, undefined>;
  private readonly closing: Batcher<string, undefined>;
  private timer: NodeJS.Timeout | null = null;
  private beating: Promise<void> = Promise.resolve();

  constructor(private readonly options: { db: Db; clock: Clock; log: Logger; instanceId: string; lockKey: number }) {
    const { db, clock, instanceId } = options;
    this.opening = new Batcher(
      async (rows) => {
        await insertConnections(db, rows, clock.now());
        return rows.map(() => undefined);
      },
      { maxSize: 1000, inFlight: 1 },
    );
    this.closing = new Batcher(
      async (ids) => {
        await deleteConnections(db, instanceId, ids);
        return ids.map(() => undefined);
      },
      { maxSize: 1000, inFlight: 1 },
    );
  }

  /** Takes the lease and keeps it; clears up after processes that died. */
  async start(): Promise<void> {
    await this.beat();
    this.timer = setInterval(() => {
      this.beating = this.beating.then(() => this.beat());
    }, BEAT_MS);
  }

  /** The person is online from when this resolves until the function it answers is called. */
  async connect(person: { environmentId: string; recipientId: string }, platform: Platform): Promise<() => void> {
    const row: ConnectionRow = {
      instance_id: this.options.instanceId,
      id: uuidv7(this.options.clock.now()),
      environment_id: person.environmentId,
      recipient_id: person.recipientId,
      platform,
    };
    this.live.set(row.id, row);
    await this.opening.add(row);
    return () => {
      if (!this.live.delete(row.id)) return;
      this.closing
        .add(row.id)
        .catch((error) => this.warn('a connection could not be closed; the lease will end it', error));
    };
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.beating;
    await removeInstance(this.options.db, this.options.instanceId).catch((error) =>
      this.warn('lease not given back', error),
    );
  }

  private async beat(): Promise<void> {
    const { db, clock, instanceId, lockKey, log } = this.options;
    try {
      const kept = await renewInstance(db, instanceId, lockKey, LEASE_MS);
      // Taken for dead meanwhile: the people here are still here.
      if (!kept && this.live.size > 0) await insertConnections(db, [...this.live.values()], clock.now());
      const gone = await reapInstances(db, instanceId);
      if (gone > 0) log.info({ connections: gone }, 'connections of a dead process removed');
    } catch (error) {
      this.warn('presence beat failed', error);
    }
  }

  private warn(what: string, error: unknown): void {
    this.options.log.warn({ error: messageOf(error) }, what);
  }
}
