import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { userError, UserErrors } from '../base/errors.js';
import { encodeId, uuidv7 } from '../base/ids.js';
import type { EnvironmentMode } from '../base/names.js';
import {
  findEnvironment,
  insertApiKey,
  insertEnvironment,
  saveTokenSecret,
  type EnvironmentRow,
} from '../store/environments.js';
import { hashKey, newKey } from './auth.js';
import { newEnvironment, newTokenSecret } from './bootstrap.js';
import { requireService, type GraphContext } from './context.js';
import { EnvironmentModeEnum } from './enums.js';
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
  @Field(() => [UserErrorType], { description: 'INVALID_KEY, DUPLICATE_KEY.' })
  userErrors!: UserErrorType[];
}

@InputType('CreateApiKeyInput', { description: 'An API key to make.' })
class CreateApiKeyInput {
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
  @Field(() => String, { nullable: true, description: 'The whole key. Shown once; only its hash is stored.' })
  secret!: string | null;
  @Field(() => [UserErrorType], { description: 'NOT_FOUND, INVALID_NAME.' })
  userErrors!: UserErrorType[];
}

@InputType('RotateTokenSecretInput', { description: 'For which environment to make a new secret.' })
class RotateTokenSecretInput {
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
  @Field(() => [UserErrorType], { description: 'NOT_FOUND.' })
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
      const { secrets, clock, inTransaction } = context.services;
      if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(input.key))
        throw new UserErrors([userError(['input', 'key'], 'INVALID_KEY', 'expected 1 to 64 of a-z, 0-9, "-"')]);
      const row = newEnvironment(
        secrets,
        { key: input.key, name: input.name ?? input.key, mode: input.mode },
        clock.now(),
      );
      const made = await inTransaction(({ db }) => insertEnvironment(db, row));
      if (!made)
        throw new UserErrors([
          userError(['input', 'key'], 'DUPLICATE_KEY', `there is an environment "${input.key}" already`),
        ]);
      return { environment: toEnvironment(row) };
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
    return withUserErrors<RotateTokenSecretPayload>({ secret: null }, async () => {
      const { database, secrets } = context.services;
      const environment = await requireEnvironment(context, caller.environmentId, input.environment);
      const { secret, sealed } = newTokenSecret(secrets, environment.id);
      await saveTokenSecret(database.db, environment.id, sealed);
      return { secret };
    });
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
      const { database, clock } = context.services;
      const environment = await requireEnvironment(context, caller.environmentId, input.environment);
      if (input.name.length === 0 || input.name.length > 255)
        throw new UserErrors([
          userError(['input', 'name'], 'INVALID_NAME', `${input.name.length} characters given, expected 1 to 255`),
        ]);
      const now = clock.now();
      const secret = newKey(environment.mode);
      const row = {
        environment_id: environment.id,
        id: uuidv7(now),
        name: input.name,
        prefix: secret.slice(0, 12),
        secret_hash: hashKey(secret),
        created_at: now,
      };
      await insertApiKey(database.db, row);
      return { apiKey: { id: encodeId('apiKey', row.id), name: row.name, prefix: row.prefix }, secret };
    });
  }
}

/** The environment that an input names, or the caller's own. Throws UserErrors. */
async function requireEnvironment(
  context: GraphContext,
  own: string,
  key: string | null | undefined,
): Promise<EnvironmentRow> {
  const environment = await findEnvironment(context.services.database.db, key == null ? { id: own } : { key });
  if (!environment) throw new UserErrors([userError(['input', 'environment'], 'NOT_FOUND', `no environment "${key}"`)]);
  return environment;
}

function toEnvironment({ id, key, name, mode }: EnvironmentRow): EnvironmentType {
  return { id: encodeId('environment', id), key, name, mode };
}
