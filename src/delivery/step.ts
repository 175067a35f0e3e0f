import { FINAL_STATES, type ChannelName, type Lane, type NotificationState } from '../base/names.js';
import type { Clock } from '../base/clock.js';
import type { Content } from '../channels/channel.js';
import { placeInInboxes, removeFromInboxes } from '../inbox/place.js';
import { toEventRow } from '../recipients/history.js';
import { toStoredPlan } from '../recipients/plan.js';
import type { Situation } from '../recipients/facts.js';
import { decide } from '../routing/decide.js';
import { inOneLine, type Action, type Decision } from '../routing/decision.js';
import { evolve, fold, type DeliveryView, type State } from '../routing/evolve.js';
import type { HistoryEvent } from '../routing/history.js';
import { writeSteps, type DeliveryRow, type EventRow, type StepRow } from '../store/notifications.js';
import type { NewInboxItem } from '../store/inbox-items.js';
import { retireEndpoints } from '../store/recipients.js';
import type { Database, Db } from '../store/database.js';
import type { InTransaction, Tx } from '../store/transaction.js';
import { RenderError } from '../templates/render.js';
import { startedEvent } from './attempt.js';
import type { Contents } from './content.js';

/** A notification in hand: as it was read, and what was learned since and not yet written. */
export interface Work {
  readonly situation: Situation;
  readonly lane: Lane;
  readonly state: State;
  readonly revision: number;
  readonly wakeAt: Date | null;
  readonly news: readonly HistoryEvent[];
  /** Deliveries whose rows lag behind the history, because an event came from outside. */
  readonly stale: ReadonlySet<number>;
}

export type StepResult =
  /** Committed; `attempt` says what to do next, null that the notification rests or waits for a job. */
  | {
      readonly kind: 'written';
      readonly work: Work;
      readonly attempt: { action: Extract<Action, { kind: 'attempt' }>; leaseUntil: Date } | null;
    }
  /** Somebody else moved it meanwhile: read it again. */
  | { readonly kind: 'moved' };

export interface StepContext {
  readonly database: Pick<Database, 'db'>;
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly contents: Contents;
}

interface Planned {
  readonly work: Work;
  readonly decision: Decision;
  readonly state: State;
  /** Everything to write, in order. */
  readonly events: readonly HistoryEvent[];
  readonly item: { content: Content; toast: boolean } | null;
}

/** Decides for many notifications of one environment and writes all of it in one commit. */
export async function takeSteps(
  context: StepContext,
  environmentId: string,
  works: readonly Work[],
): Promise<StepResult[]> {
  const now = context.clock.now();
  const planned = await Promise.all(works.map((work) => plan(context, work, now)));
  const changing = planned.filter((one) => one.events.length > 0 || one.work.stale.size > 0 || movesWake(one, now));
  const written = await writeAll(context, environmentId, changing, now);
  return planned.map((one): StepResult => {
    if (!changing.includes(one)) return { kind: 'written', work: one.work, attempt: null };
    if (!written.has(one.work.situation.row.id)) return { kind: 'moved' };
    const { action } = one.decision;
    const work: Work = {
      ...one.work,
      state: one.state,
      revision: one.work.revision + Math.max(1, one.events.length),
      wakeAt: wakeAt(one),
      news: [],
      stale: new Set(),
    };
    const started = one.events.at(-1);
    const leaseUntil = started?.type === 'attempt.started' ? started.leaseUntil : now;
    return { kind: 'written', work, attempt: action.kind === 'attempt' ? { action, leaseUntil } : null };
  });
}

/** Decides, and prepares what carrying it out will write. An item that cannot be rendered is a failed channel: decided again. */
async function plan(context: StepContext, work: Work, now: Date): Promise<Planned> {
  let news = work.news;
  for (;;) {
    const decision = decide(work.situation.facts, fold(news, work.state), now);
    const { action } = decision;
    const before = [...news, ...decision.events];
    if (action.kind === 'attempt') {
      const started = startedEvent(work.situation, action, inOneLine(decision.plan.steps), now);
      const copied = decision.events.some((event) => event.type === 'inbox.copied');
      const item = copied ? await copyOf(context, work, decision) : null;
      return { work, decision, state: evolve(decision.state, started), events: [...before, started], item };
    }
    if (action.kind !== 'place') return { work, decision, state: decision.state, events: before, item: null };
    const { kind: _kind, ...place } = action;
    const placed: HistoryEvent = { type: 'inbox.placed', at: now, ...place, why: inOneLine(decision.plan.steps) };
    try {
      const content = await context.contents.render(work.situation, action.channel);
      return {
        work,
        decision,
        state: evolve(decision.state, placed),
        events: [...before, placed],
        item: { content, toast: true },
      };
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      news = [
        ...before,
        placed,
        { type: 'delivery.gave_up', at: now, ordinal: action.ordinal, reason: 'RENDER_ERROR' },
      ];
    }
  }
}

/** The quiet copy of a notification that goes elsewhere; one that cannot be rendered for the inbox is left out. */
async function copyOf(context: StepContext, work: Work, decision: Decision): Promise<Planned['item']> {
  const { facts } = work.situation;
  const channel = decision.plan.steps.find((step) => facts.traits[step.channel].inApp)?.channel;
  if (!channel) return null;
  try {
    return { content: await context.contents.render(work.situation, channel), toast: false };
  } catch (error) {
    if (error instanceof RenderError) return null;
    throw error;
  }
}

/** One commit: a lone statement where nothing else rides on it, as with claims and outcomes; else a transaction. */
async function writeAll(
  context: StepContext,
  environmentId: string,
  planned: readonly Planned[],
  now: Date,
): Promise<Set<string>> {
  if (planned.length === 0) return new Set();
  if (planned.some(hasRiders)) return context.inTransaction((tx) => writeWithRiders(tx, environmentId, planned, now));
  return writeLedger(context.database.db, environmentId, planned, now);
}

/** Does more than the ledger change: an inbox, an address, a job? */
function hasRiders(one: Planned): boolean {
  return one.item !== null || wakeAt(one) !== null || takesItemBack(one) || goneEndpoints(one).length > 0;
}

function writeLedger(db: Db, environmentId: string, planned: readonly Planned[], now: Date): Promise<Set<string>> {
  const events = planned.flatMap(({ work, events: list }) =>
    list.map((event, nth): EventRow => toEventRow(work.situation.row.id, work.revision + nth + 1, event)),
  );
  const deliveries = planned.flatMap(({ work, state }) => changedDeliveries(work, state));
  return writeSteps(db, environmentId, planned.map(toStep), events, deliveries, now);
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
  enqueueWakes(tx, environmentId, done, now);
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
    plan: toStoredPlan(decision.plan),
    wake_at: wakeAt(one),
    finished_at: finished?.at ?? null,
  };
}

function stateWhile(decision: Decision): NotificationState {
  if (decision.plan.outcome === 'HOLD') return 'HELD';
  return FINAL_STATES.has(decision.plan.outcome as NotificationState)
    ? (decision.plan.outcome as NotificationState)
    : 'IN_PROGRESS';
}

/** The time for which a job stands: a wait's own, or a display's deadline. */
function wakeAt({ decision, events }: Planned): Date | null {
  if (decision.action.kind === 'wait') return decision.action.until;
  const last = events.at(-1);
  return last?.type === 'inbox.placed' ? last.ackBy : null;
}

/** Clocks of database and process may differ by this much: a job that came early is asked for again. */
const SKEW_MS = 1000;

/** Waits for another time than the one that a job stands for. */
function movesWake(one: Planned, now: Date): boolean {
  const at = wakeAt(one);
  if (at === null || one.decision.action.kind !== 'wait') return false;
  return at.getTime() !== one.work.wakeAt?.getTime() || at.getTime() - now.getTime() < SKEW_MS;
}

function changedDeliveries(work: Work, state: State): DeliveryRow[] {
  const before = new Map<number, DeliveryView>(work.state.deliveries.map((delivery) => [delivery.ordinal, delivery]));
  return state.deliveries
    .filter((delivery) => before.get(delivery.ordinal) !== delivery || work.stale.has(delivery.ordinal))
    .map((delivery) => {
      const attempt = delivery.attempts.at(-1);
      return {
        notification_id: work.situation.row.id,
        ordinal: delivery.ordinal,
        channel: delivery.channel,
        address: delivery.address,
        state: delivery.state,
        reason: delivery.reason,
        integration: attempt?.integration ?? null,
        provider: attempt?.provider ?? null,
        provider_id: delivery.providerId,
      };
    });
}

function toItem({ work, item }: Planned, now: Date): NewInboxItem[] {
  if (!item) return [];
  const { row } = work.situation;
  return [
    {
      recipient_id: row.recipientId,
      id: row.id,
      title: item.content.title ?? '',
      body: item.content.body,
      url: item.content.url,
      data: item.content.data,
      category_key: row.categoryKey,
      toast: item.toast,
      created_at: now,
    },
  ];
}

function goneEndpoints({
  work,
  events,
  state,
}: Planned): { recipientId: string; channel: ChannelName; address: string; reason: string }[] {
  return events.flatMap((event) => {
    if (event.type !== 'attempt.rejected' || event.reason !== 'ENDPOINT_GONE') return [];
    const delivery = state.deliveries.find((one) => one.ordinal === event.ordinal);
    if (!delivery?.address) return [];
    const { recipientId } = work.situation.row;
    return [{ recipientId, channel: delivery.channel, address: delivery.address, reason: event.code ?? event.reason }];
  });
}

/** Waits that end within the same moment share a job. */
const WAKE_GRAIN_MS = 250;

/**
 * One job for all that wake together. Attempts need none of their own: the job that led here is the net under them, and
 * is handed on at their lease when it finds them running.
 */
function enqueueWakes(tx: Tx, environmentId: string, planned: readonly Planned[], now: Date): void {
  const waiting = planned.flatMap((one) => {
    const at = wakeAt(one);
    if (at === null) return [];
    return [{ id: one.work.situation.row.id, lane: one.work.lane, at: Math.max(now.getTime(), at.getTime()) }];
  });
  const groups = Map.groupBy(waiting, (one) => `${one.lane} ${Math.ceil(one.at / WAKE_GRAIN_MS)}`);
  for (const group of groups.values()) {
    const [first] = group;
    if (!first) continue;
    const at = new Date(Math.ceil(first.at / WAKE_GRAIN_MS) * WAKE_GRAIN_MS);
    tx.enqueue({ job: 'advance', lane: first.lane, data: { environmentId, ids: group.map((one) => one.id) }, at });
  }
}
