import { CHANNEL_TRAITS } from '../channels/index.js';
import { explain, isReason, type Plan, type PlanStep } from '../routing/decision.js';
import type { StoredPlan } from '../store/notification-log.js';

/** Cells of a step in a kept plan. */
const WIDTH = 4;
/** Between the reason of a step and the integrations that were passed over; neither keys nor codes contain it. */
const BETWEEN = '|';

/**
 * A plan as it is kept: codes alone, and no names of fields, because it is written twice for every notification. The
 * sentences are made of them when it is read.
 */
export function toStoredPlan({ outcome, sendAt, steps, notes }: Plan): StoredPlan {
  const cells = steps.flatMap(({ channel, integration, decision, reason, passedOver }) => [
    channel,
    integration,
    decision,
    [reason, ...passedOver.map((one) => `${one.integration} ${one.reason}`)].join(BETWEEN),
  ]);
  const words = notes.map(({ reason, detail }) =>
    detail === null ? reason : `${reason} ${detail.replaceAll(BETWEEN, '/')}`,
  );
  return [[outcome, ...words].join(BETWEEN), sendAt?.toISOString() ?? null, ...cells];
}

/** A plan as it is read, without its having been kept. */
export function explained(plan: Plan) {
  return explainedPlan(toStoredPlan(plan));
}

/** A kept plan with its sentences; a reason of another version of Tidings explains itself by its code. */
export function explainedPlan(kept: StoredPlan | FirstPlan) {
  const plan = 'steps' in kept ? fromFirst(kept) : kept;
  const [head, sendAt, ...cells] = plan;
  const [outcome = '', ...words] = (head ?? '').split(BETWEEN);
  const notes = words.map((word) => {
    const [reason = '', ...rest] = word.split(' ');
    const detail = rest.length === 0 ? null : rest.join(' ');
    return { reason, detail, explanation: sentence(reason) };
  });
  const steps = Array.from({ length: cells.length / WIDTH }, (_, nth) => {
    const step = cells.slice(nth * WIDTH, (nth + 1) * WIDTH);
    const [channel, integration, decision, reasons] = step as [
      PlanStep['channel'],
      string | null,
      PlanStep['decision'],
      string,
    ];
    const { addressNoun: address, placeNoun: place } = CHANNEL_TRAITS[channel];
    const words = { address, place };
    const [reason = '', ...others] = reasons.split(BETWEEN);
    const passedOver = others.map((other) => {
      const [key = '', why = ''] = other.split(' ');
      return { integration: key, reason: why, explanation: sentence(why, words) };
    });
    return { channel, integration, decision, reason, explanation: sentence(reason, words), passedOver };
  });
  return { outcome, notes, sendAt: sendAt == null ? null : new Date(sendAt), steps };
}

function sentence(reason: string, words: { address?: string; place?: string } = {}): string {
  return isReason(reason) ? explain(reason, words) : reason;
}

/** As plans were kept at first; rows of that time are still read. */
interface FirstPlan {
  readonly outcome: string;
  readonly sendAt: string | null;
  readonly steps: readonly { channel: string; integration: string | null; decision: string; reason: string }[];
}

function fromFirst({ outcome, sendAt, steps }: FirstPlan): StoredPlan {
  return [outcome, sendAt, ...steps.flatMap((step) => [step.channel, step.integration, step.decision, step.reason])];
}
