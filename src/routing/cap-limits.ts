import type { ChannelName } from '../base/names.js';
import type { CapWindow } from './cap-window.js';
import type { Facts } from './facts.js';
import { isUrgent } from './overriding.js';

/** KEY: the sender's throttle. WHOLE: a cap on everything or a category. CHANNEL: a cap on one channel alone. */
export type LimitKind = 'KEY' | 'WHOLE' | 'CHANNEL';

/** A limit that a notification comes under. Uses are counted by person and scope, whoever set the limit. */
export interface Limit extends CapWindow {
  readonly kind: LimitKind;
  readonly scope: string;
}

/** Does anything limit how often? What it does not concern costs nothing. */
export function isLimited({ category, person, throttle }: Facts): boolean {
  return throttle !== null || person.caps.length > 0 || (category.rules.caps?.length ?? 0) > 0;
}

/** The limits that a notification comes under on a channel. Caps do not hold what is urgent; a throttle holds all. */
export function limitsOn(facts: Facts, channel: ChannelName): Limit[] {
  const { category, person, throttle } = facts;
  const limits: Limit[] = throttle
    ? [{ kind: 'KEY', scope: `key:${throttle.key}`, max: throttle.max, periodMs: throttle.periodMs }]
    : [];
  if (isUrgent(facts)) return limits;
  const caps = [...person.caps, ...(category.rules.caps ?? []).map((cap) => ({ ...cap, category: category.key }))];
  for (const { max, periodMs, ...of } of caps) {
    if (of.category !== undefined && of.category !== category.key) continue;
    if (of.channel !== undefined && of.channel !== channel) continue;
    limits.push({ kind: of.channel === undefined ? 'WHOLE' : 'CHANNEL', scope: scopeOf(of), max, periodMs });
  }
  return limits;
}

function scopeOf({ category, channel }: { category?: string; channel?: ChannelName }): string {
  const words = [category && `category:${category}`, channel && `channel:${channel}`].filter(Boolean);
  return words.length === 0 ? 'all' : words.join(' ');
}
