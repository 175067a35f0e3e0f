import { CADENCES, type Cadence, type ChannelName } from '../base/names.js';
import type { CategoryRules } from '../routing/profile.js';
import type { CategoryRow } from '../store/categories.js';

/** What an operator leaves to people, of one category. */
export type Limits = Pick<CategoryRow, 'key' | 'class' | 'mandatory' | 'channels' | 'rules'>;

/** May people say anything of it? Not where it goes whatever they prefer. */
export function isOpen({ class: kind, mandatory, rules }: Limits): boolean {
  if (kind === 'MARKETING') return true;
  return !mandatory && kind !== 'SECURITY' && (rules as CategoryRules).overrides !== true;
}

/** Channels that people may switch and choose; none where it goes whatever they prefer. */
export function choosableChannels(category: Limits): readonly ChannelName[] {
  if (!isOpen(category)) return [];
  return (category.rules as CategoryRules).choosableChannels ?? category.channels;
}

/** How often people may want it. */
export function choosableCadences(category: Limits): readonly Cadence[] {
  if (!isOpen(category)) return [];
  return (category.rules as CategoryRules).choosableCadences ?? CADENCES;
}

/** The channels that a person sees of it: those that it uses, then others that may be chosen. */
export function shownChannels(category: Limits): readonly ChannelName[] {
  return [...new Set([...category.channels, ...choosableChannels(category)])];
}
