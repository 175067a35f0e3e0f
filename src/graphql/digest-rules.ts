import { Field, InputType, Int, ObjectType } from 'type-graphql';
import type { Cadence, ChannelName } from '../base/names.js';
import type { DigestRuleChange } from '../recipients/digest-rules.js';
import { DigestKindEnum } from './digest-kind.js';
import { CadenceEnum } from './preference-enums.js';
import { ChannelEnum } from './enums.js';
import { Duration, durationText } from './scalars.js';

@ObjectType('DigestRule', {
  description: 'How notifications of a category are gathered where the person chose no cadence.',
})
export class DigestRuleType {
  @Field(() => DigestKindEnum, { description: 'What opens and closes a window.' })
  kind!: DigestRuleChange['kind'];
  @Field(() => Duration, { nullable: true, description: 'BATCH: it closes so long after its first item.' })
  window!: string | null;
  @Field(() => Boolean, { description: 'BATCH: each further item moves the end, up to `max`.' })
  sliding!: boolean;
  @Field(() => Duration, { nullable: true, description: 'BATCH that slides: it closes after this at the latest.' })
  max!: string | null;
  @Field(() => CadenceEnum, { nullable: true, description: 'SCHEDULE: hourly, daily or weekly (Mondays).' })
  cadence!: Cadence | null;
  @Field(() => String, { nullable: true, description: 'SCHEDULE: the person’s local time, `HH:MM`; null: 09:00.' })
  at!: string | null;
  @Field(() => String, { nullable: true, description: 'SCHEDULE: five fields of cron, at the person’s local time.' })
  cron!: string | null;
  @Field(() => String, { nullable: true, description: 'SCHEDULE: an RRULE (RFC 5545), at the person’s local time.' })
  rrule!: string | null;
  @Field(() => [ChannelEnum], { nullable: true, description: 'Channels that are gathered; null: all but in-app ones.' })
  channels!: readonly ChannelName[] | null;
  @Field(() => Int, { nullable: true, description: 'Items that are shown one by one, the rest is counted; null: 10.' })
  maxItems!: number | null;
  @Field(() => String, { nullable: true, description: 'Key of the digest’s template; null: plain English.' })
  template!: string | null;
}

@InputType('DigestRuleInput', {
  description: 'How notifications of a category are gathered where the person chose no cadence.',
})
export class DigestRuleInput {
  @Field(() => DigestKindEnum, { description: 'What opens and closes a window.' })
  kind!: DigestRuleChange['kind'];
  @Field(() => Duration, { nullable: true, description: 'BATCH: closes so long after the first item: PT1S to P7D.' })
  window?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'BATCH: each further item moves the end. Default: false.' })
  sliding?: boolean | null;
  @Field(() => Duration, {
    nullable: true,
    description: 'BATCH that slides: closes after this at the latest, at most P30D.',
  })
  max?: string | null;
  @Field(() => CadenceEnum, { nullable: true, description: 'SCHEDULE: HOURLY, DAILY or WEEKLY; or cron, or rrule.' })
  cadence?: Exclude<Cadence, 'INSTANT'> | null;
  @Field(() => String, {
    nullable: true,
    description: 'DAILY and WEEKLY: the person’s local time, `HH:MM`. Default: 09:00.',
  })
  at?: string | null;
  @Field(() => String, { nullable: true, description: 'SCHEDULE: five fields of cron, like `0 9 * * 1-5`.' })
  cron?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'SCHEDULE: an RRULE, hourly or rarer, without COUNT, UNTIL and DTSTART; it counts from Monday 2024-01-01 00:00, the person’s local time.',
  })
  rrule?: string | null;
  @Field(() => [ChannelEnum], { nullable: true, description: 'Channels to gather. Default: all but in-app ones.' })
  channels?: ChannelName[] | null;
  @Field(() => Int, { nullable: true, description: 'Items shown one by one, 1 to 100, default 10.' })
  maxItems?: number | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Key of a template for digests of two items and more, with `count`, `items`, `groups`, `more` and `category`; while it is not published, plain English.',
  })
  template?: string | null;
}

/** What the API says of a rule, from what is kept. */
export function toDigestRule(rule: DigestRuleChange | undefined): DigestRuleType | null {
  if (!rule) return null;
  const { kind, windowMs, maxMs, sliding, cadence, at, cron, rrule, channels, maxItems, template } = rule;
  return {
    kind,
    window: windowMs == null ? null : durationText(windowMs),
    sliding: sliding ?? false,
    max: maxMs == null ? null : durationText(maxMs),
    cadence: cadence ?? null,
    at: at ?? null,
    cron: cron ?? null,
    rrule: rrule ?? null,
    channels: channels ?? null,
    maxItems: maxItems ?? null,
    template: template ?? null,
  };
}

/** @param ms milliseconds of a duration below `digest`; what cannot be read is refused elsewhere */
export function toDigestChange(
  { window, max, ...rest }: DigestRuleInput,
  ms: (path: string[], text: string | null | undefined) => number | null | undefined,
): DigestRuleChange {
  return { ...rest, windowMs: ms(['digest', 'window'], window), maxMs: ms(['digest', 'max'], max) };
}
