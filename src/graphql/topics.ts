import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { userError, UserErrors } from '../base/errors.js';
import { decodeId, uuidv7 } from '../base/ids.js';
import { existingRecipientIds, resolveExternalIds } from '../store/recipients.js';
import { ensureTopic, findTopics, subscribe, unsubscribe } from '../store/topics.js';
import type { Tx } from '../store/transaction.js';
import { requireService, type GraphContext } from './context.js';
import { IDEMPOTENCY_KEY, idempotently } from './idempotent.js';
import { RecipientRef } from './recipients.js';
import { UserErrorType, withUserErrors } from './user-error.js';

const RECIPIENTS_MAX = 1000;

@InputType('SubscribeToTopicInput', { description: 'People to add to a topic.' })
class SubscribeToTopicInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => String, {
    description:
      'Key of the topic; it begins with its first subscription. 1 to 128 of a-z, 0-9, `.`, `_`, `-`, `:`, `/`.',
  })
  topic!: string;
  @Field(() => [RecipientRef], { description: '1 to 1,000 people.' })
  recipients!: RecipientRef[];
}

@ObjectType('SubscribeToTopicPayload', { description: 'Answer of subscribeToTopic.' })
class SubscribeToTopicPayload {
  @Field(() => Int, { description: 'Those who were not subscribed before.' })
  addedCount!: number;
  @Field(() => [UserErrorType], {
    description: 'INVALID_KEY, TOO_MANY_RECIPIENTS, UNKNOWN_RECIPIENT, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

@InputType('UnsubscribeFromTopicInput', { description: 'People to take out of a topic.' })
class UnsubscribeFromTopicInput {
  @Field(() => String, { description: 'Key of the topic.' })
  topic!: string;
  @Field(() => [RecipientRef], { description: '1 to 1,000 people.' })
  recipients!: RecipientRef[];
}

@ObjectType('UnsubscribeFromTopicPayload', { description: 'Answer of unsubscribeFromTopic.' })
class UnsubscribeFromTopicPayload {
  @Field(() => Int, { description: 'Those who were subscribed before.' })
  removedCount!: number;
  @Field(() => [UserErrorType], { description: 'NOT_FOUND, TOO_MANY_RECIPIENTS, UNKNOWN_RECIPIENT.' })
  userErrors!: UserErrorType[];
}

@Resolver()
export class TopicResolver {
  @Mutation(() => SubscribeToTopicPayload, {
    description: 'Adds people to a topic, so that `send(topic:)` reaches them. Repeating it changes nothing.',
  })
  async subscribeToTopic(
    @Arg('input', () => SubscribeToTopicInput, { description: 'Whom to add where.' }) input: SubscribeToTopicInput,
    @Ctx() context: GraphContext,
  ): Promise<SubscribeToTopicPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<SubscribeToTopicPayload>({ addedCount: 0 }, async () => {
      if (!/^[a-z0-9][a-z0-9._:/-]{0,127}$/.test(input.topic))
        throw new UserErrors([
          userError(['input', 'topic'], 'INVALID_KEY', 'expected 1 to 128 of a-z, 0-9, ".", "_", "-", ":", "/"'),
        ]);
      const now = context.services.clock.now();
      return idempotently(context, 'subscribeToTopic', input, async (tx) => {
        const ids = await resolveRefs(tx, environmentId, input.recipients);
        const topicId = await ensureTopic(tx.db, { environmentId, id: uuidv7(now), key: input.topic }, now);
        return { addedCount: await subscribe(tx.db, environmentId, topicId, ids, now) };
      });
    });
  }

  @Mutation(() => UnsubscribeFromTopicPayload, {
    description: 'Takes people out of a topic. Repeating it changes nothing.',
  })
  async unsubscribeFromTopic(
    @Arg('input', () => UnsubscribeFromTopicInput, { description: 'Whom to take out where.' })
    input: UnsubscribeFromTopicInput,
    @Ctx() context: GraphContext,
  ): Promise<UnsubscribeFromTopicPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<UnsubscribeFromTopicPayload>({ removedCount: 0 }, async () => {
      const removedCount = await context.services.inTransaction(async (tx) => {
        const topicId = (await findTopics(tx.db, environmentId, [input.topic])).get(input.topic);
        if (topicId === undefined)
          throw new UserErrors([userError(['input', 'topic'], 'NOT_FOUND', `no topic "${input.topic}"`)]);
        return unsubscribe(tx.db, environmentId, topicId, await resolveRefs(tx, environmentId, input.recipients));
      });
      return { removedCount };
    });
  }
}

/** Our ids of people, in two queries. Throws UserErrors for those who are not there. */
async function resolveRefs({ db }: Tx, environmentId: string, refs: readonly RecipientRef[]): Promise<string[]> {
  if (refs.length === 0 || refs.length > RECIPIENTS_MAX)
    throw new UserErrors([
      userError(
        ['input', 'recipients'],
        'TOO_MANY_RECIPIENTS',
        `${refs.length} given, expected 1 to ${RECIPIENTS_MAX}`,
      ),
    ]);
  const byExternalId = await resolveExternalIds(
    db,
    environmentId,
    refs.flatMap((ref) => ref.externalId ?? []),
  );
  const wanted = refs.map((ref) =>
    ref.externalId == null ? decodeId('recipient', ref.id ?? '') : (byExternalId.get(ref.externalId) ?? null),
  );
  const known = await existingRecipientIds(
    db,
    environmentId,
    wanted.flatMap((id) => id ?? []),
  );
  const missing = wanted.flatMap((id, index) =>
    id !== null && known.has(id)
      ? []
      : [
          userError(
            ['input', 'recipients', index],
            'UNKNOWN_RECIPIENT',
            'no such recipient; make it with upsertRecipient',
          ),
        ],
  );
  if (missing.length > 0) throw new UserErrors(missing);
  return [...known];
}
