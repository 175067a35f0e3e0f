import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { instant } from '../base/clock.js';
import { userError, UserErrors } from '../base/errors.js';
import { decodeId, encodeId } from '../base/ids.js';
import { checkFirst, decodeCursor } from '../base/page.js';
import { redrive, REDRIVE_MAX, redriveAll } from '../send/redrive.js';
import { listDeadLetters, type DeadLetterRow } from '../store/dead-letters.js';
import { requireService, type GraphContext } from './context.js';
import { NotificationType, toNotification } from './notifications.js';
import { connectionOf, toConnection, type Connection } from './page.js';
import { DateTime } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('DeadLetter', {
  description:
    'A notification that could not be carried on, again and again, for a reason within this gateway (not a vendor’s refusal, which is an outcome). It is left alone until it is redriven.',
})
class DeadLetterType {
  row!: DeadLetterRow;
  @Field(() => ID, { description: 'The notification, `ntf_…`: pass it to `redriveDeadLetters`.' })
  notificationId!: string;
  @Field(() => Int, { description: 'How often carrying it failed.' })
  failures!: number;
  @Field(() => String, { description: 'What failed the last time, for people.' })
  error!: string;
  @Field(() => DateTime, { description: 'When it failed for the first time.' })
  firstFailedAt!: Date;
  @Field(() => DateTime, { description: 'When it failed for the last time.' })
  lastFailedAt!: Date;
  @Field(() => DateTime, { description: 'When it was given up on.' })
  deadAt!: Date;
}

const DeadLetterConnection = connectionOf('DeadLetter', () => DeadLetterType);

@InputType('RedriveDeadLettersInput', { description: 'Which dead letters to carry on again: some, or all.' })
class RedriveDeadLettersInput {
  @Field(() => [ID], { nullable: true, description: 'Notifications among `deadLetters`, 1 to 1,000; or `all`.' })
  notifications?: string[] | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'True: all that there are and whose content was kept; instead of `notifications`.',
  })
  all?: boolean | null;
}

@ObjectType('RedriveDeadLettersPayload', { description: 'Answer of redriveDeadLetters.' })
class RedriveDeadLettersPayload {
  @Field(() => Int, { description: 'How many go on; 0 with errors.' })
  redrivenCount!: number;
  @Field(() => [UserErrorType], {
    description:
      'NOT_FOUND or CONTENT_GONE by its place in `notifications` (then none goes on), INVALID_SELECTION, TOO_MANY_NOTIFICATIONS.',
  })
  userErrors!: UserErrorType[];
}

const LIST = 'deadLetters';

function toDeadLetter(row: DeadLetterRow): DeadLetterType {
  return {
    row,
    notificationId: encodeId('notification', row.notification_id),
    failures: row.failures,
    error: row.error,
    firstFailedAt: row.first_failed_at,
    lastFailedAt: row.last_failed_at,
    deadAt: row.dead_at,
  };
}

@Resolver(() => DeadLetterType)
export class DeadLetterResolver {
  @Query(() => DeadLetterConnection, {
    description: 'Notifications that were given up on because carrying them failed, newest first.',
  })
  async deadLetters(
    @Arg('first', () => Int, { defaultValue: 25, description: '1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'endCursor of the page before.' }) after: string | null,
    @Ctx() context: GraphContext,
  ): Promise<Connection<DeadLetterType>> {
    const { environmentId } = requireService(context);
    const request = { first: checkFirst(first), after: after ?? null };
    const [at, id] = request.after === null ? [] : decodeCursor(LIST, request.after, ['instant', 'uuid']);
    const before = at === undefined ? null : { deadAt: instant(at), notificationId: String(id) };
    const rows = await listDeadLetters(context.services.database.db, environmentId, before, first + 1);
    return toConnection(LIST, rows, request, (row) => [row.dead_at.getTime(), row.notification_id], toDeadLetter);
  }

  @FieldResolver(() => NotificationType, { nullable: true, description: 'The notification; null once it was removed.' })
  async notification(@Root() { row }: DeadLetterType, @Ctx() context: GraphContext): Promise<NotificationType | null> {
    const found = await context.loaders.notification.add(row.notification_id);
    return found ? toNotification(found) : null;
  }

  @Mutation(() => RedriveDeadLettersPayload, {
    description:
      'Carries dead letters on again, as if they had never failed: do it once the cause is mended. What fails again comes back into the list.',
  })
  async redriveDeadLetters(
    @Arg('input', () => RedriveDeadLettersInput, { description: 'Which.' }) input: RedriveDeadLettersInput,
    @Ctx() context: GraphContext,
  ): Promise<RedriveDeadLettersPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<RedriveDeadLettersPayload>({ redrivenCount: 0 }, async () => {
      const { notifications } = input;
      if ((notifications != null) === (input.all === true))
        throw new UserErrors([
          userError(['input'], 'INVALID_SELECTION', 'expected either `notifications` or `all: true`'),
        ]);
      if (!notifications) return { redrivenCount: await redriveAll(context.services, environmentId) };
      if (notifications.length === 0 || notifications.length > REDRIVE_MAX)
        throw new UserErrors([
          userError(
            ['input', 'notifications'],
            'TOO_MANY_NOTIFICATIONS',
            `${notifications.length} given, expected 1 to ${REDRIVE_MAX}; \`all: true\` takes any number`,
          ),
        ]);
      const ids = notifications.map((id) => decodeId('notification', id));
      return { redrivenCount: await redrive(context.services, environmentId, ids) };
    });
  }
}
