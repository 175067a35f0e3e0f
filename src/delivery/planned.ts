import type { Clock } from '../base/clock.js';
import type { Lane } from '../base/names.js';
import type { Content } from '../channels/channel.js';
import type { HealthMonitor } from '../health/monitor.js';
import type { Permit, PermitAsk, Permits } from '../health/permits.js';
import { integrationFacts, type AdapterOf, type Situation } from '../recipients/facts.js';
import { decide } from '../routing/decide.js';
import { inOneLine, type Decision } from '../routing/decision.js';
import { evolve, fold } from '../routing/evolve.js';
import type { State } from '../routing/state.js';
import type { IntegrationFact } from '../routing/facts.js';
import type { HistoryEvent } from '../routing/history.js';
import type { IntegrationWithHealth } from '../store/integrations.js';
import { RenderError } from '../templates/render.js';
import { startedEvent } from './attempt.js';
import { capAll, type LetThrough } from './capped.js';
import type { CapDesk } from './caps.js';
import type { Contents } from './content.js';

/** A notification in hand: as it was read, and what was learned since and not yet written. */
export interface Work {
  readonly situation: Situation;
  readonly lane: Lane;
  readonly state: State;
  readonly revision: number;
  /** When its timer is due; null: it has none. */
  readonly timerAt: Date | null;
  readonly news: readonly HistoryEvent[];
  /** Deliveries whose rows lag behind the history, because an event came from outside. */
  readonly stale: ReadonlySet<number>;
  /** Whoever has it in hand may wait a moment for an integration, instead of writing down that it waits. */
  readonly mayHold: boolean;
}

/** A notification with what was decided and prepared for it. */
export interface Planned {
  readonly work: Work;
  readonly decision: Decision;
  readonly state: State;
  /** Everything to write, in order. */
  readonly events: readonly HistoryEvent[];
  readonly item: { content: Content; toast: boolean } | null;
  /** A permitted call begins then; null: at once. */
  readonly startAt: Date | null;
  /** Nothing is written: to be decided again when this resolves, or a little later. */
  readonly hold: Promise<void> | null;
}

export interface PlanContext {
  readonly clock: Clock;
  readonly contents: Contents;
  readonly health: Pick<HealthMonitor, 'current'>;
  readonly permits: Pick<Permits, 'ask'>;
  readonly caps: Pick<CapDesk, 'ask'>;
  readonly adapterOf: AdapterOf;
}

/**
 * Decides for many notifications of one environment, on the health of integrations as it is now. Who may not go yet,
 * because a cap or a limit is used up or another one probes, is decided again with that known.
 */
export async function planAll(
  context: PlanContext,
  environmentId: string,
  works: readonly Work[],
  now: Date,
): Promise<Planned[]> {
  let rows = await context.health.current(environmentId);
  let planned = await decideAll(context, works, rows, now);
  if (planned.some(missesProvider)) {
    // One that was set up, or mended, this very moment must not be missed.
    const fresh = await context.health.current(environmentId, true);
    planned = await decideAll(context, works, fresh, now);
    rows = fresh;
  }
  const letThrough: LetThrough = new Set();
  const cap = (all: readonly Planned[]): Promise<Planned[]> =>
    capAll(context.caps, environmentId, all, letThrough, (one, situation) =>
      plan(context, { ...one.work, situation }, now),
    );
  planned = await cap(planned);
  // Every round shuts at least one integration for those who are decided again, so this ends.
  for (let round = 0; round <= rows.length; round += 1) {
    const asks = planned.flatMap((one) => askFor(one, rows));
    if (asks.length === 0) break;
    const permits = await context.permits.ask(environmentId, asks);
    planned = await Promise.all(
      planned.map(async (one) => {
        const permit = one.startAt === null && one.hold === null ? permits.get(one.work.situation.row.id) : undefined;
        if (!permit || one.decision.action.kind !== 'attempt') return one;
        if (permit.kind === 'go') return { ...one, startAt: permit.startAt ?? now };
        if (permit.kind === 'full' && permit.soon && one.work.mayHold) return { ...one, hold: permit.soon };
        return plan(context, denied(one.work, one.decision, one.decision.action.integration, permit, now), now);
      }),
    );
    // Another channel has caps of its own.
    planned = await cap(planned);
  }
  return planned;
}

async function decideAll(
  context: PlanContext,
  works: readonly Work[],
  rows: readonly IntegrationWithHealth[],
  now: Date,
): Promise<Planned[]> {
  const mode = works[0]?.situation.facts.mode ?? 'LIVE';
  const integrations = integrationFacts(mode, rows, context.adapterOf, now);
  return Promise.all(works.map((work) => plan(context, refresh(work, rows, integrations), now)));
}

const WITHOUT_PROVIDER: ReadonlySet<string> = new Set(['NO_INTEGRATION', 'INTEGRATION_DISABLED', 'MISCONFIGURED']);

/** Does it stop here for want of a provider, or of credentials that it takes? */
function missesProvider({ decision }: Planned): boolean {
  const { kind } = decision.action;
  if (kind !== 'rest' && kind !== 'wait') return false;
  return decision.plan.steps.some((step) => WITHOUT_PROVIDER.has(step.reason));
}

/** A call that nobody has permitted yet. */
function askFor(one: Planned, rows: readonly IntegrationWithHealth[]): PermitAsk[] {
  const { action } = one.decision;
  if (action.kind !== 'attempt' || one.startAt !== null || one.hold !== null) return [];
  const integration = rows.find((row) => row.key === action.integration);
  if (!integration) return [];
  const { situation, lane, state, mayHold } = one.work;
  const inLine = state.throttled?.integration === action.integration;
  return [{ notificationId: situation.row.id, integration, lane, inLine, mayHold }];
}

/** The same work with what the permit said, so that deciding again comes to something else. */
function denied(
  work: Work,
  { events }: Decision,
  key: string,
  permit: Exclude<Permit, { kind: 'go' }>,
  now: Date,
): Work {
  if (permit.kind === 'rate') {
    // The line is for what would have gone now: it gives no more time to an address that was given up before it.
    const gaveUp = events.filter(({ type }) => type === 'delivery.gave_up');
    const throttled: HistoryEvent = { type: 'notification.throttled', at: now, integration: key, until: permit.until };
    return { ...work, news: [...work.news, ...gaveUp, throttled] };
  }
  const integrations = work.situation.facts.integrations.map((fact): IntegrationFact => {
    if (fact.key !== key) return fact;
    return permit.kind === 'full'
      ? { ...fact, fullUntil: permit.until }
      : { ...fact, blocked: { until: permit.until, reason: 'CIRCUIT_OPEN' } };
  });
  const { situation } = work;
  return { ...work, situation: { ...situation, facts: { ...situation.facts, integrations } } };
}

function refresh(work: Work, rows: readonly IntegrationWithHealth[], integrations: readonly IntegrationFact[]): Work {
  const { situation } = work;
  return { ...work, situation: { ...situation, integrations: rows, facts: { ...situation.facts, integrations } } };
}

/** Decides, and prepares what carrying it out will write. An item that cannot be rendered is a failed channel: decided again. */
async function plan(context: PlanContext, work: Work, now: Date): Promise<Planned> {
  let news = work.news;
  for (;;) {
    const decision = decide(work.situation.facts, fold(news, work.state), now);
    const { action } = decision;
    const before = [...news, ...decision.events];
    const copied = decision.events.some((event) => event.type === 'inbox.copied');
    const item = copied ? await copyOf(context, work, decision) : null;
    const base = { work, decision, startAt: null, hold: null };
    if (action.kind === 'attempt') {
      const started = startedEvent(work.situation, action, inOneLine(decision.plan.steps), now);
      return { ...base, state: evolve(decision.state, started), events: [...before, started], item };
    }
    if (action.kind !== 'place') return { ...base, state: decision.state, events: before, item };
    const { kind: _kind, ...place } = action;
    const placed: HistoryEvent = { type: 'inbox.placed', at: now, ...place, why: inOneLine(decision.plan.steps) };
    try {
      const content = await context.contents.render(work.situation, action.channel);
      const item = { content, toast: true };
      return { ...base, state: evolve(decision.state, placed), events: [...before, placed], item };
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
async function copyOf(context: PlanContext, work: Work, decision: Decision): Promise<Planned['item']> {
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
