import { turnOf } from '../routing/cap-turn.js';
import { capQuestion, withAnswer, type CapQuestion } from '../routing/capped.js';
import { decide } from '../routing/decide.js';
import type { Decision, Plan } from '../routing/decision.js';
import { NOTHING_YET } from '../routing/state.js';
import type { Facts } from '../routing/facts.js';
import { usesFor } from '../recipients/cap-uses.js';
import type { Db } from '../store/database.js';

/** A person with the facts of a send that is supposed. */
interface Supposed {
  readonly recipientId: string;
  readonly facts: Facts;
}

type Asking = Supposed & { readonly decision: Decision; readonly question: CapQuestion | null };

/** What would be decided for each, with caps and throttles as they are used up now; nothing is claimed. */
export async function cappedPlans(
  db: Db,
  environmentId: string,
  supposed: readonly Supposed[],
  now: Date,
): Promise<{ recipientId: string; plan: Plan }[]> {
  let all = supposed.map((one) => ask(one, now));
  for (let asking = all.filter((one) => one.question); asking.length > 0; asking = all.filter((one) => one.question)) {
    const asks = asking.flatMap(({ recipientId, facts, question }) =>
      question ? [{ notificationId: facts.notificationId, recipientId, question }] : [],
    );
    const people = await usesFor(db, environmentId, asks, now);
    all = all.map((one) => {
      const { recipientId, facts, question } = one;
      if (!question) return one;
      const uses = people.get(recipientId) ?? new Map();
      const { answer } = turnOf(question, facts.notificationId, uses, now.getTime());
      if (answer === 'go') return { ...one, question: null };
      return ask({ recipientId, facts: withAnswer(facts, question, answer) }, now);
    });
  }
  return all.map(({ recipientId, decision }) => ({ recipientId, plan: decision.plan }));
}

function ask(one: Supposed, now: Date): Asking {
  const decision = decide(one.facts, NOTHING_YET, now);
  return { ...one, decision, question: capQuestion(one.facts, decision) };
}
