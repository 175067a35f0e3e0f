import { userError, type UserError } from '../base/errors.js';
import { CHANNELS, type Cadence, type CategoryClass, type ChannelName } from '../base/names.js';
import { CHANNEL_TRAITS } from '../channels/index.js';
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
  readonly preferActivePlatform?: boolean | null | undefined;
  readonly onlyWhilePresent?: readonly ChannelName[] | null | undefined;
}

const TEXT_MAX = 1_000;

/** The rules with the change applied; what was never said is missing. */
export function changedRules(known: CategoryRules, change: CategoryRulesChange): CategoryRules {
  const { section, description, expected, termsUrl, defaultOn, overrides, onPause, preferActivePlatform } = change;
  const said = {
    ...{ section, description, expected, termsUrl, defaultOn, overrides, onPause, preferActivePlatform },
    onlyWhilePresent: change.onlyWhilePresent && [...new Set(change.onlyWhilePresent)],
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
  const anywhere = (rules.onlyWhilePresent ?? []).filter((channel) => CHANNEL_TRAITS[channel].platforms.length === 0);
  if (anywhere.length > 0) {
    const fit = CHANNELS.filter((channel) => CHANNEL_TRAITS[channel].platforms.length > 0);
    const message = `${anywhere.join(', ')} given, expected channels of a platform: ${fit.join(', ')}`;
    problems.push(userError(['input', 'onlyWhilePresent'], 'INVALID_CHANNELS', message));
  }
  for (const field of ['description', 'expected'] as const) {
    const length = rules[field]?.length ?? 0;
    if (length > TEXT_MAX)
      problems.push(userError(['input', field], 'TOO_LONG', `${length} characters given, at most ${TEXT_MAX}`));
  }
  return problems;
}
