import { Field, InputType, ObjectType } from 'type-graphql';
import type { Cadence, ChannelName } from '../base/names.js';
import { choosableCadences, choosableChannels } from '../recipients/choosable.js';
import type { CategoryRow } from '../store/categories.js';
import { ChannelEnum } from './enums.js';
import { CadenceEnum, PauseActionEnum } from './preference-enums.js';
import { UrlScalar } from './scalars.js';
import { TimeRulesInput, TimeRulesType } from './time-rules.js';

/** What a category says for people, as it is shown. */
@ObjectType()
export class CategoryRulesType extends TimeRulesType {
  @Field(() => String, { nullable: true, description: 'Key of the section that people see it in; null: in none.' })
  section!: string | null;
  @Field(() => String, { nullable: true, description: 'For people: what it is about.' })
  description!: string | null;
  @Field(() => String, { nullable: true, description: 'For people: how much of it to expect, like "weekly".' })
  expected!: string | null;
  @Field(() => UrlScalar, {
    nullable: true,
    description: 'For people: terms of their own that they agree to; null: those of `compliance`.',
  })
  termsUrl!: string | null;
  @Field(() => Boolean, { description: 'False: nothing goes until the person switches it on.' })
  defaultOn!: boolean;
  @Field(() => Boolean, {
    description:
      'It goes whatever people prefer: choices of channels, levels, pauses, quiet hours and caps do not hold it. SECURITY always does.',
  })
  overrides!: boolean;
  @Field(() => PauseActionEnum, { description: 'What becomes of it while the person pauses.' })
  onPause!: 'HOLD' | 'DROP';
  @Field(() => [ChannelEnum], {
    description:
      'Channels that people may switch, and choose instead of others. Empty where it goes whatever they prefer.',
  })
  choosableChannels!: readonly ChannelName[];
  @Field(() => [CadenceEnum], {
    description: 'How often people may want it. Empty where it goes whatever they prefer.',
  })
  choosableCadences!: readonly Cadence[];
  @Field(() => Boolean, { description: 'Channels made for a platform on which the person is active come first.' })
  preferActivePlatform!: boolean;
  @Field(() => [ChannelEnum], {
    description: 'Channels that go only while the person is present where they are seen.',
  })
  onlyWhilePresent!: readonly ChannelName[];
}

/** As a plain object, to be spread. */
export function toCategoryRules(row: CategoryRow) {
  const rules = row.rules as Partial<CategoryRulesType>;
  return {
    section: rules.section ?? null,
    description: rules.description ?? null,
    expected: rules.expected ?? null,
    termsUrl: rules.termsUrl ?? null,
    defaultOn: rules.defaultOn ?? true,
    overrides: rules.overrides ?? row.class === 'SECURITY',
    onPause: rules.onPause ?? 'DROP',
    choosableChannels: choosableChannels(row),
    choosableCadences: choosableCadences(row),
    preferActivePlatform: rules.preferActivePlatform ?? false,
    onlyWhilePresent: rules.onlyWhilePresent ?? [],
  } satisfies Omit<CategoryRulesType, keyof TimeRulesType>;
}

/** The same as input. */
@InputType()
export class CategoryRulesInput extends TimeRulesInput {
  @Field(() => String, { nullable: true, description: 'Key of the section that people see it in; null: in none.' })
  section?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'For people: what it is about; at most 1,000 characters.',
  })
  description?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'For people: how much of it to expect, like "weekly"; at most 1,000 characters.',
  })
  expected?: string | null;
  @Field(() => UrlScalar, {
    nullable: true,
    description: 'For people: http or https, terms of their own that they agree to; null: those of `compliance`.',
  })
  termsUrl?: string | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'False: nothing goes until the person switches it on. Default: true.',
  })
  defaultOn?: boolean | null;
  @Field(() => Boolean, {
    nullable: true,
    description:
      'True: it goes whatever people prefer, as sign-in codes do. Not allowed for MARKETING. Default: false, and SECURITY does so anyway.',
  })
  overrides?: boolean | null;
  @Field(() => PauseActionEnum, {
    nullable: true,
    description: 'What becomes of it while the person pauses. Default: DROP.',
  })
  onPause?: 'HOLD' | 'DROP' | null;
  @Field(() => [ChannelEnum], {
    nullable: true,
    description:
      'Channels that people may switch, and choose instead of others; also some that it does not use by itself. Null, the default: those that it uses.',
  })
  choosableChannels?: ChannelName[] | null;
  @Field(() => [CadenceEnum], {
    nullable: true,
    description: 'How often people may want it. Null, the default: as often as they like.',
  })
  choosableCadences?: Cadence[] | null;
  @Field(() => Boolean, {
    nullable: true,
    description:
      'True: channels made for a platform on which the person is active come first (WEB: INBOX, WEB_PUSH; MOBILE: MOBILE_PUSH; SLACK: SLACK), the others in their order. Default: false.',
  })
  preferActivePlatform?: boolean | null;
  @Field(() => [ChannelEnum], {
    nullable: true,
    description:
      'Of WEB_PUSH, MOBILE_PUSH, SLACK: those that go only while the person is present where they are seen; INBOX always does. Null, the default: they go to anybody.',
  })
  onlyWhilePresent?: ChannelName[] | null;
}
