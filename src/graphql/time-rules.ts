import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import type { ChannelName, Weekday } from '../base/names.js';
import { timeRulesOf, type SendWindowPreset } from '../recipients/time-rules.js';
import { ChannelEnum } from './enums.js';
import { WeekdayEnum } from './preference-enums.js';

const SendWindowPresetEnum = {
  BUSINESS_HOURS: 'BUSINESS_HOURS',
  AFTER_WORK: 'AFTER_WORK',
  MORNING_OR_NOON: 'MORNING_OR_NOON',
} as const satisfies { [Preset in SendWindowPreset]: Preset };
registerEnumType(SendWindowPresetEnum, {
  name: 'SendWindowPreset',
  description: 'Send windows that have a name, in the time zone of the person.',
  valuesConfig: {
    BUSINESS_HOURS: { description: 'Monday to Friday, 09:00 to 17:00.' },
    AFTER_WORK: { description: 'Monday to Friday, 17:00 to 21:00.' },
    MORNING_OR_NOON: { description: 'At 10:00 or at 13:00, and half an hour from then: when most mail is read.' },
  },
});

@ObjectType('TimeSpan', { description: 'Hours of a day, in the time zone of the person.' })
export class TimeSpanType {
  @Field(() => String, { description: 'From then on: `09:00`.' })
  start!: string;
  @Field(() => String, {
    description: 'Until before then; at or before `start` it is on the next day, so that equal ones are a whole day.',
  })
  end!: string;
  @Field(() => [WeekdayEnum], { description: 'Days on which it starts; empty: all of them.' })
  days!: Weekday[];
}

@ObjectType('SendWindow', { description: 'When the sender wants it out, in the time zone of the person.' })
class SendWindowType {
  @Field(() => [TimeSpanType], { description: 'It goes within any of these.' })
  spans!: TimeSpanType[];
}

@ObjectType('ChannelsAt', { description: 'Channels that come first at certain hours of the person.' })
class ChannelsAtType extends TimeSpanType {
  @Field(() => [ChannelEnum], { description: 'These, in this order; then the others of the category.' })
  channels!: ChannelName[];
}

/** What a category says of time. */
@ObjectType()
export abstract class TimeRulesType {
  @Field(() => SendWindowType, { nullable: true, description: 'When it goes; null: at any time.' })
  sendWindow!: SendWindowType | null;
  @Field(() => [ChannelsAtType], {
    description: 'Channels that come first at certain hours of the person; the first span that holds decides.',
  })
  channelsAt!: ChannelsAtType[];
}

@InputType('TimeSpanInput', { description: 'Hours of a day, in the time zone of the person.' })
export class TimeSpanInput {
  @Field(() => String, { description: 'From then on: `00:00` to `23:59`.' })
  start!: string;
  @Field(() => String, {
    description:
      'Until before then: `00:00` to `23:59`; at or before `start` it is on the next day, so that equal ones are a whole day.',
  })
  end!: string;
  @Field(() => [WeekdayEnum], { nullable: true, description: 'Days on which it starts; default: all of them.' })
  days?: Weekday[] | null;
}

@InputType('SendWindowInput', {
  description:
    'When it shall go, in the time zone of the person: `preset` or `spans`. What is urgent (SECURITY, the critical lane, mandatory or overriding categories) goes at once.',
})
export class SendWindowInput {
  @Field(() => SendWindowPresetEnum, { nullable: true, description: 'One that has a name.' })
  preset?: SendWindowPreset | null;
  @Field(() => [TimeSpanInput], { nullable: true, description: 'Within any of these: 1 to 10.' })
  spans?: TimeSpanInput[] | null;
}

@InputType('ChannelsAtInput', { description: 'Channels that come first at certain hours of the person.' })
class ChannelsAtInput extends TimeSpanInput {
  @Field(() => [ChannelEnum], { description: 'Of the category’s; the others of it follow.' })
  channels!: ChannelName[];
}

/** What a caller says of time in a category. */
@InputType()
export abstract class TimeRulesInput {
  @Field(() => SendWindowInput, {
    nullable: true,
    description: 'When it goes; null clears it. Default: at any time. `send(sendWindow:)` comes before it.',
  })
  sendWindow?: SendWindowInput | null;
  @Field(() => [ChannelsAtInput], {
    nullable: true,
    description:
      'Channels that come first at certain hours of the person, at most 10; the first span that holds decides. Null clears it.',
  })
  channelsAt?: ChannelsAtInput[] | null;
}

/** What a category says of time, as the API shows it. */
export function toTimeRules(
  rules: Readonly<Record<string, unknown>>,
): Pick<TimeRulesType, 'sendWindow' | 'channelsAt'> {
  const { window, channelsAt = [] } = timeRulesOf(rules);
  const spans = window?.spans.map((span) => ({ ...span, days: [...span.days] }));
  return {
    sendWindow: spans ? { spans } : null,
    channelsAt: channelsAt.map((one) => ({ ...one, days: [...one.days], channels: [...one.channels] })),
  };
}
