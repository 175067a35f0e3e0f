import { Arg, Ctx, Field, FieldResolver, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { userError, UserErrors } from '../base/errors.js';
import { findCategories } from '../store/categories.js';
import { listItemsOf } from '../store/digests.js';
import { findNotifications } from '../store/notification-log.js';
import { requireOwner, type GraphContext } from './context.js';
import { NotificationType, toNotification } from './notifications.js';
import { RecipientRef } from './recipients.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@InputType('FlushDigestInput', { description: 'Whose open windows to close now.' })
class FlushDigestInput {
  @Field(() => RecipientRef, { description: 'Whose; with a recipient token the caller’s own.' })
  recipient!: RecipientRef;
  @Field(() => String, { nullable: true, description: 'Key of a category; default: all.' })
  category?: string | null;
}

@ObjectType('FlushDigestPayload', { description: 'Answer of flushDigest.' })
class FlushDigestPayload {
  @Field(() => [NotificationType], { description: 'What the windows became, one each; of an empty one nothing.' })
  notifications!: NotificationType[];
  @Field(() => [UserErrorType], { description: 'NOT_FOUND.' })
  userErrors!: UserErrorType[];
}

/** Of a digest, this many of what it stands for are listed. */
const ITEMS_MAX = 1_000;

@Resolver(() => NotificationType)
export class DigestResolver {
  @Mutation(() => FlushDigestPayload, {
    description:
      'Closes a person’s open digest windows now: with an API key anybody’s, with a recipient token the caller’s own. What is in them goes at once; repeating it finds nothing to close.',
  })
  async flushDigest(
    @Arg('input', () => FlushDigestInput, { description: 'Whose.' }) input: FlushDigestInput,
    @Ctx() context: GraphContext,
  ): Promise<FlushDigestPayload> {
    const { environmentId, recipientId } = await requireOwner(context, input.recipient);
    const { db } = context.services.database;
    const category = input.category ?? null;
    return withUserErrors<FlushDigestPayload>({ notifications: [] }, async () => {
      const known = category === null || (await findCategories(db, environmentId, [category])).length > 0;
      if (!known) throw new UserErrors([userError(['input', 'category'], 'NOT_FOUND', `no category "${category}"`)]);
      const ids = await context.services.flushDigests(environmentId, recipientId, category);
      return { notifications: await inOrder(context, environmentId, ids) };
    });
  }

  @FieldResolver(() => NotificationType, {
    nullable: true,
    description: 'The digest that it went in; null: it went, or goes, by itself.',
  })
  async digest(@Root() { row }: NotificationType, @Ctx() context: GraphContext): Promise<NotificationType | null> {
    const id = await context.loaders.digest.add(row.id);
    const found = id === null ? null : await context.loaders.notification.add(id);
    return found ? toNotification(found) : null;
  }

  @FieldResolver(() => [NotificationType], {
    description: 'Of a digest: what it stands for, oldest first, at most 1,000; else none.',
  })
  async items(@Root() { row }: NotificationType, @Ctx() context: GraphContext): Promise<NotificationType[]> {
    if (row.digest_id === null) return [];
    const ids = await listItemsOf(context.services.database.db, row.environment_id, row.id, ITEMS_MAX);
    return inOrder(context, row.environment_id, ids);
  }
}

async function inOrder(
  { services }: GraphContext,
  environmentId: string,
  ids: readonly string[],
): Promise<NotificationType[]> {
  const rows = new Map((await findNotifications(services.database.db, environmentId, ids)).map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = rows.get(id);
    return row ? [toNotification(row)] : [];
  });
}
