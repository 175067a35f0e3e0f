import { CHANNEL_REGISTRY } from '../channels/index.js';
import { explain, isReason, type Plan, type PlanStep } from '../routing/decision.js';
import type { StoredPlan } from '../store/notification-log.js';

/** Cells of a step in a kept plan. */
const WIDTH = 4;

/**
 * A plan as it is kept: codes alone, and no names of fields, because it is written twice for every notification. The
 * sentences are made of them when it is read.
 */
export function toStoredPlan({ outcome, sendAt, steps }: Plan): StoredPlan {
  const cells = steps.flatMap(({ channel, integration, decision, reason }) => [channel, integration, decision, reason]);
  return [outcome, sendAt?.toISOString() ?? null, ...cells];
}

/** A kept plan with its sentences; a reason of another version of Tidings explains itself by its code. */
export function explainedPlan(kept: StoredPlan | FirstPlan) {
  const plan = 'steps' in kept ? fromFirst(kept) : kept;
  const [outcome, sendAt, ...cells] = plan;
  const steps = Array.from({ length: cells.length / WIDTH }, (_, nth) => {
    const step = cells.slice(nth * WIDTH, (nth + 1) * WIDTH);
    const [channel, integration, decision, reason] = step as [
      PlanStep['channel'],
      string | null,
      PlanStep['decision'],
      string,
    ];
    const words = { address: CHANNEL_REGISTRY[channel].addressNoun };
    return { channel, integration, decision, reason, explanation: isReason(reason) ? explain(reason, words) : reason };
  });
  return { outcome: outcome as string, sendAt: sendAt == null ? null : new Date(sendAt), steps };
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
