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
import type { ChannelName } from '../base/names.js';
import { checkFirst, decodeCursor } from '../base/page.js';
import { cancelSend } from '../send/cancel.js';
import { explainSend } from '../send/explain.js';
import type { SendRequest, SendTarget } from '../send/request.js';
import { listSendNotifications } from '../store/notification-log.js';
import type { SendRow } from '../store/sends.js';
import { requireService, type GraphContext } from './context.js';
import { ChannelEnum } from './enums.js';
import { NotificationConnection, RoutingPlanType, toNotification, type NotificationType } from './notifications.js';
import { toConnection, type Connection } from './page.js';
import { DateTime, JSONObject, Locale, TimeZone, UrlScalar } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@InputType('SendTargetInput', {
  description:
    'A known person by `id` or `externalId`, or one described in place: created or updated first when more fields are given.',
})
class SendTargetInput {
  @Field(() => ID, { nullable: true, description: 'Our id; then nothing else.' })
  id?: string | null;
  @Field(() => String, { nullable: true, description: 'Your own id of the person.' })
  externalId?: string | null;
  @Field(() => String, { nullable: true, description: 'E-mail address.' })
  email?: string | null;
  @Field(() => String, { nullable: true, description: 'Phone number in international form.' })
  phone?: string | null;
  @Field(() => Locale, { nullable: true, description: 'Language for templates.' })
  locale?: string | null;
  @Field(() => TimeZone, { nullable: true, description: 'Where the person lives.' })
  timeZone?: string | null;
  @Field(() => JSONObject, { nullable: true, description: 'Merged key by key into the person’s attributes.' })
  attributes?: Record<string, unknown> | null;
}

@InputType('ContentInput', { description: 'Words in place, taken literally on every channel.' })
class ContentInput {
  @Field(() => String, {
    description: 'One line of 1 to 1,000 characters: the subject of an e-mail, the title of a toast.',
  })
  title!: string;
  @Field(() => String, { description: 'Plain text, at most 100,000 characters.' })
  body!: string;
  @Field(() => UrlScalar, { nullable: true, description: 'Where a click leads.' })
  url?: string | null;
  @Field(() => JSONObject, { nullable: true, description: 'Your own data, handed to the inbox widget.' })
  data?: Record<string, unknown> | null;
}

@InputType('SendInput', { description: 'What to send, to whom, and within which bounds.' })
export class SendInput {
  @Field(() => String, {
    nullable: true,
    description:
      'Same key and same input within 72 h: the first answer again, `deduplicated: true`. Same key, other input: IDEMPOTENCY_CONFLICT. 1 to 255 characters.',
  })
  idempotencyKey?: string | null;
  @Field(() => [SendTargetInput], { nullable: true, description: '1 to 1,000 people, each notified once; or a topic.' })
  to?: SendTargetInput[] | null;
  @Field(() => String, { nullable: true, description: 'Key of a topic: everyone who is subscribed to it.' })
  topic?: string | null;
  @Field(() => String, { description: 'Key of the category.' })
  category!: string;
  @Field(() => String, {
    nullable: true,
    description: 'Key of a published template, with `data`; or content in place.',
  })
  template?: string | null;
  @Field(() => JSONObject, { nullable: true, description: 'Variables for the template.' })
  data?: Record<string, unknown> | null;
  @Field(() => ContentInput, { nullable: true, description: 'Words in place of a template.' })
  content?: ContentInput | null;
  @Field(() => [ChannelEnum], { nullable: true, description: 'Only these, in this order; default: the category’s.' })
  channels?: ChannelName[] | null;
  @Field(() => String, { nullable: true, description: 'Key of a brand; stored, and used when brands come.' })
  brand?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'Not before this time; at most a year ahead.' })
  sendAt?: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Not after this time; wins over every delay.' })
  expiresAt?: Date | null;
  @Field(() => [String], { nullable: true, description: 'At most 20 of 1 to 64 characters, to find it again.' })
  tags?: string[] | null;
}

@ObjectType('Send', { description: 'One accepted request.' })
class SendType {
  row!: SendRow;
  @Field(() => ID, { description: 'Our id.' })
  id!: string;
  @Field(() => DateTime, { description: 'When it was accepted.' })
  createdAt!: Date;
}

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
      'IDEMPOTENCY_CONFLICT, INVALID_IDEMPOTENCY_KEY, INVALID_TARGET, INVALID_EXTERNAL_ID, TOO_LONG, TOO_MANY_RECIPIENTS, UNKNOWN_RECIPIENT, INVALID_EMAIL, INVALID_PHONE, UNKNOWN_CATEGORY, UNKNOWN_TEMPLATE, TEMPLATE_UNPUBLISHED, UNKNOWN_TOPIC, INVALID_CONTENT, INVALID_CHANNELS, INVALID_TIME, INVALID_TAG, TOO_MANY_TAGS.',
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

const LIST = 'send.notifications';

@Resolver(() => SendType)
export class SendResolver {
  @Mutation(() => SendPayload, {
    description:
      'Notifies people. Stores the request and returns at once; channel, provider and moment are decided per person right after.',
  })
  async send(
    @Arg('input', () => SendInput, { description: 'What to send to whom.' }) input: SendInput,
    @Ctx() context: GraphContext,
  ): Promise<SendPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<SendPayload>({ send: null, deduplicated: false }, async () => {
      const accepted = await context.services.acceptor.accept(environmentId, toRequest(input));
      if ('problems' in accepted) throw new UserErrors(accepted.problems);
      return { send: toSend(accepted.send), deduplicated: accepted.deduplicated };
    });
  }

  @Mutation(() => CancelSendPayload, {
    description: 'Cancels what has not gone yet: after this answer no attempt of the send starts.',
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

  @Query(() => [RoutingPlanType], {
    description:
      'Dry run of exactly this input: the same code, nothing stored, nothing sent. One plan a person; of a topic, the first 100.',
  })
  async explain(
    @Arg('input', () => SendInput, { description: 'As for send.' }) input: SendInput,
    @Ctx() context: GraphContext,
  ): Promise<RoutingPlanType[]> {
    const caller = requireService(context);
    try {
      const environment = { id: caller.environmentId, mode: caller.mode };
      const plans = await explainSend(context.services, environment, toRequest(input));
      return plans.map(({ recipientId, plan }) => ({ recipientId, ...plan, steps: [...plan.steps] }));
    } catch (error) {
      if (!(error instanceof UserErrors)) throw error;
      throw new AppError('BAD_USER_INPUT', error.message, { userErrors: error.errors });
    }
  }

  @FieldResolver(() => NotificationConnection, {
    description: 'Its notifications, oldest first. Of a topic they appear as it is expanded.',
  })
  async notifications(
    @Root() { row }: SendType,
    @Arg('first', () => Int, { defaultValue: 25, description: '1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'endCursor of the page before.' }) after: string | null,
    @Ctx() context: GraphContext,
  ): Promise<Connection<NotificationType>> {
    const request = { first: checkFirst(first), after: after ?? null };
    const from = request.after === null ? null : String(decodeCursor(LIST, request.after, 1)[0]);
    const rows = await listSendNotifications(context.services.database.db, row.environment_id, row.id, from, first + 1);
    return toConnection(LIST, rows, request, (one) => one.id, toNotification);
  }
}

function toSend(row: SendRow): SendType {
  return { row, id: encodeId('send', row.id), createdAt: row.created_at };
}

function toRequest(input: SendInput): SendRequest {
  const { content } = input;
  return {
    idempotencyKey: input.idempotencyKey ?? null,
    to: input.to?.map(toTarget) ?? null,
    topic: input.topic ?? null,
    category: input.category,
    template: input.template ?? null,
    data: input.data ?? null,
    content: content
      ? { title: content.title, body: content.body, url: content.url ?? null, data: content.data ?? null }
      : null,
    channels: input.channels ?? null,
    brand: input.brand ?? null,
    sendAt: input.sendAt ?? null,
    expiresAt: input.expiresAt ?? null,
    tags: input.tags ?? [],
  };
}

/** An id that is none of ours becomes one that nobody has: it answers as missing. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

function toTarget({ id, ...target }: SendTargetInput): SendTarget {
  return { ...target, ...(id == null ? {} : { id: decodeId('recipient', id) ?? NOBODY }) };
}
