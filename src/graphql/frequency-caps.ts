import { Field, InputType, Int, ObjectType } from 'type-graphql';
import type { ChannelName } from '../base/names.js';
import { ChannelEnum } from './enums.js';
import { Duration, durationMs, durationText } from './scalars.js';

/** A cap as it is kept. */
interface KeptCap {
  readonly max: number;
  readonly periodMs: number;
  readonly channel?: ChannelName;
  readonly category?: string;
}

@ObjectType('FrequencyCap', { description: 'At most so many in so long.' })
export class FrequencyCapType {
  @Field(() => Int, { description: 'How many.' })
  max!: number;
  @Field(() => Duration, { description: 'In how long.' })
  per!: string;
  @Field(() => ChannelEnum, { nullable: true, description: 'On this channel alone; null: on all together.' })
  channel!: ChannelName | null;
  @Field(() => String, { nullable: true, description: 'Of this category alone, by key; null: of all together.' })
  category!: string | null;
}

@InputType('FrequencyCapInput', { description: 'At most so many in so long.' })
export class FrequencyCapInput {
  @Field(() => Int, { description: 'How many: 1 to 1,000.' })
  max!: number;
  @Field(() => Duration, { description: 'In how long: PT1M to P365D.' })
  per!: string;
  @Field(() => ChannelEnum, { nullable: true, description: 'On this channel alone; missing: on all together.' })
  channel?: ChannelName | null;
  @Field(() => String, { nullable: true, description: 'Of this category alone, by key; missing: of all together.' })
  category?: string | null;
}

export function toFrequencyCap({ max, periodMs, channel, category }: KeptCap): FrequencyCapType {
  return { max, per: durationText(periodMs), channel: channel ?? null, category: category ?? null };
}

/** As it is kept; a period without a fixed length is 0, which is refused. */
export function keptCap({ max, per, channel, category }: FrequencyCapInput): KeptCap {
  const rest = { ...(channel == null ? {} : { channel }), ...(category == null ? {} : { category }) };
  return { max, periodMs: durationMs(per) ?? 0, ...rest };
}
