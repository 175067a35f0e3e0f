import type { CapAsk } from '../recipients/cap-uses.js';
import type { Situation } from '../recipients/facts.js';
import { isLimited } from '../routing/cap-limits.js';
import { capQuestion, withAnswer, type CapQuestion } from '../routing/capped.js';
import type { Decision } from '../routing/decision.js';
import type { State } from '../routing/state.js';
import type { CapDesk } from './caps.js';

/** What was decided for a notification, as far as caps see it. */
export interface Cappable {
  readonly work: { readonly situation: Situation };
  readonly decision: Decision;
}

/** Notifications and channels that caps let through; they are not asked about twice. */
export type LetThrough = Set<string>;

/** Each channel can be shut once and opened once more; more rounds than that would be a mistake of ours. */
const ROUNDS_MAX = 50;

/**
 * Asks caps and throttles about whatever is to go next, and has decided again what they hold back. Costs nothing where
 * nobody limits anything.
 *
 * @param again decides anew for the same notification with other facts
 */
export async function capAll<One extends Cappable>(
  caps: Pick<CapDesk, 'ask'>,
  environmentId: string,
  planned: readonly One[],
  letThrough: LetThrough,
  again: (one: One, situation: Situation) => Promise<One>,
): Promise<One[]> {
  let current = [...planned];
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const questions = new Map(current.flatMap((one) => questionOf(one, letThrough)));
    if (questions.size === 0) return current;
    const asks = [...questions].map(([one, question]) => toAsk(one, question));
    const answers = await caps.ask(environmentId, asks);
    current = await Promise.all(
      current.map(async (one) => {
        const question = questions.get(one);
        const answer = answers.get(one.work.situation.row.id);
        if (!question || !answer) return one;
        if (answer === 'go') letThrough.add(keyOf(one, question.channel));
        if (answer === 'go' && !question.isLast) return one;
        const { situation } = one.work;
        return again(one, { ...situation, facts: withAnswer(situation.facts, question, answer) });
      }),
    );
  }
  throw new Error(`caps were asked ${ROUNDS_MAX} times and some are still not answered`);
}

function questionOf<One extends Cappable>(one: One, letThrough: LetThrough): [One, CapQuestion][] {
  const question = capQuestion(one.work.situation.facts, one.decision);
  return question === null || letThrough.has(keyOf(one, question.channel)) ? [] : [[one, question]];
}

function toAsk({ work }: Cappable, question: CapQuestion): CapAsk {
  const { id: notificationId, recipientId } = work.situation.row;
  return { notificationId, recipientId, question };
}

function keyOf({ work }: Cappable, channel: string): string {
  return `${work.situation.row.id} ${channel}`;
}

/** It ended, and nobody can have got it: what it counted as is free again. */
export function neverWent({ facts }: Pick<Situation, 'facts'>, state: State): boolean {
  if (state.finished === null || state.finished.state === 'COMPLETED' || !isLimited(facts)) return false;
  return state.deliveries.every(({ attempts }) =>
    attempts.every(
      ({ end }) => end === 'rejected' || end === 'failed' || end === 'rate_limited' || end === 'misconfigured',
    ),
  );
}
