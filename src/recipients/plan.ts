import { CHANNEL_REGISTRY } from '../channels/index.js';
import { explain, isReason, type Plan, type PlanStep } from '../routing/decision.js';
import type { StoredPlan } from '../store/notification-log.js';

/** A plan as it is kept: codes alone. The sentences are made of them when it is read. */
export function toStoredPlan({ outcome, sendAt, steps }: Plan): StoredPlan {
  const kept = steps.map(({ channel, integration, decision, reason }) => ({ channel, integration, decision, reason }));
  return { outcome, sendAt: sendAt?.toISOString() ?? null, steps: kept };
}

/** The steps of a kept plan with their sentences; a reason of another version of Tidings explains itself by its code. */
export function explainedSteps(plan: StoredPlan): (Omit<PlanStep, 'reason'> & { reason: string })[] {
  return plan.steps.map((step) => {
    const words = { address: CHANNEL_REGISTRY[step.channel].addressNoun };
    return { ...step, explanation: isReason(step.reason) ? explain(step.reason, words) : step.reason };
  });
}
