import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ON_CAPS, type ChannelName, type OnCap } from '../base/names.js';
import type { CapWish } from '../recipients/caps.js';
import { ChannelEnum } from './enums.js';
import { Duration, durationMs, durationText } from './scalars.js';

export const OnCapEnum = Object.fromEntries(ON_CAPS.map((value) => [value, value])) as { [Value in OnCap]: Value };
registerEnumType(OnCapEnum, {
  name: 'OnCap',
  description: 'What becomes of a notification beyond a cap.',
  valuesConfig: {
    HOLD: { description: 'It waits until the cap lets it through, or it expires.' },
    DROP: { description: 'It ends SUPPRESSED with FREQUENCY_CAP.' },
  },
});

@ObjectType('Cap', { description: 'At most so many within any stretch of a length of time.' })
export class CapType {
  @Field(() => Int, { description: 'How many at most.' })
  max!: number;
  @Field(() => Duration, { description: 'In any stretch of this length.' })
  per!: string;
  @Field(() => ChannelEnum, {
    nullable: true,
    description: 'On this channel alone, where the next channel goes instead; null: on all together.',
  })
  channel!: ChannelName | null;
}

@InputType('CapInput', { description: 'At most so many within any stretch of a length of time.' })
export class CapInput {
  @Field(() => Int, { description: 'How many at most: 1 to 1,000.' })
  max!: number;
  @Field(() => Duration, { description: 'In any stretch of this length: PT1S to P366D.' })
  per!: string;
  @Field(() => ChannelEnum, {
    nullable: true,
    description: 'On this channel alone, where the next channel goes instead; default: on all together.',
  })
  channel?: ChannelName | null;
}

@InputType('ThrottleInput', { description: 'At most so many notifications of one key for one person in a time.' })
export class ThrottleInput {
  @Field(() => String, { description: 'What is counted, across categories: 1 to 255 characters.' })
  key!: string;
  @Field(() => Int, { nullable: true, defaultValue: 1, description: 'How many at most: 1 to 1,000.' })
  max?: number | null;
  @Field(() => Duration, { description: 'In any stretch of this length: PT1S to P366D.' })
  period!: string;
}

/** Caps as they are checked; a period without a fixed length becomes NaN and is refused there. */
export function toCapWishes(caps: readonly CapInput[]): CapWish[] {
  return caps.map(({ max, per, channel }) => ({ max, periodMs: durationMs(per) ?? Number.NaN, channel }));
}

/** The fields of a category about caps. */
export function toCaps(rules: Record<string, unknown>): { caps: CapType[]; onCap: OnCap } {
  const { caps = [], onCap = 'HOLD' } = rules as { caps?: CapWish[]; onCap?: OnCap };
  return {
    caps: caps.map(({ max, periodMs, channel }) => ({ max, per: durationText(periodMs), channel: channel ?? null })),
    onCap,
  };
}

export function toThrottle(input: ThrottleInput | null | undefined) {
  if (input == null) return null;
  return { key: input.key, max: input.max ?? 1, periodMs: durationMs(input.period) ?? Number.NaN };
}
