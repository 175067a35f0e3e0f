import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { userError, UserErrors } from '../base/errors.js';
import { encodeId } from '../base/ids.js';
import { upsertRecipient } from '../recipients/recipients.js';
import { findRecipients, type RecipientRow } from '../store/recipients.js';
import { mintToken, TOKEN_MAX_MS } from './auth.js';
import { findRecipientId, isReadable, requireService, type GraphContext, type RecipientRefInput } from './context.js';
import { IDEMPOTENCY_KEY, idempotently } from './idempotent.js';
import { DateTime, Duration, durationMs, JSONObject, Locale, TimeZone } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@InputType('RecipientRef', { description: 'Names one person: by our id, or by your own.' })
export class RecipientRef implements RecipientRefInput {
  @Field(() => ID, { nullable: true, description: 'Our id, `rcp_…`.' })
  id?: string | null;
  @Field(() => String, { nullable: true, description: 'The id of the person in your own system.' })
  externalId?: string | null;
}

@ObjectType('Recipient', { description: 'A person, colleague or service inbox that can be notified.' })
export class RecipientType {
  row!: RecipientRow;

  @Field(() => ID, { description: 'Our id.' })
  id!: string;
  @Field(() => String, {
    description: 'The id in your own system; `email:…` or `phone:…` for people described by an address alone.',
  })
  externalId!: string;
  @Field(() => String, { nullable: true, description: 'For people and templates.' })
  name!: string | null;
  @Field(() => String, { nullable: true, description: 'E-mail address.' })
  email!: string | null;
  @Field(() => String, { nullable: true, description: 'Phone number in international form (E.164).' })
  phone!: string | null;
  @Field(() => Locale, { nullable: true, description: 'Chooses the variant of templates.' })
  locale!: string | null;
  @Field(() => TimeZone, { nullable: true, description: 'For everything that has to do with local time.' })
  timeZone!: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Where the law looks for the person, ISO 3166-1 alpha-2; null: the phone number says it.',
  })
  country!: string | null;
  @Field(() => JSONObject, { description: 'Your own data about the person, for templates.' })
  attributes!: Record<string, unknown>;
}

export function toRecipient(row: RecipientRow): RecipientType {
  return { ...row, row, id: encodeId('recipient', row.id) };
}

@InputType('UpsertRecipientInput', {
  description: 'A person to create or update. A missing field stays as it is; null clears it.',
})
export class UpsertRecipientInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => String, { description: 'The id in your own system: 1 to 255 characters. Names the person for ever.' })
  externalId!: string;
  @Field(() => String, {
    nullable: true,
    description: 'E-mail address; takes the place of the one before. Those of addEndpoint stay.',
  })
  email?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Phone number in international form, like `+14155550123`; takes the place of the one before. Those of addEndpoint stay.',
  })
  phone?: string | null;
  @Field(() => String, { nullable: true, description: 'At most 255 characters.' })
  name?: string | null;
  @Field(() => Locale, { nullable: true, description: 'Language for templates.' })
  locale?: string | null;
  @Field(() => TimeZone, { nullable: true, description: 'Where the person lives.' })
  timeZone?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Where the law looks for the person: ISO 3166-1 alpha-2, like `DE`. Null: the phone number says it.',
  })
  country?: string | null;
  @Field(() => JSONObject, {
    nullable: true,
    description: 'Merged key by key; a null value removes its key. At most 32 KiB of JSON.',
  })
  attributes?: Record<string, unknown> | null;
}

@ObjectType('UpsertRecipientPayload', { description: 'Answer of upsertRecipient.' })
class UpsertRecipientPayload {
  @Field(() => RecipientType, { nullable: true, description: 'The person as stored; null with errors.' })
  recipient!: RecipientType | null;
  @Field(() => Boolean, { description: 'True when the person was new.' })
  created!: boolean;
  @Field(() => [UserErrorType], {
    description:
      'INVALID_EXTERNAL_ID, INVALID_EMAIL, INVALID_PHONE, INVALID_COUNTRY, TOO_LONG, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

@InputType('CreateRecipientTokenInput', { description: 'Whose token, and how long it lives.' })
class CreateRecipientTokenInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => RecipientRef, { description: 'The person that the widget will stand for.' })
  recipient!: RecipientRef;
  @Field(() => Duration, {
    nullable: true,
    defaultValue: 'PT15M',
    description: 'At most PT15M: mint a new one when it ends.',
  })
  expiresIn?: string | null;
}

@ObjectType('CreateRecipientTokenPayload', { description: 'Answer of createRecipientToken.' })
class CreateRecipientTokenPayload {
  @Field(() => String, {
    nullable: true,
    description: 'A signed JWT for one person’s own inbox and preferences. Shown once.',
  })
  token!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When it ends.' })
  expiresAt!: Date | null;
  @Field(() => [UserErrorType], {
    description: 'UNKNOWN_RECIPIENT, INVALID_DURATION, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

@Resolver(() => RecipientType)
export class RecipientResolver {
  @Query(() => RecipientType, {
    nullable: true,
    description: 'One person; null when this environment has none by that reference.',
  })
  async recipient(
    @Arg('ref', () => RecipientRef, { description: 'Which person.' }) ref: RecipientRef,
    @Ctx() context: GraphContext,
  ): Promise<RecipientType | null> {
    const { environmentId } = requireService(context);
    const { db } = context.services.database;
    const id = await findRecipientId(db, environmentId, ref);
    const [row] = id === null ? [] : await findRecipients(db, environmentId, { ids: [id] });
    return row ? toRecipient(row) : null;
  }

  @FieldResolver(() => Boolean, { description: 'True while a live connection of the person is open.' })
  async online(@Root() recipient: RecipientType, @Ctx() context: GraphContext): Promise<boolean> {
    return isReadable(context, recipient.row.id) ? context.loaders.online.add(recipient.row.id) : false;
  }

  @Mutation(() => UpsertRecipientPayload, {
    description: 'Creates or updates a person, keyed by your own id. Repeating it changes nothing.',
  })
  async upsertRecipient(
    @Arg('input', () => UpsertRecipientInput, { description: 'The person.' }) input: UpsertRecipientInput,
    @Ctx() context: GraphContext,
  ): Promise<UpsertRecipientPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<UpsertRecipientPayload>({ recipient: null, created: false }, async () => {
      const { clock } = context.services;
      return idempotently(context, 'upsertRecipient', input, async ({ db }) => {
        const { recipient, created } = await upsertRecipient({ db, clock }, environmentId, input);
        return { recipient: toRecipient(recipient), created };
      });
    });
  }

  @Mutation(() => CreateRecipientTokenPayload, {
    description:
      'Mints a token with which a widget acts as one person. Call it from your backend and hand the token to the page. With an idempotency key the same token comes again, also when it has ended meanwhile.',
  })
  async createRecipientToken(
    @Arg('input', () => CreateRecipientTokenInput, { description: 'Whose token.' }) input: CreateRecipientTokenInput,
    @Ctx() context: GraphContext,
  ): Promise<CreateRecipientTokenPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<CreateRecipientTokenPayload>({ token: null, expiresAt: null }, async () => {
      const lifeMs = durationMs(input.expiresIn ?? 'PT15M');
      if (lifeMs === null || lifeMs < 1000 || lifeMs > TOKEN_MAX_MS)
        throw new UserErrors([
          userError(['input', 'expiresIn'], 'INVALID_DURATION', `"${input.expiresIn}" given, expected PT1S to PT15M`),
        ]);
      const { secrets, clock } = context.services;
      return idempotently(context, 'createRecipientToken', input, async ({ db }) => {
        const id = await findRecipientId(db, environmentId, input.recipient);
        const [row] = id === null ? [] : await findRecipients(db, environmentId, { ids: [id] });
        if (!row)
          throw new UserErrors([
            userError(['input', 'recipient'], 'UNKNOWN_RECIPIENT', 'no such recipient; make it with upsertRecipient'),
          ]);
        return mintToken({ db, secrets, clock }, environmentId, row.externalId, lifeMs);
      });
    });
  }
}
