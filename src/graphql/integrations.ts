import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { userError, UserErrors } from '../base/errors.js';
import { encodeId, uuidv7 } from '../base/ids.js';
import type { ChannelName } from '../base/names.js';
import {
  credentialsPlace,
  findIntegration,
  listIntegrations,
  upsertIntegration,
  type IntegrationRow,
} from '../store/integrations.js';
import { requireService, type GraphContext } from './context.js';
import { ChannelEnum } from './enums.js';
import { IDEMPOTENCY_KEY, idempotently } from './idempotent.js';
import { JSONObject } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('Integration', {
  description: 'A provider set up with settings and credentials. Provider callbacks come to `/webhooks/<id>`.',
})
class IntegrationType {
  @Field(() => ID, { description: 'Our id.' })
  id!: string;
  @Field(() => String, { description: 'Names the integration for ever.' })
  key!: string;
  @Field(() => String, { description: 'Name of the vendor’s adapter, like `smtp`. The list will grow.' })
  provider!: string;
  @Field(() => ChannelEnum, { description: 'The channel that it carries.' })
  channel!: ChannelName;
  @Field(() => Int, { description: '0 is preferred, the rest is failover.' })
  order!: number;
  @Field(() => Boolean, { description: 'False: routing passes it by.' })
  enabled!: boolean;
}

@InputType('UpsertIntegrationInput', { description: 'A provider to set up or change.' })
class UpsertIntegrationInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => String, { description: '1 to 64 of a-z, 0-9, `.`, `_`, `-`.' })
  key!: string;
  @Field(() => String, { description: '`smtp`, `sendgrid`, `twilio` or `simulator`. The list will grow.' })
  provider!: string;
  @Field(() => ChannelEnum, { description: 'A channel that the provider carries.' })
  channel!: ChannelName;
  @Field(() => Int, {
    nullable: true,
    defaultValue: 0,
    description: '0 is preferred, the rest is failover; 0 to 1000.',
  })
  order?: number | null;
  @Field(() => Boolean, { nullable: true, defaultValue: true, description: 'False: routing passes it by.' })
  enabled?: boolean | null;
  @Field(() => JSONObject, {
    nullable: true,
    description:
      'What the adapter declares. smtp: host, port, from, tls, secure. sendgrid: from, baseUrl. twilio: from, baseUrl. Missing: stays as it is.',
  })
  settings?: Record<string, unknown> | null;
  @Field(() => JSONObject, {
    nullable: true,
    description:
      'Written only, encrypted at rest, never readable again. smtp: user, pass. sendgrid: apiKey. twilio: accountSid, authToken. Missing: stays as it is.',
  })
  credentials?: Record<string, unknown> | null;
}

@ObjectType('UpsertIntegrationPayload', { description: 'Answer of upsertIntegration.' })
class UpsertIntegrationPayload {
  @Field(() => IntegrationType, { nullable: true, description: 'The integration; null with errors.' })
  integration!: IntegrationType | null;
  @Field(() => [UserErrorType], {
    description:
      'INVALID_KEY, UNKNOWN_PROVIDER, CHANNEL_NOT_SUPPORTED, INVALID_SETTINGS, INVALID_CREDENTIALS, INVALID_ORDER, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

function toIntegration(row: IntegrationRow): IntegrationType {
  const { key, provider, channel, position, enabled } = row;
  return { id: encodeId('integration', row.id), key, provider, channel, order: position, enabled };
}

@Resolver()
export class IntegrationResolver {
  @Query(() => [IntegrationType], {
    description:
      'Every integration of the environment, by channel, preferred first. A channel without one is not set up.',
  })
  async integrations(@Ctx() context: GraphContext): Promise<IntegrationType[]> {
    const { environmentId } = requireService(context);
    return (await listIntegrations(context.services.database.db, environmentId)).map(toIntegration);
  }

  @Mutation(() => UpsertIntegrationPayload, {
    description: 'Sets up a provider, or changes it; used from the next attempt on, without a restart.',
  })
  async upsertIntegration(
    @Arg('input', () => UpsertIntegrationInput, { description: 'The provider.' }) input: UpsertIntegrationInput,
    @Ctx() context: GraphContext,
  ): Promise<UpsertIntegrationPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<UpsertIntegrationPayload>({ integration: null }, async () => {
      return idempotently(context, 'upsertIntegration', input, async ({ db }) => {
        const known = await findIntegration(db, environmentId, input.key);
        const row = await upsertIntegration(db, toRow(context, environmentId, input, known));
        return { integration: toIntegration(row) };
      });
    });
  }
}

function toRow(
  context: GraphContext,
  environmentId: string,
  input: UpsertIntegrationInput,
  known: IntegrationRow | undefined,
): IntegrationRow {
  const { secrets, clock, integrationCheck } = context.services;
  const place = credentialsPlace({ environment_id: environmentId, key: input.key });
  const same = known?.provider === input.provider ? known : undefined;
  const settings = input.settings ?? same?.settings ?? {};
  const credentials =
    input.credentials ?? (same ? (JSON.parse(secrets.open(same.credentials, place)) as Record<string, unknown>) : {});
  const order = input.order ?? 0;
  const problems = integrationCheck.check({ provider: input.provider, channel: input.channel, settings, credentials });
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(input.key))
    problems.push(userError(['input', 'key'], 'INVALID_KEY', 'expected 1 to 64 of a-z, 0-9, ".", "_", "-"'));
  if (order < 0 || order > 1000)
    problems.push(userError(['input', 'order'], 'INVALID_ORDER', `${order} given, expected 0 to 1000`));
  if (problems.length > 0) throw new UserErrors(problems);
  const now = clock.now();
  return {
    environment_id: environmentId,
    id: known?.id ?? uuidv7(now),
    key: input.key,
    provider: input.provider,
    channel: input.channel,
    position: order,
    enabled: input.enabled ?? true,
    settings,
    credentials: secrets.seal(JSON.stringify(credentials), place),
    created_at: known?.created_at ?? now,
    updated_at: now,
    rate_count: known?.rate_count ?? null,
    rate_period_ms: known?.rate_period_ms ?? null,
    concurrency: known?.concurrency ?? null,
    auth_retries: known?.auth_retries ?? 0,
  };
}
