import { userError, type UserError } from '../base/errors.js';
import type { ChannelName, OnCap } from '../base/names.js';
import type { Cap, CategoryRules } from '../routing/profile.js';

const USES_MAX = 1_000;
const PERIOD_LEAST_MS = 1_000;
const DAY_MS = 86_400_000;
/** No cap looks back further than this. */
export const CAP_PERIOD_MAX_MS = 366 * DAY_MS;
const CAPS_MAX = 20;

/** A cap as callers say it; NaN: a period that is no fixed length. */
export interface CapWish {
  readonly max: number;
  readonly periodMs: number;
  readonly channel?: ChannelName | null | undefined;
  /** Of people alone: of this category. */
  readonly category?: string | null | undefined;
}

/** Checks caps of a person or a category, and answers them as they are kept. */
export function checkCaps(
  wishes: readonly CapWish[],
  path: readonly (string | number)[],
): { caps: Cap[]; problems: UserError[] } {
  const problems = wishes.flatMap((wish, index) => windowProblems(wish, [...path, index], 'INVALID_CAP', 'per'));
  if (wishes.length > CAPS_MAX)
    problems.push(userError(path, 'INVALID_CAP', `${wishes.length} caps given, at most ${CAPS_MAX}`));
  const caps = wishes.map(({ max, periodMs, channel, category }) => ({
    ...{ max, periodMs },
    ...(channel == null ? {} : { channel }),
    ...(category == null ? {} : { category }),
  }));
  return { caps, problems };
}

/** What a change of a category says of caps, as its rules keep it; what it does not say stays as it is. */
export function capRules({
  caps: wishes,
  onCap,
}: {
  caps?: readonly CapWish[] | undefined;
  onCap?: OnCap | null | undefined;
}): {
  rules: Pick<CategoryRules, 'caps' | 'onCap'>;
  problems: UserError[];
} {
  const { caps, problems } = checkCaps(wishes ?? [], ['input', 'caps']);
  return { rules: { ...(wishes && { caps }), ...(onCap && { onCap }) }, problems };
}

/** What is wrong with "so many in so long". `period`: the name of the field with the length. */
export function windowProblems(
  { max, periodMs }: Pick<CapWish, 'max' | 'periodMs'>,
  path: readonly (string | number)[],
  code: string,
  period: string,
): UserError[] {
  const problems: UserError[] = [];
  if (!Number.isInteger(max) || max < 1 || max > USES_MAX)
    problems.push(userError([...path, 'max'], code, `${max} given, expected 1 to ${USES_MAX}`));
  if (!(periodMs >= PERIOD_LEAST_MS && periodMs <= CAP_PERIOD_MAX_MS))
    problems.push(
      userError([...path, period], code, 'expected PT1S to P366D: weeks, days, hours, minutes and seconds'),
    );
  return problems;
}
