import { Field, InputType } from 'type-graphql';
import type { AttributeTestName, ChannelName } from '../base/names.js';
import type { AudienceRule } from '../store/audiences.js';
import { AttributeTestEnum, ChannelEnum } from './enums.js';
import { JSONValue, Locale, TimeZone } from './scalars.js';

@InputType('AttributeTestInput', { description: 'A test of one attribute of a person.' })
class AttributeTestInput {
  @Field(() => [String], {
    description: 'Its name, or the way to it through nested objects: `["plan", "name"]`. 1 to 8 names.',
  })
  path!: string[];
  @Field(() => AttributeTestEnum, { description: 'How to look at it.' })
  test!: AttributeTestName;
  @Field(() => JSONValue, {
    nullable: true,
    description: 'What to compare with: at most 32 KiB of JSON. For EXISTS true or false, default true.',
  })
  value?: unknown;
}

@InputType('AudienceRuleInput', {
  description:
    'A rule over people: exactly one of the fields. At most 8 deep and 100 rules in all. What is not known of a person fulfils no test.',
})
export class AudienceRuleInput {
  @Field(() => [AudienceRuleInput], { nullable: true, description: 'Every one of these; an empty list is everybody.' })
  all?: AudienceRuleInput[] | null;
  @Field(() => [AudienceRuleInput], { nullable: true, description: 'At least one of these.' })
  any?: AudienceRuleInput[] | null;
  @Field(() => AudienceRuleInput, { nullable: true, description: 'Those who do not fulfil it.' })
  not?: AudienceRuleInput | null;
  @Field(() => AttributeTestInput, { nullable: true, description: 'A test of an attribute.' })
  attribute?: AttributeTestInput | null;
  @Field(() => [Locale], {
    nullable: true,
    description: 'People with one of these languages, or a more precise form of it: `de` holds `de-AT`. 1 to 1,000.',
  })
  locale?: string[] | null;
  @Field(() => [TimeZone], { nullable: true, description: 'People in one of these time zones. 1 to 1,000.' })
  timeZone?: string[] | null;
  @Field(() => ChannelEnum, {
    nullable: true,
    description: 'People with an address on this channel that is not retired. INBOX has no addresses: nobody.',
  })
  hasChannel?: ChannelName | null;
  @Field(() => String, { nullable: true, description: 'People who are subscribed to the topic with this key.' })
  topic?: string | null;
}

/** A rule as it is stored: no empty fields, and defaults filled in. */
export function toRule(input: AudienceRuleInput): AudienceRule {
  if (input.all) return { all: input.all.map(toRule) };
  if (input.any) return { any: input.any.map(toRule) };
  if (input.not) return { not: toRule(input.not) };
  if (input.attribute) {
    const { path, test, value } = input.attribute;
    return { attribute: { path, test, value: value ?? (test === 'EXISTS' ? true : null) } };
  }
  if (input.locale) return { locale: input.locale };
  if (input.timeZone) return { timeZone: input.timeZone };
  if (input.hasChannel) return { hasChannel: input.hasChannel };
  return { topic: input.topic ?? '' };
}
