import { userError, type UserError } from '../base/errors.js';
import type { Cadence, ChannelName } from '../base/names.js';
import type { PreferenceRow } from '../store/preferences.js';
import { choosableCadences, choosableChannels, isOpen, shownChannels, type Limits } from './choosable.js';

/** What is said of one cell. A missing field stays as it is; null goes back to the default. */
export interface CellChange {
  readonly category: string;
  readonly channel: ChannelName;
  readonly enabled?: boolean | null | undefined;
  readonly cadence?: Cadence | null | undefined;
}

/** More than a matrix holds. */
const MOST = 1_000;

/** The cells as they become, each once, and what the operator does not leave to people. */
export function changedCells(
  changes: readonly CellChange[],
  known: readonly PreferenceRow[],
  categories: ReadonlyMap<string, Limits>,
): { rows: PreferenceRow[]; problems: UserError[] } {
  if (changes.length > MOST)
    return {
      rows: [],
      problems: [userError(['input', 'rules'], 'TOO_MANY', `${changes.length} rules given, at most ${MOST}`)],
    };
  const cells = new Map(known.map((row) => [place(row.category_key, row.channel), row]));
  const touched = new Set<string>();
  const problems = changes.flatMap((change, index) => {
    const found = problemsOf(change, categories.get(change.category), ['input', 'rules', index]);
    const { category, channel, enabled, cadence } = change;
    const at = place(category, channel);
    const before = cells.get(at);
    cells.set(at, {
      category_key: category,
      channel,
      enabled: enabled === undefined ? (before?.enabled ?? null) : enabled,
      cadence: cadence === undefined ? (before?.cadence ?? null) : cadence,
    });
    touched.add(at);
    return found;
  });
  return { rows: [...touched].flatMap((at) => cells.get(at) ?? []), problems };
}

function place(category: string, channel: ChannelName): string {
  return `${category} ${channel}`;
}

function problemsOf(
  { category: key, channel, enabled, cadence }: CellChange,
  category: Limits | undefined,
  path: readonly (string | number)[],
): UserError[] {
  if (!category) return [userError([...path, 'category'], 'NOT_FOUND', `no category "${key}"`)];
  const problems: UserError[] = [];
  const refuse = (field: string, message: string): void =>
    void problems.push(userError([...path, field], 'NOT_EDITABLE', message));
  if (!isOpen(category)) {
    if (enabled === false) refuse('enabled', `"${key}" is mandatory and cannot be switched off`);
    if (cadence != null && cadence !== 'INSTANT') refuse('cadence', `"${key}" is mandatory and is never gathered`);
    return problems;
  }
  const mayChoose = choosableChannels(category);
  // Advertising can be switched off everywhere, whatever an operator says.
  const isGoodbye = category.class === 'MARKETING' && enabled === false && shownChannels(category).includes(channel);
  if (enabled != null && !mayChoose.includes(channel) && !isGoodbye)
    refuse('enabled', `${channel} given, "${key}" leaves people ${listed(mayChoose)}`);
  if (cadence != null && !mayChoose.includes(channel))
    refuse('cadence', `${channel} given, "${key}" leaves people ${listed(mayChoose)}`);
  else if (cadence != null && !choosableCadences(category).includes(cadence))
    refuse('cadence', `${cadence} given, "${key}" leaves people ${listed(choosableCadences(category))}`);
  return problems;
}

function listed(choices: readonly string[]): string {
  return choices.length === 0 ? 'no choice' : `the choice of ${choices.join(', ')}`;
}
