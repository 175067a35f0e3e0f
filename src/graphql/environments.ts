import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { plus } from '../base/clock.js';
import { userError, UserErrors } from '../base/errors.js';
import { encodeId, uuidv7 } from '../base/ids.js';
import type { EnvironmentMode } from '../base/names.js';
import { raiseRarely } from '../store/alerts.js';
import type { Db } from '../store/database.js';
import {
  findEnvironment,
  countApiKeys,
  insertApiKey,
  insertEnvironment,
  saveTokenSecret,
  type EnvironmentRow,
} from '../store/environments.js';
import type { Tx } from '../store/transaction.js';
import { hashKey, newKey } from './auth.js';
import { newEnvironment, newTokenSecret } from './bootstrap.js';
import { requireService, type GraphContext } from './context.js';
import { EnvironmentModeEnum } from './enums.js';
import { IDEMPOTENCY_KEY, idempotently } from './idempotent.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('Environment', { description: 'The unit of isolation: every row belongs to one, and nothing crosses.' })
class EnvironmentType {
  @Field(() => ID, { description: 'Our id.' })
  id!: string;
  @Field(() => String, { description: 'Names the environment for ever.' })
  key!: string;
  @Field(() => String, { description: 'For people.' })
  name!: string;
  @Field(() => EnvironmentModeEnum, { description: 'Whether people are reached.' })
  mode!: EnvironmentMode;
}

@InputType('CreateEnvironmentInput', { description: 'An environment to make.' })
class CreateEnvironmentInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => String, { description: '1 to 64 of a-z, 0-9, `-`.' })
  key!: string;
  @Field(() => String, { nullable: true, description: 'For people; default: the key.' })
  name?: string | null;
  @Field(() => EnvironmentModeEnum, { description: 'LIVE reaches people; TEST reaches nobody. Never changes.' })
  mode!: EnvironmentMode;
}

@ObjectType('CreateEnvironmentPayload', { description: 'Answer of createEnvironment.' })
class CreateEnvironmentPayload {
  @Field(() => EnvironmentType, { nullable: true, description: 'The environment; null with errors.' })
  environment!: EnvironmentType | null;
  @Field(() => [UserErrorType], {
    description: 'INVALID_KEY, DUPLICATE_KEY, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

@InputType('CreateApiKeyInput', { description: 'An API key to make.' })
class CreateApiKeyInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => String, { description: 'What it is for: 1 to 255 characters.' })
  name!: string;
  @Field(() => String, { nullable: true, description: 'Key of the environment that it opens; default: the caller’s.' })
  environment?: string | null;
}

@ObjectType('ApiKey', { description: 'A credential of a service; it opens one environment.' })
class ApiKeyType {
  @Field(() => ID, { description: 'Our id.' })
  id!: string;
  @Field(() => String, { description: 'What it is for.' })
  name!: string;
  @Field(() => String, { description: 'Its first characters, to recognise it by.' })
  prefix!: string;
}

@ObjectType('CreateApiKeyPayload', { description: 'Answer of createApiKey.' })
class CreateApiKeyPayload {
  @Field(() => ApiKeyType, { nullable: true, description: 'The key without its secret; null with errors.' })
  apiKey!: ApiKeyType | null;
  @Field(() => String, {
    nullable: true,
    description:
      'The whole key. Shown once: its hash is stored; with an idempotency key, sealed for the 72 h that it answers again, the key itself as well.',
  })
  secret!: string | null;
  @Field(() => [UserErrorType], {
    description: 'NOT_FOUND, INVALID_NAME, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

@InputType('RotateTokenSecretInput', { description: 'For which environment to make a new secret.' })
class RotateTokenSecretInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => String, { nullable: true, description: 'Key of the environment; default: the caller’s.' })
  environment?: string | null;
}

@ObjectType('RotateTokenSecretPayload', { description: 'Answer of rotateTokenSecret.' })
class RotateTokenSecretPayload {
  @Field(() => String, {
    nullable: true,
    description:
      'Base64url of 32 bytes. Sign recipient tokens with it in your own backend: HS256, header `kid` and claim `aud` the environment’s key, `iss` `tidings`, `sub` the externalId, `iat`, and `exp` at most 15 minutes later. Shown once.',
  })
  secret!: string | null;
  @Field(() => [UserErrorType], { description: 'NOT_FOUND, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.' })
  userErrors!: UserErrorType[];
}

@Resolver()
export class EnvironmentResolver {
  @Mutation(() => CreateEnvironmentPayload, {
    description: 'Makes an environment. Its first key comes from createApiKey.',
  })
  async createEnvironment(
    @Arg('input', () => CreateEnvironmentInput, { description: 'The environment.' }) input: CreateEnvironmentInput,
    @Ctx() context: GraphContext,
  ): Promise<CreateEnvironmentPayload> {
    requireService(context);
    return withUserErrors<CreateEnvironmentPayload>({ environment: null }, async () => {
      const { secrets, clock } = context.services;
      if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(input.key))
        throw new UserErrors([userError(['input', 'key'], 'INVALID_KEY', 'expected 1 to 64 of a-z, 0-9, "-"')]);
      const row = newEnvironment(
        secrets,
        { key: input.key, name: input.name ?? input.key, mode: input.mode },
        clock.now(),
      );
      return idempotently(context, 'createEnvironment', input, async ({ db }) => {
        if (!(await insertEnvironment(db, row)))
          throw new UserErrors([
            userError(['input', 'key'], 'DUPLICATE_KEY', `there is an environment "${input.key}" already`),
          ]);
        return { environment: toEnvironment(row) };
      });
    });
  }

  @Mutation(() => RotateTokenSecretPayload, {
    description:
      'Makes a new secret for recipient tokens, so that your own backend can sign them. Tokens signed before end within two seconds.',
  })
  async rotateTokenSecret(
    @Arg('input', () => RotateTokenSecretInput, { description: 'Which environment.' }) input: RotateTokenSecretInput,
    @Ctx() context: GraphContext,
  ): Promise<RotateTokenSecretPayload> {
    const caller = requireService(context);
    return withUserErrors<RotateTokenSecretPayload>({ secret: null }, () =>
      idempotently(context, 'rotateTokenSecret', input, async ({ db }) => {
        const environment = await requireEnvironment(db, caller.environmentId, input.environment);
        const { secret, sealed } = newTokenSecret(context.services.secrets, environment.id);
        await saveTokenSecret(db, environment.id, sealed);
        return { secret };
      }),
    );
  }

  @Mutation(() => CreateApiKeyPayload, {
    description: 'Makes an API key for the caller’s environment, or for another one by its key.',
  })
  async createApiKey(
    @Arg('input', () => CreateApiKeyInput, { description: 'The key.' }) input: CreateApiKeyInput,
    @Ctx() context: GraphContext,
  ): Promise<CreateApiKeyPayload> {
    const caller = requireService(context);
    return withUserErrors<CreateApiKeyPayload>({ apiKey: null, secret: null }, async () => {
      if (input.name.length === 0 || input.name.length > 255)
        throw new UserErrors([
          userError(['input', 'name'], 'INVALID_NAME', `${input.name.length} characters given, expected 1 to 255`),
        ]);
      const now = context.services.clock.now();
      return idempotently(context, 'createApiKey', input, async (tx) => {
        const { db } = tx;
        const environment = await requireEnvironment(db, caller.environmentId, input.environment);
        const secret = newKey(environment.mode);
        const row = {
          environment_id: environment.id,
          id: uuidv7(now),
          name: input.name,
          prefix: secret.slice(0, 12),
          secret_hash: hashKey(secret),
          created_at: now,
        };
        await insertApiKey(db, row);
        await tellOfManyKeys(tx, environment.id, now);
        return { apiKey: { id: encodeId('apiKey', row.id), name: row.name, prefix: row.prefix }, secret };
      });
    });
  }
}

/** So many keys in so short a time are not made by hand. */
const MANY_KEYS = 10;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A leaked key is often used to make others: operators hear of a burst, once an hour. */
async function tellOfManyKeys(tx: Tx, environmentId: string, now: Date): Promise<void> {
  const count = await countApiKeys(tx.db, environmentId, plus(now, -MINUTE_MS));
  if (count < MANY_KEYS) return;
  const detail = `${count} API keys were made within a minute; if that was nobody of yours, revoke the key that made them`;
  const alert = { environment_id: environmentId, id: uuidv7(now), type: 'API_KEYS_MADE', integration_key: null };
  await raiseRarely(tx, { ...alert, detail, created_at: now }, plus(now, -HOUR_MS));
}

/** The environment that an input names, or the caller's own. Throws UserErrors. */
async function requireEnvironment(db: Db, own: string, key: string | null | undefined): Promise<EnvironmentRow> {
  const environment = await findEnvironment(db, key == null ? { id: own } : { key });
  if (!environment) throw new UserErrors([userError(['input', 'environment'], 'NOT_FOUND', `no environment "${key}"`)]);
  return environment;
}

function toEnvironment({ id, key, name, mode }: EnvironmentRow): EnvironmentType {
  return { id: encodeId('environment', id), key, name, mode };
}
