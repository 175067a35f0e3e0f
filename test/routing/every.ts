import * as fc from 'fast-check';
import type { Action } from '../../src/routing/decision.js';
import type { AttemptView, State } from '../../src/routing/state.js';
import type { Facts } from '../../src/routing/facts.js';
import { anyFacts, anyScript, type Script } from '../support/arbitraries.js';
import { boundOf, walk, type Moment, type Walk } from './walk.js';

type Story = fc.Arbitrary<readonly [Facts, Script]>;

/** Every story that facts and a script can tell. */
export const anyStory: Story = fc.tuple(anyFacts, anyScript);

/** Checks something of every such story. */
export function everyWalk(check: (walked: Walk) => void, stories: Story = anyStory, numRuns = 1_000): void {
  fc.assert(
    fc.property(stories, ([facts, script]) => check(walk(facts, script, boundOf(facts, script)))),
    { numRuns },
  );
}

export type Doing = Moment & { readonly action: Extract<Action, { kind: 'attempt' | 'place' }> };

/** Checks something of every attempt or placement in every story. */
export function everyAction(check: (doing: Doing) => void, stories?: Story, numRuns?: number): void {
  everyWalk(
    ({ moments }) => {
      for (const moment of moments) {
        const { action } = moment.decision;
        if (action.kind === 'attempt' || action.kind === 'place') check({ ...moment, action });
      }
    },
    stories,
    numRuns,
  );
}

/** How attempts ended, delivery by delivery. */
export function endsOf(state: State): AttemptView['end'][] {
  return state.deliveries.flatMap((delivery) => delivery.attempts.map((attempt) => attempt.end));
}
