import { plus, type Clock } from '../base/clock.js';
import type { Lane } from '../base/names.js';
import { claimProbe, countCalls, deleteCalls, insertCalls, lockHealth, saveHealth } from '../store/health.js';
import type { IntegrationWithHealth } from '../store/integrations.js';
import { takeWaitingFor } from '../store/timers.js';
import type { DirectLane } from '../base/direct-lane.js';
import type { Database } from '../store/database.js';
import { advanceEach, type InTransaction, type Tx } from '../store/transaction.js';
import { wantsProbe } from './breaker.js';
import { breakerOf } from './monitor.js';
import { intervalMs, takeSlots, type PaceState } from './pace.js';

/** One notification that is about to call an integration. */
export interface PermitAsk {
  readonly notificationId: string;
  readonly integration: IntegrationWithHealth;
  readonly lane: Lane;
  /** It stood in this integration's line, and its turn has come. */
  readonly inLine: boolean;
  /** It may be told to wait a moment in the hands that hold it. */
  readonly mayHold: boolean;
}

export type Permit =
  /** Call, at `startAt` when that is set: a moment ahead. */
  | { readonly kind: 'go'; readonly startAt: Date | null }
  /** Its rate is used up: the place in the line comes then. */
  | { readonly kind: 'rate'; readonly until: Date }
  /** All calls that may run at once do; the first that ends pulls the next. */
  | {
      readonly kind: 'full';
      readonly until: Date;
      /** Resolves when it is worth asking again, in a moment perhaps; missing: it may take long. */
      readonly soon?: Promise<void>;
    }
  /** Somebody else probes whether it works again. */
  | { readonly kind: 'probing'; readonly until: Date };

/** Longer than any attempt takes from its permit to its end. */
const CALL_LEASE_MS = 25_000;
/** Who probes has so long; then another one may. */
const PROBE_MS = 15_000;
/** Slots lie at least so far ahead: what was decided must be written before it can be carried out on time. */
const LEAD_MS = 40;
/** A full integration's waiting are pulled when a call ends; this is the net under that. */
const FULL_WAIT_MS = 5_000;

const GO: Permit = { kind: 'go', startAt: null };

export interface PermitsContext {
  readonly database: Pick<Database, 'db'>;
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
}

/**
 * Limits that hold over all processes: rates and concurrency of integrations, and the one probe of an open one. An
 * integration without limits costs nothing here.
 */
export class Permits {
  constructor(private readonly context: PermitsContext) {}

  /** One answer per ask, in order. */
  async ask(environmentId: string, asks: readonly PermitAsk[]): Promise<Map<string, Permit>> {
    const permits = new Map<string, Permit>();
    for (const [integration, group] of Map.groupBy(asks, (ask) => ask.integration)) {
      const open = await this.probe(environmentId, integration, group, permits);
      if (open.length === 0) continue;
      if (isLimited(integration)) await this.limit(environmentId, integration, open, permits);
      else for (const ask of open) permits.set(ask.notificationId, GO);
    }
    return permits;
  }

  /** Gives back what calls held, and hands it to who waits. */
  async release(
    environmentId: string,
    integration: IntegrationWithHealth,
    notificationIds: readonly string[],
    direct: DirectLane | null,
  ): Promise<void> {
    if (integration.concurrency === null) return;
    await this.context.inTransaction(async (tx) => {
      await deleteCalls(tx.db, environmentId, integration.id, notificationIds);
      await pull(tx, environmentId, integration.id, notificationIds.length, direct);
    });
  }

  /** Another slot for a call that missed its own; null where no rate is set any more. */
  async slotAnew(environmentId: string, integration: IntegrationWithHealth): Promise<Date | null> {
    const { rate_count: count, rate_period_ms: periodMs } = integration;
    if (count === null || periodMs === null) return null;
    return this.context.inTransaction(async (tx) => {
      const now = this.context.clock.now();
      const row = await lockHealth(tx.db, environmentId, integration.id, now);
      const startAt = Math.max(row.next_slot?.getTime() ?? 0, now.getTime() + LEAD_MS);
      const nextSlot = startAt + intervalMs({ count, periodMs });
      await saveHealth(tx.db, { ...row, next_slot: new Date(Math.ceil(nextSlot)), updated_at: now });
      return new Date(startAt);
    });
  }

  /** Of an integration whose circuit is open and whose time is over, one may find out. Answers who may go on to limits. */
  private async probe(
    environmentId: string,
    integration: IntegrationWithHealth,
    group: readonly PermitAsk[],
    permits: Map<string, Permit>,
  ): Promise<readonly PermitAsk[]> {
    const now = this.context.clock.now();
    const { health } = integration;
    if (!health || !wantsProbe(breakerOf(health), now)) return group;
    const { db } = this.context.database;
    const won = await claimProbe(db, environmentId, integration.id, now, plus(now, PROBE_MS));
    const [first, ...others] = group;
    for (const ask of won ? others : group)
      permits.set(ask.notificationId, { kind: 'probing', until: plus(now, FULL_WAIT_MS) });
    return won && first ? [first] : [];
  }

  private async limit(
    environmentId: string,
    integration: IntegrationWithHealth,
    group: readonly PermitAsk[],
    permits: Map<string, Permit>,
  ): Promise<void> {
    await this.context.inTransaction(async (tx) => {
      const now = this.context.clock.now();
      const row = await lockHealth(tx.db, environmentId, integration.id, now);
      const free =
        integration.concurrency === null
          ? group.length
          : Math.max(0, integration.concurrency - (await countCalls(tx.db, environmentId, integration.id, now)));
      for (const ask of group.slice(free))
        permits.set(ask.notificationId, { kind: 'full', until: plus(now, FULL_WAIT_MS) });
      const candidates = group.slice(0, free);
      const going = integration.rate_count === null ? candidates : [];
      if (integration.rate_count !== null && integration.rate_period_ms !== null) {
        const pace: PaceState = { nextSlot: row.next_slot?.getTime() ?? 0, line: row.line };
        const limit = { count: integration.rate_count, periodMs: integration.rate_period_ms };
        const { state, slots } = takeSlots(pace, limit, candidates, now.getTime() + LEAD_MS);
        // Rounded up: cut off, a part of every interval would be lost, and with it the limit.
        const next_slot = new Date(Math.ceil(state.nextSlot));
        await saveHealth(tx.db, { ...row, next_slot, line: state.line, updated_at: now });
        candidates.forEach((ask, nth) => {
          const slot = slots[nth];
          if (!slot) return;
          if ('waitUntil' in slot)
            permits.set(ask.notificationId, { kind: 'rate', until: new Date(Math.ceil(slot.waitUntil)) });
          else {
            permits.set(ask.notificationId, { kind: 'go', startAt: new Date(Math.ceil(slot.startAt)) });
            going.push(ask);
          }
        });
      } else for (const ask of going) permits.set(ask.notificationId, GO);
      if (integration.concurrency === null) return;
      const ids = going.map((ask) => ask.notificationId);
      await insertCalls(tx.db, environmentId, integration.id, ids, plus(now, CALL_LEASE_MS));
    });
  }
}

function isLimited(integration: IntegrationWithHealth): boolean {
  return integration.rate_count !== null || integration.concurrency !== null;
}

/** The first who wait for an integration go on. Answers how many. */
export async function pull(
  tx: Tx,
  environmentId: string,
  integrationId: string,
  count: number,
  direct: DirectLane | null,
): Promise<number> {
  const waiting = await takeWaitingFor(tx.db, environmentId, integrationId, count);
  advanceEach(tx, waiting, direct ?? undefined);
  return waiting.length;
}
