import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { uuidv7 } from '../base/ids.js';
import { Kept } from '../base/kept.js';
import type { Logger } from '../base/log.js';
import { raiseAlerts } from '../store/alerts.js';
import type { Database } from '../store/database.js';
import { lockHealth, releaseWaiting, saveHealth, type HealthRow } from '../store/health.js';
import { findIntegration, listIntegrations, type IntegrationWithHealth } from '../store/integrations.js';
import type { InTransaction } from '../store/transaction.js';
import { afterOutcomes, type BreakerChange, type BreakerState, type Tally } from './breaker.js';

/** What other processes learned is known here this much later at most. */
const FRESH = { ms: 250, max: 1_000 };
/** The pause of a provider that refuses for its rate and names no time. */
const UNNAMED_PAUSE_MS = 1_000;

/** How one call ended, as far as the integration's health goes. */
export interface Ending {
  readonly integration: string;
  readonly kind: 'answered' | 'failed' | 'misconfigured' | 'rate_limited' | 'uncalled';
  readonly startedAt: Date;
  readonly retryAt: Date | null;
}

export interface MonitorContext {
  readonly database: Pick<Database, 'db'>;
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly log: Logger;
}

const SENTENCES: Readonly<Record<BreakerChange, string>> = {
  INTEGRATION_OPENED:
    'fails for everybody: calls stop, others of its channel take over, and one probe at a time tries it',
  INTEGRATION_CLOSED: 'works again',
  INTEGRATION_MISCONFIGURED:
    'refuses our credentials or settings: calls stop, but for a probe now and then, until they are changed with upsertIntegration',
  INTEGRATION_RECOVERED: 'takes our credentials again',
};

/**
 * The health of integrations, kept in the database for all processes: what calls teach goes in, and integrations as they
 * are now come out.
 */
export class HealthMonitor {
  private readonly kept: Kept<Promise<IntegrationWithHealth[]>>;

  constructor(private readonly context: MonitorContext) {
    this.kept = new Kept(context.clock, FRESH);
  }

  /** The integrations of an environment with their health: at most a quarter of a second old, or as they are now. */
  current(environmentId: string, fresh = false): Promise<IntegrationWithHealth[]> {
    const known = fresh ? undefined : this.kept.get(environmentId);
    if (known) return known;
    const rows = listIntegrations(this.context.database.db, environmentId);
    rows.catch(() => this.kept.delete(environmentId));
    this.kept.set(environmentId, rows);
    return rows;
  }

  /** An integration was changed here: whoever asks reads it anew. */
  forget(environmentId: string): void {
    this.kept.delete(environmentId);
  }

  /** Learns from calls. Never throws: a lesson that is lost is taught again by the next call. */
  async learn(environmentId: string, endings: readonly Ending[]): Promise<void> {
    try {
      const rows = await this.current(environmentId);
      for (const [key, group] of Map.groupBy(endings, (ending) => ending.integration)) {
        const row = rows.find((integration) => integration.key === key);
        if (!row || !isNews(row, group)) continue;
        await this.write(environmentId, key, group);
        this.kept.delete(environmentId);
      }
    } catch (error) {
      this.context.log.warn({ error: messageOf(error) }, 'the health of an integration could not be written');
    }
  }

  private async write(environmentId: string, key: string, group: readonly Ending[]): Promise<void> {
    const change = await this.context.inTransaction(async (tx) => {
      const now = this.context.clock.now();
      const integration = await findIntegration(tx.db, environmentId, key);
      if (!integration) return null;
      const row = await lockHealth(tx.db, environmentId, integration.id, now);
      const { state, change: changed } = afterOutcomes(
        breakerOf(row),
        tally(group, integration.updated_at, row, now),
        now,
      );
      await saveHealth(tx.db, { ...row, ...toRow(state), updated_at: now });
      if (changed) {
        const detail = `integration "${key}" (${integration.provider}) ${SENTENCES[changed]}`;
        const alert = { environment_id: environmentId, id: uuidv7(now), type: changed, integration_key: key, detail };
        await raiseAlerts(tx, [{ ...alert, created_at: now }]);
      }
      if (changed === 'INTEGRATION_CLOSED' || changed === 'INTEGRATION_RECOVERED') {
        await releaseWaiting(tx.db, environmentId, integration.id, now);
        tx.wakeAt(now);
      }
      return changed;
    });
    if (change) this.context.log.warn({ integration: key, environmentId, alert: change }, SENTENCES[change]);
  }
}

/** Successes of an integration that nobody complained about say nothing new. */
function isNews(row: IntegrationWithHealth, group: readonly Ending[]): boolean {
  if (group.every((ending) => ending.kind === 'uncalled')) return false;
  if (group.some((ending) => ending.kind !== 'answered')) return true;
  return row.health !== null && (row.health.failures > 0 || row.health.open_reason !== null);
}

function tally(group: readonly Ending[], configuredAt: Date, { open_until }: HealthRow, now: Date): Tally {
  const count = (kind: Ending['kind']): number => group.filter((ending) => ending.kind === kind).length;
  const pauses = group
    .filter((ending) => ending.kind === 'rate_limited')
    .map((ending) => ending.retryAt?.getTime() ?? now.getTime() + UNNAMED_PAUSE_MS);
  return {
    successes: count('answered'),
    // Calls that began before it was to be tried again say nothing about whether it works again, though they end after.
    failures: group.filter((one) => one.kind === 'failed' && (open_until === null || one.startedAt >= open_until))
      .length,
    // What was refused under the credentials before these says nothing about these.
    misconfigured: group.filter((one) => one.kind === 'misconfigured' && one.startedAt >= configuredAt).length,
    pauseUntil: pauses.length > 0 ? new Date(Math.max(...pauses)) : null,
  };
}

/** A row as the breaker reads it. */
export function breakerOf(row: HealthRow): BreakerState {
  return {
    failures: row.failures,
    opens: row.opens,
    openReason: row.open_reason,
    openedAt: row.opened_at,
    openUntil: row.open_until,
    probeUntil: row.probe_until,
    pausedUntil: row.paused_until,
  };
}

function toRow(state: BreakerState): Partial<HealthRow> {
  return {
    failures: state.failures,
    opens: state.opens,
    open_reason: state.openReason,
    opened_at: state.openedAt,
    open_until: state.openUntil,
    probe_until: state.probeUntil,
    paused_until: state.pausedUntil,
  };
}
