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
import { AppError, UserErrors } from '../base/errors.js';
import { decodeId, encodeId } from '../base/ids.js';
import { checkFirst, decodeCursor } from '../base/page.js';
import { OVERLOADED, RETRY_AFTER_SECONDS } from '../send/backpressure.js';
import { cancelSend } from '../send/cancel.js';
import { findSends, listSends, type SendRow } from '../store/sends.js';
import { AttachmentType, toAttachments } from './attachments.js';
import { requireService, type GraphContext } from './context.js';
import { NotificationConnection, toNotification, type NotificationType } from './notifications.js';
import { connectionOf, toConnection, type Connection } from './page.js';
import { DateTime } from './scalars.js';
import { SendInput, toRequest } from './send-input.js';
import { SendProgressType } from './send-progress.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('Send', { description: 'One accepted request.' })
export class SendType {
  row!: SendRow;
  @Field(() => ID, { description: 'Our id.' })
  id!: string;
  @Field(() => DateTime, { description: 'When it was accepted.' })
  createdAt!: Date;
  @Field(() => DateTime, { nullable: true, description: 'Not before this time; null: at once.' })
  sendAt!: Date | null;
  @Field(() => String, { nullable: true, description: 'Your customer that it is for.' })
  tenant!: string | null;
  @Field(() => [String], { description: 'To find it again.' })
  tags!: string[];
  @Field(() => [AttachmentType], { description: 'Files that go with it.' })
  attachments!: AttachmentType[];
  @Field(() => DateTime, {
    nullable: true,
    description:
      'Since when its data, text and names of files are gone, because their time was over; null: they are kept.',
  })
  contentGoneAt!: Date | null;
}

const SendConnection = connectionOf('Send', () => SendType);

@ObjectType('SendPayload', { description: 'Answer of send. What it names is stored.' })
class SendPayload {
  @Field(() => SendType, { nullable: true, description: 'The send; null with errors, and then nothing was stored.' })
  send!: SendType | null;
  @Field(() => Boolean, {
    description: 'True when the idempotency key had been used and this is the first answer again.',
  })
  deduplicated!: boolean;
  @Field(() => [UserErrorType], {
    description:
      'IDEMPOTENCY_CONFLICT, INVALID_IDEMPOTENCY_KEY, INVALID_TARGET, INVALID_EXTERNAL_ID, TOO_LONG, TOO_MANY_RECIPIENTS, UNKNOWN_RECIPIENT, INVALID_EMAIL, INVALID_PHONE, UNKNOWN_CATEGORY, UNKNOWN_TEMPLATE, TEMPLATE_UNPUBLISHED, UNKNOWN_TOPIC, UNKNOWN_AUDIENCE, INVALID_CONTENT, MISLEADING_SUBJECT, INVALID_CHANNELS, INVALID_TIME, INVALID_SEND_WINDOW, INVALID_SPAN, INVALID_TAG, TOO_MANY_TAGS, INVALID_TENANT, INVALID_ATTACHMENT, TOO_MANY_ATTACHMENTS, ATTACHMENT_TOO_LARGE, ATTACHMENT_FETCH_FAILED.',
  })
  userErrors!: UserErrorType[];
}

@InputType('CancelSendInput', { description: 'Which send to cancel.' })
class CancelSendInput {
  @Field(() => ID, { description: 'Its id, `snd_…`.' })
  id!: string;
}

@ObjectType('CancelSendPayload', { description: 'Answer of cancelSend.' })
class CancelSendPayload {
  @Field(() => Int, {
    description: 'Notifications that had not ended. One whose attempt was already running may still arrive.',
  })
  canceledCount!: number;
  @Field(() => [UserErrorType], { description: 'NOT_FOUND.' })
  userErrors!: UserErrorType[];
}

const NOTIFICATIONS = 'send.notifications';
const SENDS = 'sends';

@Resolver(() => SendType)
export class SendResolver {
  @Query(() => SendType, { nullable: true, description: 'One send; null when this environment has none by that id.' })
  async send(
    @Arg('id', () => ID, { description: 'Its id, `snd_…`.' }) id: string,
    @Ctx() context: GraphContext,
  ): Promise<SendType | null> {
    const { environmentId } = requireService(context);
    const uuid = decodeId('send', id);
    const [row] = uuid === null ? [] : await findSends(context.services.database.db, environmentId, [uuid]);
    return row ? toSend(row) : null;
  }

  @Query(() => SendConnection, { description: 'All sends, newest first.' })
  async sends(
    @Arg('first', () => Int, { defaultValue: 25, description: '1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'endCursor of the page before.' }) after: string | null,
    @Ctx() context: GraphContext,
  ): Promise<Connection<SendType>> {
    const { environmentId } = requireService(context);
    const request = { first: checkFirst(first), after: after ?? null };
    const before = request.after === null ? null : String(decodeCursor(SENDS, request.after, 1)[0]);
    const rows = await listSends(context.services.database.db, environmentId, before, first + 1);
    return toConnection(SENDS, rows, request, (row) => row.id, toSend);
  }

  @Mutation(() => SendPayload, {
    name: 'send',
    description:
      'Notifies people. Stores the request and returns at once; channel, provider and moment are decided per person right after.',
  })
  async accept(
    @Arg('input', () => SendInput, { description: 'What to send to whom.' }) input: SendInput,
    @Ctx() context: GraphContext,
  ): Promise<SendPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<SendPayload>({ send: null, deduplicated: false }, async () => {
      const accepted = await context.services.acceptor.accept(environmentId, toRequest(input));
      if ('problems' in accepted) {
        const full = accepted.problems.find((problem) => problem.code === OVERLOADED);
        if (full) throw new AppError('OVERLOADED', full.message, { retryAfter: RETRY_AFTER_SECONDS });
        throw new UserErrors(accepted.problems);
      }
      return { send: toSend(accepted.send), deduplicated: accepted.deduplicated };
    });
  }

  @Mutation(() => CancelSendPayload, {
    description:
      'Cancels what has not gone yet: after this answer no attempt of the send starts, and nothing more of a topic or an audience is expanded.',
  })
  async cancelSend(
    @Arg('input', () => CancelSendInput, { description: 'Which send.' }) input: CancelSendInput,
    @Ctx() context: GraphContext,
  ): Promise<CancelSendPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<CancelSendPayload>({ canceledCount: 0 }, async () => ({
      canceledCount: await cancelSend(context.services, environmentId, decodeId('send', input.id)),
    }));
  }

  @FieldResolver(() => NotificationConnection, {
    description: 'Its notifications, oldest first. Of a topic or an audience they appear as it is expanded.',
  })
  async notifications(
    @Root() { row }: SendType,
    @Arg('first', () => Int, { defaultValue: 25, description: '1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'endCursor of the page before.' }) after: string | null,
    @Ctx() context: GraphContext,
  ): Promise<Connection<NotificationType>> {
    const request = { first: checkFirst(first), after: after ?? null };
    const from = request.after === null ? null : String(decodeCursor(NOTIFICATIONS, request.after, 1)[0]);
    const rows = await context.loaders.sendNotifications.add({ sendId: row.id, after: from, limit: first + 1 });
    return toConnection(NOTIFICATIONS, rows, request, (one) => one.id, toNotification);
  }

  @FieldResolver(() => SendProgressType, { description: 'How far it has come.' })
  progress(@Root() { row }: SendType): SendProgressType {
    return {
      sendId: row.id,
      expanded: row.expanded,
      recipientCount: row.recipient_count,
      canceledAt: row.canceled_at,
    };
  }
}

export function toSend(row: SendRow): SendType {
  return {
    row,
    id: encodeId('send', row.id),
    createdAt: row.created_at,
    sendAt: row.send_at,
    tenant: row.tenant,
    tags: row.tags,
    attachments: toAttachments(row.attachments),
    contentGoneAt: row.content_gone_at,
  };
}
