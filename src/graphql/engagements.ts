import { Arg, Ctx, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { plus } from '../base/clock.js';
import { userError, UserErrors } from '../base/errors.js';
import { decodeId } from '../base/ids.js';
import type { Engagement } from '../base/names.js';
import { recordEngagements } from '../inbox/engagement.js';
import { toHistoryEvent } from '../recipients/history.js';
import { engagementsOf } from '../recipients/timeline.js';
import type { ItemMarks } from '../store/engagements.js';
import { findNotifications, type NotificationRow } from '../store/notification-log.js';
import { requireCaller, type Caller, type GraphContext } from './context.js';
import { EngagementEnum } from './enums.js';
import { NotificationType } from './notifications.js';
import { DateTime } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('NotificationEngagement', { description: 'Something that the person did with a notification.' })
class NotificationEngagementType {
  @Field(() => EngagementEnum, { description: 'What.' })
  kind!: Engagement;
  @Field(() => DateTime, { description: 'When for the first time.' })
  at!: Date;
}

@InputType('RecordEngagementInput', { description: 'What the person did with which notification.' })
class RecordEngagementInput {
  @Field(() => ID, { description: 'The notification, `ntf_…`, or the inbox item that it became, `itm_…`.' })
  notification!: string;
  @Field(() => EngagementEnum, { description: 'What the person did.' })
  kind!: Engagement;
  @Field(() => DateTime, {
    nullable: true,
    description: 'When, between the notification’s acceptance and now; default: now. Clocks may be a minute off.',
  })
  at?: Date | null;
}

@ObjectType('RecordEngagementPayload', { description: 'Answer of recordEngagement.' })
class RecordEngagementPayload {
  @Field(() => Boolean, { description: 'True when it was news; false when it was known already, and with errors.' })
  recorded!: boolean;
  @Field(() => [UserErrorType], { description: 'NOT_FOUND, INVALID_TIME.' })
  userErrors!: UserErrorType[];
}

/** Clocks of callers may be off by this much. */
const SKEW_MS = 60_000;

@Resolver(() => NotificationType)
export class EngagementResolver {
  @FieldResolver(() => [NotificationEngagementType], {
    description:
      'What the person did with it, each kind once, oldest first: what was recorded, and marks in the inbox.',
  })
  async engagements(
    @Root() { row }: NotificationType,
    @Ctx() context: GraphContext,
  ): Promise<NotificationEngagementType[]> {
    const [story, marks] = await Promise.all([
      context.loaders.story.add(row.id),
      context.loaders.itemMarks.add({ recipientId: row.recipient_id, id: row.id }),
    ]);
    return engagementsOf((story?.events ?? []).map(toHistoryEvent), marked(marks));
  }

  @Mutation(() => RecordEngagementPayload, {
    description:
      'Says that the person saw, opened, read, clicked or acted on a notification; that ends the wait of the category’s `silence`. With a recipient token: on the person’s own. The same kind twice changes nothing. Marks in the inbox say so by themselves.',
  })
  async recordEngagement(
    @Arg('input', () => RecordEngagementInput, { description: 'What happened.' }) input: RecordEngagementInput,
    @Ctx() context: GraphContext,
  ): Promise<RecordEngagementPayload> {
    const caller = requireCaller(context);
    return withUserErrors<RecordEngagementPayload>({ recorded: false }, async () => {
      const { inTransaction, clock, direct } = context.services;
      const row = await requireOwn(context, caller, input.notification);
      const at = checkTime(input.at ?? null, row, clock.now());
      const engaged = { ids: [row.id], kind: input.kind, at };
      const news = await inTransaction((tx) => recordEngagements(tx, direct, caller.environmentId, engaged));
      return { recorded: news > 0 };
    });
  }
}

/** Marks in the inbox, as what the person did. */
function marked(marks: ItemMarks | null): { kind: Engagement; at: Date }[] {
  const kinds = [
    ['SEEN', marks?.seen_at],
    ['READ', marks?.read_at],
    ['ACTED', marks?.archived_at],
  ] as const;
  return kinds.flatMap(([kind, at]) => (at ? [{ kind, at }] : []));
}

/** The notification, if the caller may speak of it; another person's answers as missing. Throws UserErrors. */
async function requireOwn(context: GraphContext, caller: Caller, id: string): Promise<NotificationRow> {
  const uuid = decodeId('notification', id) ?? decodeId('inboxItem', id);
  const rows = uuid ? await findNotifications(context.services.database.db, caller.environmentId, [uuid]) : [];
  const row = rows.find((one) => caller.kind === 'service' || one.recipient_id === caller.recipientId);
  if (!row) {
    const whose = caller.kind === 'service' ? 'in this environment' : 'of this person';
    throw new UserErrors([userError(['input', 'notification'], 'NOT_FOUND', `no such notification ${whose}`)]);
  }
  return row;
}

function checkTime(at: Date | null, row: NotificationRow, now: Date): Date {
  if (at === null || at > now) {
    if (at === null || at <= plus(now, SKEW_MS)) return now;
  } else if (at >= plus(row.created_at, -SKEW_MS)) return at;
  throw new UserErrors([
    userError(
      ['input', 'at'],
      'INVALID_TIME',
      `${at.toISOString()} given, expected between ${row.created_at.toISOString()} (accepted) and now`,
    ),
  ]);
}
