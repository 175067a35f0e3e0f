import { FINAL_STATES, type NotificationState } from '../base/names.js';
import type { Clock } from '../base/clock.js';
import { placeInInboxes, removeFromInboxes } from '../inbox/place.js';
import { toEventRow } from '../recipients/history.js';
import { toStoredPlan } from '../recipients/plan.js';
import { scrubbedEvent, scrubbedPlan } from '../recipients/scrubbed.js';
import type { Action, Decision } from '../routing/decision.js';
import type { DeliveryView, State } from '../routing/state.js';
import type { DeliveryRow, EventRow } from '../store/notifications.js';
import { againAfterDeadlock } from '../store/deadlock.js';
import { writeSteps, type StepRow } from '../store/steps.js';
import { retireEndpoints, type GoneEndpoint } from '../store/endpoints.js';
import { readEventTypes, type KeptRows } from '../store/kept-rows.js';
import { clearTimers, type TimerRow } from '../store/timers.js';
import type { Database, Db } from '../store/database.js';
import type { InTransaction, Tx } from '../store/transaction.js';
import type { WakeBook } from '../store/wakes.js';
import { neverWent } from './capped.js';
import type { CapDesk } from './caps.js';
import { joinsDigest, joinWindows } from './join-digest.js';
import { outgoingEvents } from './outgoing.js';
import { toItem } from './new-item.js';
import { latenessOf, type NoteLateness } from './lateness.js';
import { planAll, type PlanContext, type Planned, type Work } from './planned.js';
import { handOn, isHandedOn } from './stand-ins.js';

/** What to do after a commit: call a provider, or ask it. */
export interface NextCall {
  readonly action: Extract<Action, { kind: 'attempt' | 'lookup' }>;
  readonly leaseUntil: Date;
  /** Not before. */
  readonly startAt: Date | null;
  /** Counts, from 1, the calls of this delivery to this integration. */
  readonly nth: number;
}

export type StepResult =
  /** Committed; `next` null: the notification rests or has a timer. */
  | { readonly kind: 'written'; readonly work: Work; readonly next: NextCall | null }
  /** Nothing was written: decide again when `soon` resolves, or a little later. */
  | { readonly kind: 'held'; readonly soon: Promise<void> }
  /** Somebody else moved it meanwhile: read it again. */
  | { readonly kind: 'moved' };

export interface StepContext extends PlanContext {
  readonly caps: Pick<CapDesk, 'ask' | 'release'>;
  readonly database: Pick<Database, 'db'>;
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly wakes: WakeBook;
  readonly kept: KeptRows;
  /** Missing: nobody wants to know. */
  readonly noteLateness?: NoteLateness;
}

/** Decides for many notifications of one environment and writes all of it in one commit. */
export async function takeSteps(
  context: StepContext,
  environmentId: string,
  works: readonly Work[],
): Promise<StepResult[]> {
  const now = context.clock.now();
  const planned = await planAll(context, environmentId, works, now);
  const changing = planned.filter(
    (one) => one.hold === null && (one.events.length > 0 || one.work.stale.size > 0 || movesTimer(one, now)),
  );
  const written = await writeAll(context, environmentId, changing, now);
  for (const one of changing) {
    const late = written.has(one.work.situation.row.id) ? latenessOf(one) : null;
    if (late !== null) context.noteLateness?.(one.work.lane, late);
  }
  const idle = planned.filter((one) => isIdle(one) && !changing.includes(one));
  const lost = changing.filter(
    (one) => written.has(one.work.situation.row.id) && neverWent(one.work.situation, one.state),
  );
  await context.caps.release(
    environmentId,
    lost.map((one) => one.work.situation.row.id),
  );
  await clearTimers(
    context.database.db,
    environmentId,
    idle.map((one) => one.work.situation.row.id),
  );
  return planned.map((one): StepResult => {
    if (one.hold) return { kind: 'held', soon: one.hold };
    const { action } = one.decision;
    const next = nextCall(one, action, now);
    if (!changing.includes(one)) return { kind: 'written', work: one.work, next };
    if (!written.has(one.work.situation.row.id)) return { kind: 'moved' };
    const work: Work = {
      ...one.work,
      state: one.state,
      revision: one.work.revision + Math.max(1, one.events.length),
      timerAt: one.state.finished ? null : (timerAt(one) ?? one.work.timerAt),
      news: [],
      stale: new Set(),
    };
    return { kind: 'written', work, next };
  });
}

/** It has ended, and a timer is left of it. */
function isIdle(one: Planned): boolean {
  return one.state.finished !== null && one.work.timerAt !== null;
}

function nextCall(one: Planned, action: Action, now: Date): NextCall | null {
  if (action.kind === 'lookup') return { action, leaseUntil: now, startAt: null, nth: 0 };
  if (action.kind !== 'attempt') return null;
  const started = one.events.at(-1);
  const leaseUntil = started?.type === 'attempt.started' ? started.leaseUntil : now;
  const delivery = one.state.deliveries.find((known) => known.ordinal === action.ordinal);
  const calls = delivery?.attempts.filter((known) => known.integration === action.integration);
  return { action, leaseUntil, startAt: one.startAt, nth: calls?.length ?? 1 };
}

/** One commit: a lone statement where nothing else rides on it, as with claims and outcomes; else a transaction. */
async function writeAll(
  context: StepContext,
  environmentId: string,
  changing: readonly Planned[],
  now: Date,
): Promise<Set<string>> {
  if (changing.length === 0) return new Set();
  // In one order everywhere, as whoever else locks several notifications.
  const planned = changing.toSorted((a, b) => (a.work.situation.row.id < b.work.situation.row.id ? -1 : 1));
  const timers = planned.flatMap((one) => timerAt(one) ?? []);
  const unwoken = timers.some((at) => !context.wakes.covers(at, now));
  const wanted = await readEventTypes(context.database.db, environmentId, context.kept);
  const isHeard = (one: Planned): boolean => outgoingEvents(one, now).some((event) => wanted.has(event.type));
  if (unwoken || planned.some(hasRiders) || (wanted.size > 0 && planned.some(isHeard)))
    return context.inTransaction((tx) => writeWithRiders(tx, environmentId, planned, now));
  return againAfterDeadlock(() => writeLedger(context.database.db, environmentId, planned, now));
}

/** Does more than the ledger change: an inbox, an address, a digest, who has it? */
function hasRiders(one: Planned): boolean {
  const isMore = takesItemBack(one) || goneEndpoints(one).length > 0 || isHandedOn(one) || joinsDigest(one);
  return one.item !== null || isMore;
}

function writeLedger(db: Db, environmentId: string, planned: readonly Planned[], now: Date): Promise<Set<string>> {
  const events = planned.flatMap(({ work, events: list }) =>
    list.map((event, nth): EventRow => {
      const { id, erased } = work.situation.row;
      return toEventRow(id, work.revision + nth + 1, erased ? scrubbedEvent(event) : event);
    }),
  );
  const deliveries = planned.flatMap(({ work, state }) => changedDeliveries(work, state));
  const begun = deliveries.filter((one) => !one.known).map((one) => one.row);
  const changed = deliveries.filter((one) => one.known).map((one) => one.row);
  const timers = planned.flatMap((one) => toTimer(environmentId, one));
  const over = planned.filter(isIdle).map((one) => one.work.situation.row.id);
  return writeSteps(db, environmentId, { steps: planned.map(toStep), events, begun, changed, timers, over }, now);
}

async function writeWithRiders(
  tx: Tx,
  environmentId: string,
  planned: readonly Planned[],
  now: Date,
): Promise<Set<string>> {
  const written = await writeLedger(tx.db, environmentId, planned, now);
  const done = planned.filter((one) => written.has(one.work.situation.row.id));
  await placeInInboxes(
    tx,
    environmentId,
    done.flatMap((one) => toItem(one, now)),
  );
  const back = done.filter(takesItemBack).map(({ work }) => work.situation.row);
  await removeFromInboxes(tx, environmentId, back, now);
  await retireEndpoints(tx.db, environmentId, done.flatMap(goneEndpoints), now);
  await handOn(tx, environmentId, done);
  await joinWindows(tx, environmentId, done, now);
  tx.emit(
    environmentId,
    done.flatMap((one) => outgoingEvents(one, now)),
  );
  for (const one of done) {
    const at = timerAt(one);
    if (at) tx.wakeAt(at);
  }
  return written;
}

/** An item that was never shown, of a notification that goes elsewhere, where the category wants no copy. */
function takesItemBack({ work, events }: Planned): boolean {
  const { inboxCopy } = work.situation.facts.category;
  return inboxCopy === 'WHEN_DELIVERED' && events.some((event) => event.type === 'inbox.missed');
}

function toStep(one: Planned): StepRow {
  const { work, decision, state } = one;
  const { finished } = state;
  return {
    id: work.situation.row.id,
    expected: work.revision,
    revision: work.revision + Math.max(1, one.events.length),
    state: finished?.state ?? stateWhile(decision),
    reason: finished?.reason ?? null,
    plan: toStoredPlan(work.situation.row.erased ? scrubbedPlan(decision.plan) : decision.plan),
    wake_at: timerAt(one),
    finished_at: finished?.at ?? null,
  };
}

function stateWhile(decision: Decision): NotificationState {
  if (decision.plan.outcome === 'HOLD') return 'HELD';
  return FINAL_STATES.has(decision.plan.outcome as NotificationState)
    ? (decision.plan.outcome as NotificationState)
    : 'IN_PROGRESS';
}

/** When to look again: a wait's own time, or a display's deadline. */
function timerAt({ decision, events }: Planned): Date | null {
  if (decision.action.kind === 'wait') return decision.action.until;
  const last = events.at(-1);
  return last?.type === 'inbox.placed' ? last.ackBy : null;
}

/** Clocks of processes may differ by this much: a timer that rang early is set again. */
const SKEW_MS = 1000;

/** Waits for another time than its timer's. */
function movesTimer(one: Planned, now: Date): boolean {
  const at = timerAt(one);
  if (at === null || one.decision.action.kind !== 'wait') return false;
  return at.getTime() !== one.work.timerAt?.getTime() || at.getTime() - now.getTime() < SKEW_MS;
}

function toTimer(environmentId: string, one: Planned): TimerRow[] {
  const at = timerAt(one);
  if (at === null) return [];
  const { action } = one.decision;
  const key = action.kind === 'wait' ? (action.integration ?? null) : null;
  const { situation, lane } = one.work;
  return [
    {
      environment_id: environmentId,
      notification_id: situation.row.id,
      at,
      lane,
      tenant: situation.send.tenant,
      integration_id: situation.integrations.find((integration) => integration.key === key)?.id ?? null,
    },
  ];
}

function changedDeliveries(work: Work, state: State): { row: DeliveryRow; known: boolean }[] {
  const { erased } = work.situation.row;
  const before = new Map<number, DeliveryView>(work.state.deliveries.map((delivery) => [delivery.ordinal, delivery]));
  return state.deliveries
    .filter((delivery) => before.get(delivery.ordinal) !== delivery || work.stale.has(delivery.ordinal))
    .map((delivery) => {
      const attempt = delivery.attempts.at(-1);
      const row = {
        notification_id: work.situation.row.id,
        ordinal: delivery.ordinal,
        channel: delivery.channel,
        address: erased ? null : delivery.address,
        state: delivery.state,
        reason: delivery.reason,
        integration: attempt?.integration ?? null,
        provider: attempt?.provider ?? null,
        provider_id: erased ? null : delivery.providerId,
      };
      return { row, known: before.has(delivery.ordinal) };
    });
}

/** Addresses that this call has shown to be dead. What a report shows is written with the report. */
function goneEndpoints({ work, events, state }: Planned): GoneEndpoint[] {
  const { recipientId } = work.situation.row;
  return events.flatMap((event) => {
    const isGone = event.type === 'attempt.rejected' && event.reason === 'ENDPOINT_GONE';
    const delivery = isGone ? state.deliveries.find((one) => one.ordinal === event.ordinal) : undefined;
    if (!isGone || !delivery?.address) return [];
    return [{ recipientId, channel: delivery.channel, address: delivery.address, reason: event.code ?? event.reason }];
  });
}
