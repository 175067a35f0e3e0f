import { StoreUnavailable } from '../attachments/store.js';
import { monotonicMs, sleepBy, type Clock } from '../base/clock.js';
import { isUnavailable, messageOf } from '../base/errors.js';
import { encodeId } from '../base/ids.js';
import type { Logger } from '../base/log.js';
import type { Ending } from '../health/monitor.js';
import type { Permits } from '../health/permits.js';
import { clip, type Answer, type Call, type Carrier, type Sender } from '../providers/provider.js';
import type { Situation } from '../recipients/facts.js';
import type { Action } from '../routing/decision.js';
import type { HistoryEvent } from '../routing/history.js';
import { RenderError } from '../templates/render.js';
import type { Carriers } from './carriers.js';
import type { Contents } from './content.js';
import { withDeadline } from './deadline.js';
import { withWayOut, type MailLinks } from './mail-headers.js';
import { engagementUrl, type PushLinks } from './push-reports.js';
import { senderOf, type SenderContext } from './sender.js';
import type { NextCall } from './step.js';

/** Hard deadline of one provider call. */
export const DEADLINE_MS = 10_000;
/** How long an attempt is ours: after it, nobody can still be working on it. */
export const LEASE_MS = 20_000;

export interface AttemptContext extends SenderContext {
  readonly clock: Clock;
  readonly log: Logger;
  readonly carriers: Carriers;
  readonly contents: Contents;
  readonly pacing: Pick<Permits, 'slotAnew'>;
  /** Null: people cannot reach us. */
  readonly links: (MailLinks & PushLinks) | null;
  /** How vendors reach us, for their reports; null: they cannot. */
  readonly publicUrl: string | null;
}

type AttemptAction = Extract<Action, { kind: 'attempt' }>;
type LookupAction = Extract<Action, { kind: 'lookup' }>;

/** The claim that is committed before a byte leaves. */
export function startedEvent(situation: Situation, action: AttemptAction, why: string, now: Date): HistoryEvent {
  const row = situation.integrations.find((integration) => integration.key === action.integration);
  const { ordinal, number, channel, address, integration } = action;
  return {
    type: 'attempt.started',
    at: now,
    ordinal,
    number,
    channel,
    address,
    integration,
    provider: row?.provider ?? integration,
    leaseUntil: new Date(now.getTime() + LEASE_MS),
    why,
  };
}

/** Our own name of an attempt: rides along where the vendor lets it, so that reports can say what they are about. */
export function attemptId(notificationId: string, action: { ordinal: number; number: number }): string {
  return `${encodeId('notification', notificationId)}.${action.ordinal}.${action.number}`;
}

/** What a call came to: events for the ledger, and what it teaches about the integration. */
export interface CallResult {
  readonly events: HistoryEvent[];
  readonly ending: Ending | null;
}

/** One call to one provider, and what became of it. Never throws. */
export async function attempt(context: AttemptContext, situation: Situation, next: NextCall): Promise<CallResult> {
  const action = next.action as AttemptAction;
  const ready = await prepare(context, situation, action);
  await turn(context, situation, next);
  const started = monotonicMs();
  const startedAt = context.clock.now();
  const answer = forgiven(await ask(context, situation, action, ready, next.leaseUntil), situation, next);
  const durationMs = Math.round(monotonicMs() - started);
  return {
    events: toEvents(answer, action, context.clock.now(), durationMs),
    ending: endingOf(answer, action.integration, startedAt),
  };
}

/** Asks a provider about an attempt that nobody knows the end of. Never throws. */
export async function lookUp(context: AttemptContext, situation: Situation, next: NextCall): Promise<CallResult> {
  const action = next.action as LookupAction;
  const { ordinal, number, since } = action;
  const ready = await prepare(context, situation, action);
  let answer: Answer | null = null;
  if (!('kind' in ready)) {
    const { carrier } = ready;
    const call = callOf(context, situation, action, ready);
    try {
      answer = await withDeadline(
        context.clock,
        DEADLINE_MS,
        async (signal) => (await carrier.lookup?.(call, since, signal)) ?? UNSAID,
      );
    } catch (error) {
      context.log.error({ integration: action.integration, error: messageOf(error) }, 'the adapter threw');
    }
  }
  const at = context.clock.now();
  if (answer?.kind === 'accepted' || answer?.kind === 'retry')
    return { events: toEvents(answer, action, at, 0), ending: null };
  return { events: [{ type: 'attempt.looked_up', at, ordinal, number, detail: answer?.detail ?? null }], ending: null };
}

const UNSAID: Answer = { kind: 'unknown', detail: 'the provider could not say' };

/** A slot of a rate that was missed by more than this is not used: others have theirs right after it. */
const LATE_MS = 25;

/** Waits for the slot of the integration's rate, a moment ahead; for a later one when this process was held up meanwhile. */
async function turn(
  context: AttemptContext,
  situation: Situation,
  { action, startAt, leaseUntil }: NextCall,
): Promise<void> {
  const { clock } = context;
  const integration = situation.integrations.find((row) => row.key === action.integration);
  for (let slot = startAt; slot !== null && slot < leaseUntil;) {
    await sleepBy(clock, Math.max(0, slot.getTime() - clock.now().getTime()));
    if (!integration || clock.now().getTime() - slot.getTime() <= LATE_MS) return;
    slot = await context.pacing.slotAnew(situation.send.environment_id, integration).catch(() => null);
  }
}

async function ask(
  context: AttemptContext,
  situation: Situation,
  action: AttemptAction,
  ready: Ready | Answer,
  leaseUntil: Date,
): Promise<Answer> {
  if ('kind' in ready) return ready;
  // The fence, right before the call: a process that was frozen between its claim and here has lost the attempt.
  if (context.clock.now().getTime() + DEADLINE_MS > leaseUntil.getTime())
    return { ...NOT_CALLED, code: 'LEASE_TOO_OLD', detail: 'not called: the claim was too old' };
  try {
    return await withDeadline(context.clock, DEADLINE_MS, (signal) =>
      ready.carrier.send(callOf(context, situation, action, ready), signal),
    );
  } catch (error) {
    // An adapter answers for everything that a vendor does; what it throws is a bug, and bytes may have left.
    context.log.error({ integration: action.integration, error: messageOf(error) }, 'the adapter threw');
    return { kind: 'unknown', code: 'ADAPTER_ERROR', detail: clip(messageOf(error)) };
  }
}

function callOf(
  { publicUrl }: Pick<AttemptContext, 'publicUrl'>,
  situation: Situation,
  action: NextCall['action'],
  { content, headers, sender, engagementUrl: report }: Ready,
): Call {
  const { key, class: kind } = situation.facts.category;
  const integration = situation.integrations.find((row) => row.key === action.integration);
  return {
    environmentId: situation.send.environment_id,
    notificationId: situation.row.id,
    attemptId: attemptId(situation.row.id, action),
    deliveryKey: `${encodeId('notification', situation.row.id)}.${action.ordinal}`,
    channel: action.channel,
    integration: action.integration,
    address: action.address,
    content,
    category: { key, class: kind },
    sender,
    headers,
    tracking: situation.facts.person.tracking === 'ON',
    engagementUrl: report,
    callbackUrl:
      publicUrl === null || !integration
        ? null
        : `${publicUrl.replace(/\/$/, '')}/webhooks/${encodeId('integration', integration.id)}`,
  };
}

/** Some vendors refuse good credentials now and then: so many refusals in a row are taken for a hiccup. */
function forgiven(answer: Answer, situation: Situation, { action, nth }: NextCall): Answer {
  if (answer.kind !== 'misconfigured') return answer;
  const retries = situation.integrations.find((row) => row.key === action.integration)?.auth_retries ?? 0;
  return nth <= retries ? { ...answer, kind: 'retry', retryAt: null, rateLimited: false } : answer;
}

/** What an answer says about the integration itself; null: nothing, because nobody asked it. */
function endingOf(answer: Answer, integration: string, startedAt: Date): Ending | null {
  const ending = { integration, startedAt, retryAt: null };
  if (answer.code !== undefined && answer.code !== null && OURS.has(answer.code))
    return { ...ending, kind: 'uncalled' };
  if (answer.kind === 'misconfigured') return { ...ending, kind: 'misconfigured' };
  if (answer.kind === 'unknown') return { ...ending, kind: 'failed' };
  if (answer.kind !== 'retry') return { ...ending, kind: 'answered' };
  return answer.rateLimited
    ? { ...ending, kind: 'rate_limited', retryAt: answer.retryAt }
    : { ...ending, kind: 'failed' };
}

/** Codes of what we did not send, or broke ourselves. */
const OURS: ReadonlySet<string> = new Set([
  ...['LEASE_TOO_OLD', 'DATABASE_UNAVAILABLE', 'RENDER_ERROR', 'ADAPTER_ERROR'],
  ...['ATTACHMENT_MISSING', 'ATTACHMENTS_UNAVAILABLE', 'CONTENT_GONE'],
]);

/** Codes of what could not be put into words, or not with its files, or whose words are gone. */
const NOT_WRITTEN: ReadonlySet<string> = new Set(['RENDER_ERROR', 'ATTACHMENT_MISSING', 'CONTENT_GONE']);

const NOT_CALLED = { kind: 'retry', retryAt: null, rateLimited: false } as const;

interface Ready extends Pick<Call, 'content' | 'headers' | 'engagementUrl'> {
  readonly sender: Sender | null;
  readonly carrier: Carrier;
}

/** Content, sender and adapter, or the answer when it does not come to a call. */
async function prepare(
  context: AttemptContext,
  situation: Situation,
  action: NextCall['action'],
): Promise<Ready | Answer> {
  try {
    const said = await context.contents.render(situation, action.channel);
    const { content, headers } = await withWayOut(context.links, situation, action, said);
    const sender = await senderOf(context, situation, action.channel);
    const carrier = context.carriers.for(situation, action.integration);
    await carrier.prepare?.();
    return { content, headers, sender, carrier, engagementUrl: await engagementUrl(context.links, situation, action) };
  } catch (error) {
    const detail = clip(messageOf(error));
    if (error instanceof RenderError) return { kind: 'rejected', code: error.code, detail };
    if (error instanceof StoreUnavailable) {
      context.log.error({ error: detail }, 'the attachment store cannot be read');
      return {
        ...NOT_CALLED,
        code: 'ATTACHMENTS_UNAVAILABLE',
        detail: 'not called: its attachments could not be read',
      };
    }
    if (isUnavailable(error))
      return {
        ...NOT_CALLED,
        code: 'DATABASE_UNAVAILABLE',
        detail: 'not called: the template or the senders could not be read',
      };
    context.log.error({ integration: action.integration, error: detail }, 'the integration cannot be used');
    return { kind: 'misconfigured', code: 'INTEGRATION_BROKEN', detail };
  }
}

function toEvents(
  answer: Answer,
  action: { ordinal: number; number: number },
  at: Date,
  durationMs: number,
): HistoryEvent[] {
  const end = {
    at,
    ordinal: action.ordinal,
    number: action.number,
    durationMs,
    httpStatus: answer.httpStatus ?? null,
    code: answer.code ?? null,
    detail: answer.detail ?? null,
  };
  switch (answer.kind) {
    case 'accepted': {
      const accepted: HistoryEvent = {
        type: 'attempt.accepted',
        ...end,
        providerId: answer.providerId,
        simulated: answer.simulated === true,
      };
      if (answer.report !== 'BOUNCED') return [accepted];
      return [accepted, { type: 'delivery.bounced', at, ordinal: action.ordinal, detail: answer.code ?? null }];
    }
    case 'rejected':
      return [
        {
          type: 'attempt.rejected',
          ...end,
          reason: NOT_WRITTEN.has(end.code ?? '') ? 'RENDER_ERROR' : (answer.reason ?? 'PROVIDER_REJECTED'),
        },
      ];
    case 'gone':
      return [{ type: 'attempt.rejected', ...end, reason: 'ENDPOINT_GONE' }];
    case 'retry':
      return [
        { type: answer.rateLimited ? 'attempt.rate_limited' : 'attempt.failed', ...end, retryAt: answer.retryAt },
      ];
    case 'misconfigured':
      return [{ type: 'attempt.misconfigured', ...end }];
    case 'unknown':
      return [{ type: 'attempt.unknown', ...end }];
    default:
      return answer satisfies never;
  }
}
