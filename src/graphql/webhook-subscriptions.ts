import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { plus } from '../base/clock.js';
import { userError, UserErrors, type UserError } from '../base/errors.js';
import { encodeId, uuidv7 } from '../base/ids.js';
import { WEBHOOK_EVENTS, type WebhookDisabledReason } from '../base/names.js';
import type { Db } from '../store/database.js';
import { giveUpCalls } from '../store/webhook-calls.js';
import {
  EVERY_EVENT,
  findWebhookSubscription,
  listWebhookSubscriptions,
  removeWebhookSubscription,
  saveWebhookSecret,
  saveWebhookSubscription,
  webhookSecretPlace,
  type WebhookSubscriptionRow,
} from '../store/webhook-subscriptions.js';
import { requireService, type GraphContext } from './context.js';
import { WebhookDisabledReasonEnum } from './enums.js';
import { IDEMPOTENCY_KEY, idempotently } from './idempotent.js';
import { DateTime } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

/** How long the secret before a rotation signs beside the new one. */
const OLD_SECRET_MS = 24 * 3_600_000;

@ObjectType('WebhookSubscription', { description: 'A URL of yours that events of this environment go to, signed.' })
export class WebhookSubscriptionType {
  @Field(() => ID, { description: 'Our id, `whs_…`.' })
  id!: string;
  @Field(() => String, { description: 'Names the subscription for ever.' })
  key!: string;
  @Field(() => String, { description: 'Where events are posted to.' })
  url!: string;
  @Field(() => [String], { description: 'Names of events, like `delivery.bounced`; `*` is all of them.' })
  events!: string[];
  @Field(() => Boolean, { description: 'False: nothing is posted, and what happens meanwhile is not kept for it.' })
  enabled!: boolean;
  @Field(() => DateTime, { nullable: true, description: 'When it was disabled; null while it is enabled.' })
  disabledAt!: Date | null;
  @Field(() => WebhookDisabledReasonEnum, {
    nullable: true,
    description: 'Why it is disabled; null while it is enabled.',
  })
  disabledReason!: WebhookDisabledReason | null;
  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when every call has failed; after five days it is disabled. Null: the latest ones went well.',
  })
  failingSince!: Date | null;
  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: Date;
}

@InputType('UpsertWebhookSubscriptionInput', { description: 'A URL to subscribe to events, or to change.' })
class UpsertWebhookSubscriptionInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => String, { description: '1 to 64 of a-z, 0-9, `.`, `_`, `-`.' })
  key!: string;
  @Field(() => String, {
    description:
      'https, without user name and password; http within networks that EGRESS_ALLOW lists. It must lead to a public address, or into those networks.',
  })
  url!: string;
  @Field(() => [String], { description: 'Names of events, or `["*"]` for all, those of later versions as well.' })
  events!: string[];
  @Field(() => Boolean, {
    nullable: true,
    description:
      'False: what waits for it ends as FAILED. True: it begins anew, whatever it was disabled for. Missing: stays as it is; true for a new one.',
  })
  enabled?: boolean | null;
}

@ObjectType('UpsertWebhookSubscriptionPayload', { description: 'Answer of upsertWebhookSubscription.' })
class UpsertWebhookSubscriptionPayload {
  @Field(() => WebhookSubscriptionType, { nullable: true, description: 'As stored; null with errors.' })
  subscription!: WebhookSubscriptionType | null;
  @Field(() => String, {
    nullable: true,
    description: 'What it signs with, `whsec_…`: shown once, when it was made. Null for one that was there.',
  })
  secret!: string | null;
  @Field(() => [UserErrorType], {
    description: 'INVALID_KEY, INVALID_URL, INVALID_EVENT_TYPE, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

@InputType('RotateWebhookSecretInput', { description: 'Which subscription gets a new secret.' })
class RotateWebhookSecretInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => String, { description: 'Its key.' })
  key!: string;
}

@ObjectType('RotateWebhookSecretPayload', { description: 'Answer of rotateWebhookSecret.' })
class RotateWebhookSecretPayload {
  @Field(() => String, { nullable: true, description: 'The new secret, shown once; null with errors.' })
  secret!: string | null;
  @Field(() => [UserErrorType], { description: 'NOT_FOUND, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.' })
  userErrors!: UserErrorType[];
}

@InputType('DeleteWebhookSubscriptionInput', { description: 'Which subscription to delete.' })
class DeleteWebhookSubscriptionInput {
  @Field(() => String, { description: 'Its key.' })
  key!: string;
}

@ObjectType('DeleteWebhookSubscriptionPayload', { description: 'Answer of deleteWebhookSubscription.' })
class DeleteWebhookSubscriptionPayload {
  @Field(() => String, { nullable: true, description: 'Key of the subscription that is gone; null with errors.' })
  deletedKey!: string | null;
  @Field(() => [UserErrorType], { description: 'NOT_FOUND.' })
  userErrors!: UserErrorType[];
}

@Resolver()
export class WebhookSubscriptionResolver {
  @Query(() => [WebhookSubscriptionType], { description: 'URLs that events of this environment go to, by key.' })
  async webhookSubscriptions(@Ctx() context: GraphContext): Promise<WebhookSubscriptionType[]> {
    const { environmentId } = requireService(context);
    return (await listWebhookSubscriptions(context.services.database.db, environmentId)).map(toSubscription);
  }

  @Mutation(() => UpsertWebhookSubscriptionPayload, {
    description:
      'Subscribes a URL to events, or changes the subscription. Events of the next two seconds may still go by what was before.',
  })
  async upsertWebhookSubscription(
    @Arg('input', () => UpsertWebhookSubscriptionInput, { description: 'The subscription.' })
    input: UpsertWebhookSubscriptionInput,
    @Ctx() context: GraphContext,
  ): Promise<UpsertWebhookSubscriptionPayload> {
    const { environmentId } = requireService(context);
    const { kept, clock } = context.services;
    const empty = { subscription: null, secret: null };
    return withUserErrors<UpsertWebhookSubscriptionPayload>(empty, async () => {
      const problems = await problemsOf(context, input);
      if (problems.length > 0) throw new UserErrors(problems);
      const answer = await idempotently(context, 'upsertWebhookSubscription', input, async ({ db }) => {
        const now = clock.now();
        const known = await findWebhookSubscription(db, environmentId, input.key, true);
        const { row: wanted, secret } = toRow(context, environmentId, input, known, now);
        const row = await saveWebhookSubscription(db, wanted);
        if (!row.enabled) await giveUpCalls(db, row, 'not called: the subscription was disabled', now);
        const isNew = !known && row.id === wanted.id;
        return { subscription: toSubscription(row), secret: isNew ? secret : null };
      });
      kept.forgetEventTypes(environmentId);
      return answer;
    });
  }

  @Mutation(() => RotateWebhookSecretPayload, {
    description:
      'Makes a new secret for a subscription. For 24 hours the old one signs beside it: time to tell the receiver. Another rotation within that time ends the oldest one at once.',
  })
  async rotateWebhookSecret(
    @Arg('input', () => RotateWebhookSecretInput, { description: 'Which subscription.' })
    input: RotateWebhookSecretInput,
    @Ctx() context: GraphContext,
  ): Promise<RotateWebhookSecretPayload> {
    const { environmentId } = requireService(context);
    const { secrets, clock, newWebhookSecret } = context.services;
    return withUserErrors<RotateWebhookSecretPayload>({ secret: null }, () =>
      idempotently(context, 'rotateWebhookSecret', input, async ({ db }) => {
        const row = await requireSubscription(db, environmentId, input.key, 'key', true);
        const secret = newWebhookSecret();
        const sealed = secrets.seal(secret, webhookSecretPlace(row));
        await saveWebhookSecret(db, row, sealed, plus(clock.now(), OLD_SECRET_MS));
        return { secret };
      }),
    );
  }

  @Mutation(() => DeleteWebhookSubscriptionPayload, {
    description: 'Deletes a subscription with all of its calls. A call that is being made still arrives.',
  })
  async deleteWebhookSubscription(
    @Arg('input', () => DeleteWebhookSubscriptionInput, { description: 'Which subscription.' })
    input: DeleteWebhookSubscriptionInput,
    @Ctx() context: GraphContext,
  ): Promise<DeleteWebhookSubscriptionPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<DeleteWebhookSubscriptionPayload>({ deletedKey: null }, async () => {
      await context.services.inTransaction(async ({ db }) => {
        const row = await requireSubscription(db, environmentId, input.key, 'key', true);
        await removeWebhookSubscription(db, environmentId, row.id);
      });
      context.services.kept.forgetEventTypes(environmentId);
      return { deletedKey: input.key };
    });
  }
}

/** The subscription that an input names in `field`. Throws UserErrors. */
export async function requireSubscription(
  db: Db,
  environmentId: string,
  key: string,
  field: string,
  lock = false,
): Promise<WebhookSubscriptionRow> {
  const row = await findWebhookSubscription(db, environmentId, key, lock);
  if (row) return row;
  throw new UserErrors([userError(['input', field], 'NOT_FOUND', `no webhook subscription "${key}"`)]);
}

function toSubscription(row: WebhookSubscriptionRow): WebhookSubscriptionType {
  return {
    id: encodeId('webhookSubscription', row.id),
    ...{ key: row.key, url: row.url, events: row.types, enabled: row.enabled, disabledAt: row.disabled_at },
    ...{ disabledReason: row.disabled_reason, failingSince: row.failing_since, createdAt: row.created_at },
  };
}

async function problemsOf(context: GraphContext, input: UpsertWebhookSubscriptionInput): Promise<UserError[]> {
  const problems: UserError[] = [];
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(input.key))
    problems.push(userError(['input', 'key'], 'INVALID_KEY', 'expected 1 to 64 of a-z, 0-9, ".", "_", "-"'));
  const wrong = await context.services.webhookUrls.problem(input.url);
  if (wrong !== null) problems.push(userError(['input', 'url'], 'INVALID_URL', wrong));
  if (input.events.length === 0)
    problems.push(userError(['input', 'events'], 'INVALID_EVENT_TYPE', 'no event given, expected one or more'));
  input.events.forEach((event, index) => {
    if (event === EVERY_EVENT || (WEBHOOK_EVENTS as readonly string[]).includes(event)) return;
    const message = `"${event.slice(0, 40)}" given, expected "*" or one of ${WEBHOOK_EVENTS.join(', ')}`;
    problems.push(userError(['input', 'events', index], 'INVALID_EVENT_TYPE', message));
  });
  return problems;
}

function toRow(
  context: GraphContext,
  environmentId: string,
  input: UpsertWebhookSubscriptionInput,
  known: WebhookSubscriptionRow | undefined,
  now: Date,
): { row: WebhookSubscriptionRow; secret: string } {
  const { secrets, newWebhookSecret } = context.services;
  const { key, url } = input;
  const secret = newWebhookSecret();
  const enabled = input.enabled ?? known?.enabled ?? true;
  const begins = input.enabled === true || !known || known.url !== url;
  const row = {
    environment_id: environmentId,
    id: known?.id ?? uuidv7(now),
    ...{ key, url, types: [...new Set(input.events)], enabled },
    secret: secrets.seal(secret, webhookSecretPlace({ environment_id: environmentId, key })),
    old_secret: null,
    old_secret_until: null,
    disabled_at: enabled ? null : (known?.disabled_at ?? now),
    disabled_reason: enabled ? null : (known?.disabled_reason ?? 'OPERATOR'),
    failing_since: begins ? null : known.failing_since,
    created_at: known?.created_at ?? now,
    updated_at: now,
  };
  return { row, secret };
}
