import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { userError, UserErrors } from '../base/errors.js';
import { PREFERENCES_LIFE_MS } from '../recipients/links.js';
import { findRecipientId, requireService, type GraphContext } from './context.js';
import { IDEMPOTENCY_KEY, idempotently } from './idempotent.js';
import { RecipientRef } from './recipients.js';
import { DateTime, Duration, durationMs, UrlScalar } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

const LIFE_MIN_MS = 1_000;

@InputType('CreatePreferencesLinkInput', { description: 'Whose page, and how long the link lives.' })
class CreatePreferencesLinkInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => RecipientRef, { description: 'The person who will see and change preferences by it.' })
  recipient!: RecipientRef;
  @Field(() => Duration, { nullable: true, defaultValue: 'P30D', description: 'PT1S to P30D.' })
  expiresIn?: string | null;
}

@ObjectType('CreatePreferencesLinkPayload', { description: 'Answer of createPreferencesLink.' })
class CreatePreferencesLinkPayload {
  @Field(() => UrlScalar, {
    nullable: true,
    description: 'A page that works without signing in: whoever holds the link sees and changes the preferences.',
  })
  url!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When the link ends.' })
  expiresAt!: Date | null;
  @Field(() => [UserErrorType], {
    description: 'UNKNOWN_RECIPIENT, INVALID_DURATION, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

@Resolver()
export class PreferencesLinkResolver {
  @Mutation(() => CreatePreferencesLinkPayload, {
    description:
      'Makes a link to a person’s hosted page of preferences, for a mail or a page of your own. Its address is PUBLIC_URL.',
  })
  async createPreferencesLink(
    @Arg('input', () => CreatePreferencesLinkInput, { description: 'Whose page.' }) input: CreatePreferencesLinkInput,
    @Ctx() context: GraphContext,
  ): Promise<CreatePreferencesLinkPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<CreatePreferencesLinkPayload>({ url: null, expiresAt: null }, async () => {
      const lifeMs = durationMs(input.expiresIn ?? 'P30D');
      if (lifeMs === null || lifeMs < LIFE_MIN_MS || lifeMs > PREFERENCES_LIFE_MS)
        throw new UserErrors([
          userError(['input', 'expiresIn'], 'INVALID_DURATION', `"${input.expiresIn}" given, expected PT1S to P30D`),
        ]);
      const { links } = context.services;
      // On a connection of its own, so before the transaction takes one.
      await links.prepare(environmentId);
      return idempotently(context, 'createPreferencesLink', input, async ({ db }) => {
        const recipientId = await findRecipientId(db, environmentId, input.recipient);
        if (recipientId === null)
          throw new UserErrors([
            userError(['input', 'recipient'], 'UNKNOWN_RECIPIENT', 'no such recipient; make it with upsertRecipient'),
          ]);
        return links.preferences({ environmentId, recipientId }, lifeMs);
      });
    });
  }
}
