import { userError, type UserError } from '../base/errors.js';
import type { Cadence, CategoryClass, ChannelName } from '../base/names.js';
import type { CategoryRules } from '../routing/profile.js';
import { linkProblems } from './compliance.js';

/** What becomes of a notification while the person pauses. */
export const PAUSE_ACTIONS = ['HOLD', 'DROP'] as const;

/** What a caller says of a category for people. A missing field stays as it is; null goes back to the default. */
export interface CategoryRulesChange {
  readonly section?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly expected?: string | null | undefined;
  readonly termsUrl?: string | null | undefined;
  readonly choosableChannels?: readonly ChannelName[] | null | undefined;
  readonly choosableCadences?: readonly Cadence[] | null | undefined;
  readonly defaultOn?: boolean | null | undefined;
  readonly overrides?: boolean | null | undefined;
  readonly onPause?: 'HOLD' | 'DROP' | null | undefined;
}

const TEXT_MAX = 1_000;

/** The rules with the change applied; what was never said is missing. */
export function changedRules(known: CategoryRules, change: CategoryRulesChange): CategoryRules {
  const { section, description, expected, termsUrl, defaultOn, overrides, onPause } = change;
  const said = {
    ...{ section, description, expected, termsUrl, defaultOn, overrides, onPause },
    choosableChannels: change.choosableChannels && [...new Set(change.choosableChannels)],
    choosableCadences: change.choosableCadences && [...new Set(change.choosableCadences)],
  };
  const spoken = Object.entries(said).filter(([, value]) => value !== undefined);
  const merged = { ...known, ...Object.fromEntries(spoken) };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}

/** What is wrong with rules, with paths below `input`. */
export function rulesProblems(rules: CategoryRules, kind: CategoryClass): UserError[] {
  const problems: UserError[] = [];
  if (rules.overrides === true && kind === 'MARKETING')
    problems.push(
      userError(
        ['input', 'overrides'],
        'NOT_ALLOWED',
        'people’s preferences always hold for marketing; leave it false',
      ),
    );
  problems.push(...linkProblems('termsUrl', rules.termsUrl));
  for (const field of ['description', 'expected'] as const) {
    const length = rules[field]?.length ?? 0;
    if (length > TEXT_MAX)
      problems.push(userError(['input', field], 'TOO_LONG', `${length} characters given, at most ${TEXT_MAX}`));
  }
  return problems;
}
