import { Arg, Ctx, Field, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { preferencesOf, updatePreferences } from '../recipients/preferences.js';
import { findRecipientId, requireOwner, type GraphContext } from './context.js';
import { toChange, UpdatePreferencesInput } from './preference-input.js';
import { PreferenceSet, toPreferenceSet } from './preference-set.js';
import { RecipientRef } from './recipients.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('UpdatePreferencesPayload', { description: 'Answer of updatePreferences.' })
class UpdatePreferencesPayload {
  @Field(() => PreferenceSet, { nullable: true, description: 'Everything after the change; null with errors.' })
  preferences!: PreferenceSet | null;
  @Field(() => [UserErrorType], {
    description:
      'NOT_FOUND, NOT_EDITABLE, NOT_ALLOWED, INVALID_TIME, INVALID_CHANNELS, INVALID_ADDRESS, CHANNEL_HAS_NO_ADDRESSES, INVALID_CAP, INVALID_DURATION, TOO_MANY.',
  })
  userErrors!: UserErrorType[];
}

@Resolver()
export class PreferenceResolver {
  @Query(() => PreferenceSet, {
    description: 'A person’s choices: the caller’s own with a recipient token, a named person’s with an API key.',
  })
  async preferences(
    @Arg('recipient', () => RecipientRef, { nullable: true, description: 'Whose; default: the caller.' })
    recipient: RecipientRef | null,
    @Arg('tenant', () => String, {
      nullable: true,
      description: 'Defaults of this tenant count before those of the environment; null: the environment’s alone.',
    })
    tenant: string | null,
    @Ctx() context: GraphContext,
  ): Promise<PreferenceSet> {
    const { environmentId, recipientId } = await requireOwner(context, recipient);
    const { db } = context.services.database;
    const now = context.services.clock.now();
    return toPreferenceSet(await preferencesOf(db, environmentId, recipientId, now, tenant ?? null), context);
  }

  @Mutation(() => UpdatePreferencesPayload, {
    description: 'Writes a person’s choices. They count for everything that has not gone yet.',
  })
  async updatePreferences(
    @Arg('input', () => UpdatePreferencesInput, { description: 'The choices.' }) input: UpdatePreferencesInput,
    @Ctx() context: GraphContext,
  ): Promise<UpdatePreferencesPayload> {
    const { environmentId, recipientId } = await requireOwner(context, input.recipient);
    const { db } = context.services.database;
    return withUserErrors<UpdatePreferencesPayload>({ preferences: null }, async () => {
      const { delegate } = input;
      const colleague = delegate ? await findRecipientId(db, environmentId, delegate.recipient) : null;
      await updatePreferences(context.services, environmentId, recipientId, toChange(input, colleague));
      const preferences = await preferencesOf(db, environmentId, recipientId, context.services.clock.now());
      return { preferences: await toPreferenceSet(preferences, context) };
    });
  }
}
