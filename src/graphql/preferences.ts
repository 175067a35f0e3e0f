import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { ChannelName } from '../base/names.js';
import { preferencesOf, updatePreferences, type PreferenceRule } from '../recipients/preferences.js';
import { CategoryType, toCategory } from './categories.js';
import { requireOwner, type GraphContext } from './context.js';
import { ChannelEnum } from './enums.js';
import { RecipientRef } from './recipients.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('PreferenceRule', { description: 'Whether one category may use one channel to reach a person.' })
class PreferenceRuleType {
  @Field(() => CategoryType, { description: 'Of what.' })
  category!: CategoryType;
  @Field(() => ChannelEnum, { description: 'On which channel.' })
  channel!: ChannelName;
  @Field(() => Boolean, { description: 'The person’s choice, or the default: true.' })
  enabled!: boolean;
  @Field(() => Boolean, { description: 'False where the category leaves no choice.' })
  editable!: boolean;
}

@ObjectType('PreferenceSet', { description: 'Everything that a person can choose.' })
class PreferenceSet {
  @Field(() => [PreferenceRuleType], { description: 'Every category and channel, in their order.' })
  rules!: PreferenceRuleType[];
}

@InputType('PreferenceRuleInput', { description: 'A choice for one category and channel.' })
class PreferenceRuleInput {
  @Field(() => String, { description: 'Key of the category.' })
  category!: string;
  @Field(() => ChannelEnum, { description: 'The channel.' })
  channel!: ChannelName;
  @Field(() => Boolean, { nullable: true, description: 'False switches it off; null or true is on.' })
  enabled?: boolean | null;
}

@InputType('UpdatePreferencesInput', { description: 'Choices to write; others stay as they are.' })
class UpdatePreferencesInput {
  @Field(() => RecipientRef, { nullable: true, description: 'Whose; default: the caller with a recipient token.' })
  recipient?: RecipientRef | null;
  @Field(() => [PreferenceRuleInput], { nullable: true, description: 'The choices.' })
  rules?: PreferenceRuleInput[] | null;
}

@ObjectType('UpdatePreferencesPayload', { description: 'Answer of updatePreferences.' })
class UpdatePreferencesPayload {
  @Field(() => PreferenceSet, { nullable: true, description: 'Everything after the change; null with errors.' })
  preferences!: PreferenceSet | null;
  @Field(() => [UserErrorType], { description: 'NOT_FOUND, NOT_EDITABLE.' })
  userErrors!: UserErrorType[];
}

function toSet(rules: readonly PreferenceRule[]): PreferenceSet {
  return { rules: rules.map((rule) => ({ ...rule, category: toCategory(rule.category) })) };
}

@Resolver()
export class PreferenceResolver {
  @Query(() => PreferenceSet, {
    description: 'A person’s choices: the caller’s own with a recipient token, a named person’s with an API key.',
  })
  async preferences(
    @Arg('recipient', () => RecipientRef, { nullable: true, description: 'Whose; default: the caller.' })
    recipient: RecipientRef | null,
    @Ctx() context: GraphContext,
  ): Promise<PreferenceSet> {
    const { environmentId, recipientId } = await requireOwner(context, recipient);
    return toSet(await preferencesOf(context.services.database.db, environmentId, recipientId));
  }

  @Mutation(() => UpdatePreferencesPayload, {
    description: 'Writes a person’s choices. They count for everything that has not gone yet.',
  })
  async updatePreferences(
    @Arg('input', () => UpdatePreferencesInput, { description: 'The choices.' }) input: UpdatePreferencesInput,
    @Ctx() context: GraphContext,
  ): Promise<UpdatePreferencesPayload> {
    const { environmentId, recipientId } = await requireOwner(context, input.recipient);
    return withUserErrors<UpdatePreferencesPayload>({ preferences: null }, async () => {
      await updatePreferences(context.services, environmentId, recipientId, input.rules ?? []);
      return { preferences: toSet(await preferencesOf(context.services.database.db, environmentId, recipientId)) };
    });
  }
}
