import { Field, InputType } from 'type-graphql';
import type { Cadence, ChannelName, Level, Weekday } from '../base/names.js';
import type { PreferenceChange } from '../recipients/preference-change.js';
import { ChannelEnum } from './enums.js';
import { FrequencyCapInput, keptCap } from './frequency-caps.js';
import { CadenceEnum, LevelEnum, WeekdayEnum } from './preference-enums.js';
import { RecipientRef } from './recipients.js';
import { DateTime } from './scalars.js';

@InputType('PreferenceRuleInput', {
  description: 'A choice for one category and channel. A missing field stays as it is; null goes back to the default.',
})
class PreferenceRuleInput {
  @Field(() => String, { description: 'Key of the category.' })
  category!: string;
  @Field(() => ChannelEnum, { description: 'The channel.' })
  channel!: ChannelName;
  @Field(() => Boolean, { nullable: true, description: 'Whether it may use this channel.' })
  enabled?: boolean | null;
  @Field(() => CadenceEnum, { nullable: true, description: 'How often.' })
  cadence?: Cadence | null;
}

@InputType('QuietHoursInput', { description: 'When the person wants peace, in their time zone.' })
class QuietHoursInput {
  @Field(() => String, { description: 'When it begins, like `22:00`.' })
  start!: string;
  @Field(() => String, { description: 'When it ends; earlier than the start: on the next day.' })
  end!: string;
  @Field(() => [WeekdayEnum], { nullable: true, description: 'Days on which it begins; missing: every day.' })
  days?: Weekday[] | null;
}

@InputType('DelegateInput', { description: 'A colleague who shall have a person’s notifications for a time.' })
class DelegateInput {
  @Field(() => RecipientRef, { description: 'The colleague: somebody else of this environment.' })
  recipient!: RecipientRef;
  @Field(() => DateTime, { description: 'Until when, at most a year ahead.' })
  until!: Date;
  @Field(() => [String], { nullable: true, description: 'Of these categories, by key; missing: of all.' })
  categories?: string[] | null;
}

@InputType('RedirectInput', { description: 'An address that shall stand in for the person’s own for a time.' })
class RedirectInput {
  @Field(() => ChannelEnum, { description: 'On which channel; not on those of devices, and not in the app.' })
  channel!: ChannelName;
  @Field(() => String, { description: 'The address as the channel has it.' })
  address!: string;
  @Field(() => DateTime, { description: 'Until when, at most a year ahead.' })
  until!: Date;
}

@InputType('AddressChoiceInput', { description: 'Which of a person’s addresses a category shall use on a channel.' })
class AddressChoiceInput {
  @Field(() => ChannelEnum, { description: 'The channel.' })
  channel!: ChannelName;
  @Field(() => String, { description: 'One of the person’s addresses on it, in use.' })
  address!: string;
}

@InputType('CategoryPreferenceInput', {
  description: 'Choices for one category. A missing field stays as it is; null clears it.',
})
class CategoryPreferenceInput {
  @Field(() => String, { description: 'Key of the category.' })
  category!: string;
  @Field(() => [ChannelEnum], {
    nullable: true,
    description: 'These, in this order, instead of the category’s own: of its `choosableChannels`.',
  })
  channels?: ChannelName[] | null;
  @Field(() => DateTime, { nullable: true, description: 'It rests until then, at most a year ahead.' })
  pausedUntil?: Date | null;
  @Field(() => [AddressChoiceInput], { nullable: true, description: 'Which of several addresses.' })
  addresses?: AddressChoiceInput[] | null;
}

@InputType('UpdatePreferencesInput', {
  description: 'Choices to write. A missing field stays as it is; null clears it.',
})
export class UpdatePreferencesInput {
  @Field(() => RecipientRef, { nullable: true, description: 'Whose; default: the caller with a recipient token.' })
  recipient?: RecipientRef | null;
  @Field(() => [PreferenceRuleInput], {
    nullable: true,
    description: 'Choices by category and channel; those that are not named stay. Null: all go back to the default.',
  })
  rules?: PreferenceRuleInput[] | null;
  @Field(() => [CategoryPreferenceInput], {
    nullable: true,
    description: 'Other choices by category; those that are not named stay. Null: all are cleared.',
  })
  categories?: CategoryPreferenceInput[] | null;
  @Field(() => LevelEnum, { nullable: true, description: 'How much the person wants at all; null: everything.' })
  level?: Level | null;
  @Field(() => [ChannelEnum], { nullable: true, description: 'Whole channels that are off, all of them.' })
  channelsOff?: ChannelName[] | null;
  @Field(() => QuietHoursInput, { nullable: true, description: 'When the person wants peace.' })
  quietHours?: QuietHoursInput | null;
  @Field(() => DateTime, {
    nullable: true,
    description: 'Everything rests until then, at most a year ahead, and resumes by itself.',
  })
  pausedUntil?: Date | null;
  @Field(() => DelegateInput, { nullable: true, description: 'Who has it meanwhile.' })
  delegate?: DelegateInput | null;
  @Field(() => [RedirectInput], { nullable: true, description: 'Addresses that stand in for a time, all of them.' })
  redirects?: RedirectInput[] | null;
  @Field(() => [FrequencyCapInput], { nullable: true, description: 'How many are enough, all of them; at most 20.' })
  caps?: FrequencyCapInput[] | null;
  @Field(() => Boolean, { nullable: true, description: 'The data shall not be sold or shared (CCPA).' })
  doNotSell?: boolean | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Sensitive data shall be used for what is necessary alone (CPRA).',
  })
  limitUse?: boolean | null;
}

/** What was said, as it is checked and kept. `colleague`: our id of whom `delegate` names; null: there is nobody. */
export function toChange(input: UpdatePreferencesInput, colleague: string | null): PreferenceChange {
  const { recipient: _recipient, quietHours, delegate, caps, ...rest } = input;
  return {
    ...rest,
    quietHours: quietHours && {
      start: quietHours.start,
      end: quietHours.end,
      days: [...new Set(quietHours.days ?? [])],
    },
    delegate: delegate && { recipientId: colleague, until: delegate.until, categories: delegate.categories },
    caps: caps && caps.map(keptCap),
  };
}
