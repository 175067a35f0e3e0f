import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { userError, UserErrors, type UserError } from '../base/errors.js';
import { encodeId, uuidv7 } from '../base/ids.js';
import type { CategoryClass, ChannelName } from '../base/names.js';
import type { Pace } from '../channels/integration-check.js';
import { releaseIntegration } from '../store/health.js';
import {
  credentialsPlace,
  findIntegration,
  listIntegrations,
  upsertIntegration,
  type IntegrationRow,
} from '../store/integrations.js';
import { requireService, type GraphContext, type Services } from './context.js';
import { CategoryClassEnum, ChannelEnum } from './enums.js';
import { IDEMPOTENCY_KEY, idempotently } from './idempotent.js';
import { Duration, durationMs, durationText, JSONObject } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('RateLimit', { description: 'How many attempts in how long, over all processes.' })
export class RateLimitType {
  @Field(() => Int, { description: 'Attempts in one period, at most.' })
  count!: number;
  @Field(() => Duration, { description: 'The period.' })
  period!: string;
}

@ObjectType('Integration', {
  description: 'A provider set up with settings and credentials. Provider callbacks come to `/webhooks/<id>`.',
})
export class IntegrationType {
  row!: IntegrationRow;
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
  @Field(() => RateLimitType, {
    nullable: true,
    description: 'How fast it may be called; what is too much waits. Null: as fast as it goes.',
  })
  rateLimit!: RateLimitType | null;
  @Field(() => Int, {
    nullable: true,
    description: 'How many calls may run at once, over all processes. Null: as many as there are.',
  })
  concurrency!: number | null;
  @Field(() => Int, {
    description:
      'Refusals of its credentials in a row that are taken for a hiccup of the vendor’s and tried again; one more, and it is MISCONFIGURED.',
  })
  authRetries!: number;
  @Field(() => [CategoryClassEnum], { description: 'Classes of categories that routing gives it.' })
  classes!: readonly CategoryClass[];
}

@InputType('RateLimitInput', { description: 'How many attempts in how long, over all processes.' })
class RateLimitInput {
  @Field(() => Int, { description: 'Attempts in one period, at most: 1 to 1,000,000.' })
  count!: number;
  @Field(() => Duration, { description: 'The period: PT0.1S to P1D.' })
  period!: string;
}

@InputType('UpsertIntegrationInput', { description: 'A provider to set up or change.' })
class UpsertIntegrationInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => String, { description: '1 to 64 of a-z, 0-9, `.`, `_`, `-`.' })
  key!: string;
  @Field(() => String, { description: 'Name of a vendor’s adapter: one of `providers`.' })
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
  @Field(() => RateLimitInput, {
    nullable: true,
    description:
      'How fast it may be called. Missing: stays as it is, at first what its provider declares; null: no limit.',
  })
  rateLimit?: RateLimitInput | null;
  @Field(() => Int, {
    nullable: true,
    description:
      'How many calls may run at once, 1 to 1,000. Missing: stays as it is; null: no limit, which is the default.',
  })
  concurrency?: number | null;
  @Field(() => Int, {
    nullable: true,
    description:
      'Refusals of its credentials in a row that are taken for a hiccup of the vendor’s and tried again, 0 to 5. Missing: stays as it is; null: 0, which is the default.',
  })
  authRetries?: number | null;
  @Field(() => [CategoryClassEnum], {
    nullable: true,
    description:
      'Classes of categories that it may carry, of those that its adapter can. Missing: stays as it is; null: all of them, which is the default.',
  })
  classes?: CategoryClass[] | null;
  @Field(() => JSONObject, {
    nullable: true,
    description: 'What the adapter declares: see `providers`. Missing: stays as it is.',
  })
  settings?: Record<string, unknown> | null;
  @Field(() => JSONObject, {
    nullable: true,
    description:
      'What the adapter declares: see `providers`. Written only, encrypted at rest, never readable again. Missing: stays as it is; a new `web-push` or `webhook` makes its own, see `generatedCredentials`.',
  })
  credentials?: Record<string, unknown> | null;
}

@ObjectType('UpsertIntegrationPayload', { description: 'Answer of upsertIntegration.' })
class UpsertIntegrationPayload {
  @Field(() => IntegrationType, { nullable: true, description: 'The integration; null with errors.' })
  integration!: IntegrationType | null;
  @Field(() => JSONObject, {
    nullable: true,
    description:
      'Credentials that were made just now because none were given, as the secret that receivers of a `webhook` verify with. Shown here once, and again only to the same `idempotencyKey`; null: none were made.',
  })
  generatedCredentials!: Record<string, unknown> | null;
  @Field(() => [UserErrorType], {
    description:
      'INVALID_KEY, UNKNOWN_PROVIDER, CHANNEL_NOT_SUPPORTED, INVALID_SETTINGS, INVALID_CREDENTIALS, INVALID_ORDER, INVALID_RATE_LIMIT, INVALID_DURATION, INVALID_CONCURRENCY, INVALID_AUTH_RETRIES, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

function toIntegration(row: IntegrationRow, { adapterOf }: Pick<Services, 'adapterOf'>): IntegrationType {
  const { key, provider, channel, position, enabled, concurrency, rate_count: count, rate_period_ms: periodMs } = row;
  return {
    row,
    id: encodeId('integration', row.id),
    ...{ key, provider, channel, order: position, enabled, concurrency },
    rateLimit: count === null || periodMs === null ? null : { count, period: durationText(periodMs) },
    authRetries: row.auth_retries,
    classes: adapterOf(row).classes,
  };
}

@Resolver()
export class IntegrationResolver {
  @Query(() => [IntegrationType], {
    description:
      'Every integration of the environment, by channel, preferred first. A channel without one is not set up.',
  })
  async integrations(@Ctx() context: GraphContext): Promise<IntegrationType[]> {
    const { environmentId } = requireService(context);
    return (await listIntegrations(context.services.database.db, environmentId)).map((row) =>
      toIntegration(row, context.services),
    );
  }

  @Mutation(() => UpsertIntegrationPayload, {
    description:
      'Sets up a provider, or changes it; used from the next attempt on, without a restart. What waits for it is tried again at once.',
  })
  async upsertIntegration(
    @Arg('input', () => UpsertIntegrationInput, { description: 'The provider.' }) input: UpsertIntegrationInput,
    @Ctx() context: GraphContext,
  ): Promise<UpsertIntegrationPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<UpsertIntegrationPayload>({ integration: null, generatedCredentials: null }, async () => {
      const answer = await idempotently(context, 'upsertIntegration', input, async (tx) => {
        const known = await findIntegration(tx.db, environmentId, input.key);
        const { wanted, generatedCredentials } = toRow(context, environmentId, input, known);
        const row = await upsertIntegration(tx.db, wanted);
        if (known && (await releaseIntegration(tx.db, environmentId, row.id, row.updated_at)) > 0)
          tx.wakeAt(row.updated_at);
        return { integration: toIntegration(row, context.services), generatedCredentials };
      });
      context.services.integrationChanged(environmentId);
      return answer;
    });
  }
}

function toRow(
  context: GraphContext,
  environmentId: string,
  input: UpsertIntegrationInput,
  known: IntegrationRow | undefined,
): { wanted: IntegrationRow; generatedCredentials: Record<string, unknown> | null } {
  const { secrets, clock, integrationCheck } = context.services;
  const place = credentialsPlace({ environment_id: environmentId, key: input.key });
  const same = known?.provider === input.provider ? known : undefined;
  const settings = input.settings ?? same?.settings ?? {};
  const kept = same ? (JSON.parse(secrets.open(same.credentials, place)) as Record<string, unknown>) : null;
  const given = input.credentials ?? kept;
  const generatedCredentials = given ? null : integrationCheck.generate(input.provider);
  const credentials = given ?? generatedCredentials ?? {};
  const order = input.order ?? 0;
  const problems = integrationCheck.check({ provider: input.provider, channel: input.channel, settings, credentials });
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(input.key))
    problems.push(userError(['input', 'key'], 'INVALID_KEY', 'expected 1 to 64 of a-z, 0-9, ".", "_", "-"'));
  const card = integrationCheck.providers.find((one) => one.name === input.provider);
  const pace = paceOf(input, known, card?.rateLimit ?? null, problems);
  if (order < 0 || order > 1000)
    problems.push(userError(['input', 'order'], 'INVALID_ORDER', `${order} given, expected 0 to 1000`));
  if (problems.length > 0) throw new UserErrors(problems);
  const now = clock.now();
  const wanted: IntegrationRow = {
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
    reports: integrationCheck.hears({ provider: input.provider, settings, credentials }),
    classes: input.classes === undefined ? (known?.classes ?? null) : (input.classes ?? null),
    ...pace,
  };
  return { wanted, generatedCredentials };
}

const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;

/** How fast and how often it may be called: what the input says, or what was there. Adds what is wrong to `problems`. */
function paceOf(
  input: UpsertIntegrationInput,
  known: IntegrationRow | undefined,
  usual: Pace | null,
  problems: UserError[],
): Pick<IntegrationRow, 'rate_count' | 'rate_period_ms' | 'concurrency' | 'auth_retries'> {
  const { rateLimit, concurrency, authRetries } = input;
  const refuse = (path: string[], code: string, message: string): void =>
    void problems.push(userError(['input', ...path], code, message));
  const within = (value: number, least: number, most: number): boolean => value >= least && value <= most;
  const periodMs = rateLimit ? durationMs(rateLimit.period) : null;
  if (rateLimit && !within(rateLimit.count, 1, 1_000_000))
    refuse(['rateLimit', 'count'], 'INVALID_RATE_LIMIT', `${rateLimit.count} given, expected 1 to 1,000,000`);
  if (rateLimit && (periodMs === null || !within(periodMs, SECOND / 10, DAY)))
    refuse(['rateLimit', 'period'], 'INVALID_DURATION', `"${rateLimit.period}" given, expected PT0.1S to P1D`);
  if (concurrency != null && !within(concurrency, 1, 1000))
    refuse(['concurrency'], 'INVALID_CONCURRENCY', `${concurrency} given, expected 1 to 1,000, or null for no limit`);
  if (authRetries != null && !within(authRetries, 0, 5))
    refuse(['authRetries'], 'INVALID_AUTH_RETRIES', `${authRetries} given, expected 0 to 5`);
  return {
    rate_count:
      rateLimit === undefined ? (known ? known.rate_count : (usual?.count ?? null)) : (rateLimit?.count ?? null),
    rate_period_ms: rateLimit === undefined ? (known ? known.rate_period_ms : (usual?.periodMs ?? null)) : periodMs,
    concurrency: concurrency === undefined ? (known?.concurrency ?? null) : concurrency,
    auth_retries: authRetries === undefined ? (known?.auth_retries ?? 0) : (authRetries ?? 0),
  };
}
