import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { AppError, userError, UserErrors } from '../base/errors.js';
import { decodeId, encodeId, uuidv7 } from '../base/ids.js';
import type { WebhookCallState } from '../base/names.js';
import { checkFirst, decodeCursor } from '../base/page.js';
import type { Db } from '../store/database.js';
import { insertEvents, listCalls, replayCalls, type WebhookCallRow } from '../store/webhook-calls.js';
import { findWebhookSubscription, type WebhookSubscriptionRow } from '../store/webhook-subscriptions.js';
import { requireService, type GraphContext } from './context.js';
import { WebhookCallStateEnum } from './enums.js';
import { connectionOf, toConnection, type Connection } from './page.js';
import { DateTime, JSONObject } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';
import { requireSubscription } from './webhook-subscriptions.js';

@ObjectType('WebhookCall', { description: 'One event for one subscription: tried until it is taken or has failed.' })
class WebhookCallType {
  @Field(() => ID, {
    description: 'Our id, `whc_…`: the header `webhook-id`, the same at every try and when it is replayed.',
  })
  id!: string;
  @Field(() => String, { description: 'Name of the event.' })
  type!: string;
  @Field(() => WebhookCallStateEnum, { description: 'How far it is.' })
  state!: WebhookCallState;
  @Field(() => Int, { description: 'Tries so far, since it was last replayed.' })
  tries!: number;
  @Field(() => DateTime, { nullable: true, description: 'When it is tried next; null once it has ended.' })
  nextAt!: Date | null;
  @Field(() => Int, { nullable: true, description: 'HTTP status of the latest try; null where no answer came.' })
  lastStatus!: number | null;
  @Field(() => String, { nullable: true, description: 'What went wrong at the latest try, for people.' })
  lastDetail!: string | null;
  @Field(() => DateTime, { description: 'When the event was recorded.' })
  createdAt!: Date;
  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was taken or had failed; kept for 30 days from then.',
  })
  endedAt!: Date | null;
  @Field(() => JSONObject, { description: 'The body: type, timestamp and data.' })
  payload!: Record<string, unknown>;
}

const WebhookCallConnection = connectionOf('WebhookCall', () => WebhookCallType);

@InputType('TestWebhookSubscriptionInput', { description: 'Which subscription to try out.' })
class TestWebhookSubscriptionInput {
  @Field(() => String, { description: 'Its key.' })
  key!: string;
}

@ObjectType('TestWebhookSubscriptionPayload', { description: 'Answer of testWebhookSubscription.' })
class TestWebhookSubscriptionPayload {
  @Field(() => ID, {
    nullable: true,
    description: 'The call, `whc_…`, to be looked up in webhookCalls; null with errors.',
  })
  callId!: string | null;
  @Field(() => [UserErrorType], { description: 'NOT_FOUND, SUBSCRIPTION_DISABLED.' })
  userErrors!: UserErrorType[];
}

@InputType('ReplayWebhookCallsInput', { description: 'Which calls to make again; every part narrows.' })
class ReplayWebhookCallsInput {
  @Field(() => String, { description: 'Key of the subscription.' })
  subscription!: string;
  @Field(() => [ID], { nullable: true, description: '1 to 1,000 of its calls; default: all that are kept.' })
  ids?: string[] | null;
  @Field(() => DateTime, { nullable: true, description: 'Events recorded from then on.' })
  since?: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Events recorded before then.' })
  until?: Date | null;
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'True: those that have failed, or failed and wait for another try. False: also those that were taken.',
  })
  onlyFailed?: boolean | null;
}

@ObjectType('ReplayWebhookCallsPayload', { description: 'Answer of replayWebhookCalls.' })
class ReplayWebhookCallsPayload {
  @Field(() => Int, { description: 'Calls that are made again.' })
  replayedCount!: number;
  @Field(() => [UserErrorType], { description: 'NOT_FOUND, SUBSCRIPTION_DISABLED, TOO_MANY_CALLS.' })
  userErrors!: UserErrorType[];
}

const LIST = 'webhookCalls';
const REPLAY_MAX = 1_000;

@Resolver()
export class WebhookCallResolver {
  @Query(() => WebhookCallConnection, {
    description: 'Calls of one subscription, newest first: what was posted, and what became of it.',
  })
  async webhookCalls(
    @Arg('subscription', () => String, { description: 'Key of the subscription.' }) key: string,
    @Arg('state', () => WebhookCallStateEnum, { nullable: true, description: 'These alone; default: all.' })
    state: WebhookCallState | null,
    @Arg('first', () => Int, { defaultValue: 25, description: '1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'endCursor of the page before.' }) after: string | null,
    @Ctx() context: GraphContext,
  ): Promise<Connection<WebhookCallType>> {
    const { environmentId } = requireService(context);
    const { db } = context.services.database;
    const request = { first: checkFirst(first), after: after ?? null };
    const before = request.after === null ? null : String(decodeCursor(LIST, request.after, ['uuid'])[0]);
    const subscription = await findWebhookSubscription(db, environmentId, key);
    if (!subscription)
      throw new AppError('BAD_USER_INPUT', `subscription: no webhook subscription "${key.slice(0, 64)}"`);
    const rows = await listCalls(db, subscription, state ?? null, before, first + 1);
    return toConnection(LIST, rows, request, (row) => row.id, toCall);
  }

  @Mutation(() => TestWebhookSubscriptionPayload, {
    description: 'Posts an event `webhook.test` to a subscription, whatever events it lists.',
  })
  async testWebhookSubscription(
    @Arg('input', () => TestWebhookSubscriptionInput, { description: 'Which subscription.' })
    input: TestWebhookSubscriptionInput,
    @Ctx() context: GraphContext,
  ): Promise<TestWebhookSubscriptionPayload> {
    const { environmentId } = requireService(context);
    const { inTransaction, clock } = context.services;
    return withUserErrors<TestWebhookSubscriptionPayload>({ callId: null }, () =>
      inTransaction(async (tx) => {
        const row = await requireEnabled(tx.db, environmentId, input.key, 'key');
        const now = clock.now();
        const data = { subscriptionId: encodeId('webhookSubscription', row.id), key: row.key };
        const event = { id: uuidv7(now), type: 'webhook.test', at: now, data } as const;
        const [id] = await insertEvents(tx.db, environmentId, [event], now, row.id);
        tx.enqueue({ job: 'webhooks', lane: 'NORMAL', data: {} });
        return { callId: id === undefined ? null : encodeId('webhookCall', id) };
      }),
    );
  }

  @Mutation(() => ReplayWebhookCallsPayload, {
    description:
      'Makes calls again, at once, with all tries before them, under the ids that they had: receivers can tell what they have already. Calls are kept for 30 days after their end.',
  })
  async replayWebhookCalls(
    @Arg('input', () => ReplayWebhookCallsInput, { description: 'Which.' }) input: ReplayWebhookCallsInput,
    @Ctx() context: GraphContext,
  ): Promise<ReplayWebhookCallsPayload> {
    const { environmentId } = requireService(context);
    const { inTransaction, clock } = context.services;
    return withUserErrors<ReplayWebhookCallsPayload>({ replayedCount: 0 }, async () => {
      const replay = {
        ids: idsOf(input.ids ?? null),
        ...{ since: input.since ?? null, until: input.until ?? null, onlyFailed: input.onlyFailed ?? true },
      };
      return inTransaction(async (tx) => {
        const row = await requireEnabled(tx.db, environmentId, input.subscription, 'subscription');
        const replayedCount = await replayCalls(tx.db, row, replay, clock.now());
        if (replayedCount > 0) tx.enqueue({ job: 'webhooks', lane: 'NORMAL', data: {} });
        return { replayedCount };
      });
    });
  }
}

/** The subscription, locked so that nobody disables it meanwhile. Throws UserErrors when it is none or disabled. */
async function requireEnabled(
  db: Db,
  environmentId: string,
  key: string,
  field: string,
): Promise<WebhookSubscriptionRow> {
  const row = await requireSubscription(db, environmentId, key, field, true);
  if (row.enabled) return row;
  const message = `webhook subscription "${key}" is disabled; enable it first with upsertWebhookSubscription`;
  throw new UserErrors([userError(['input', field], 'SUBSCRIPTION_DISABLED', message)]);
}

function idsOf(ids: readonly string[] | null): string[] | null {
  if (ids === null) return null;
  if (ids.length === 0 || ids.length > REPLAY_MAX)
    throw new UserErrors([
      userError(['input', 'ids'], 'TOO_MANY_CALLS', `${ids.length} given, expected 1 to ${REPLAY_MAX}`),
    ]);
  return ids.map((id, index) => {
    const uuid = decodeId('webhookCall', id);
    if (uuid === null) throw new UserErrors([userError(['input', 'ids', index], 'NOT_FOUND', 'no such webhook call')]);
    return uuid;
  });
}

function toCall(row: WebhookCallRow): WebhookCallType {
  return {
    id: encodeId('webhookCall', row.id),
    ...{ type: row.type, state: row.state, tries: row.tries, nextAt: row.next_at, lastStatus: row.last_status },
    ...{ lastDetail: row.last_detail, createdAt: row.created_at, endedAt: row.ended_at },
    payload: { ...row.payload },
  };
}
