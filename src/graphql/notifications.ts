import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { decodeId, encodeId } from '../base/ids.js';
import type { ChannelName, DeliveryState, NotificationState, StepDecision } from '../base/names.js';
import { shownAddress } from '../channels/shown-address.js';
import { checkFirst, decodeCursor } from '../base/page.js';
import { attemptsOf, timelineOf, type TimelineEntry } from '../recipients/timeline.js';
import { toHistoryEvent } from '../recipients/history.js';
import { explainedPlan } from '../recipients/plan.js';
import {
  findNotifications,
  listNotifications,
  type NotificationFilter,
  type NotificationRow,
  type StoredPlan,
} from '../store/notification-log.js';
import { AttemptType } from './attempts.js';
import { CategoryType, toCategory } from './categories.js';
import { findRecipientId, requireService, type GraphContext } from './context.js';
import { ChannelEnum, DeliveryStateEnum, NotificationStateEnum, StepDecisionEnum } from './enums.js';
import { connectionOf, toConnection, type Connection } from './page.js';
import { RecipientRef, RecipientType, toRecipient } from './recipients.js';
import { DateTime } from './scalars.js';

@ObjectType('Delivery', { description: 'A notification on one channel to one address.' })
export class DeliveryType {
  @Field(() => ID, { description: 'Our id.' })
  id!: string;
  @Field(() => ChannelEnum, { description: 'The channel.' })
  channel!: ChannelName;
  @Field(() => DeliveryStateEnum, { description: 'How far it has come.' })
  state!: DeliveryState;
  @Field(() => String, { nullable: true, description: 'Why it ended, when it did not reach the person.' })
  reason!: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'The address; of one that is a secret, the host alone. Null in the app.',
  })
  address!: string | null;
  @Field(() => String, { nullable: true, description: 'The vendor of the last attempt; null in the app.' })
  provider!: string | null;
  @Field(() => String, { nullable: true, description: 'The vendor’s own id of the message, once accepted.' })
  providerId!: string | null;
  @Field(() => [AttemptType], { description: 'Calls to providers, oldest first; none in the app.' })
  attempts!: AttemptType[];
}

@ObjectType('PassedIntegration', { description: 'An integration that could not be called, and why.' })
class PassedIntegrationType {
  @Field(() => String, { description: 'Key of the integration.' })
  integration!: string;
  @Field(() => String, { description: 'Reason code, like `PAYLOAD_TOO_LARGE` or `CIRCUIT_OPEN`.' })
  reason!: string;
  @Field(() => String, { description: 'The reason as a sentence.' })
  explanation!: string;
}

@ObjectType('RoutingStep', { description: 'One channel that was considered.' })
class RoutingStepType {
  @Field(() => ChannelEnum, { description: 'The channel.' })
  channel!: ChannelName;
  @Field(() => String, { nullable: true, description: 'Key of the integration that carries it, or would.' })
  integration!: string | null;
  @Field(() => StepDecisionEnum, { description: 'What was decided about it.' })
  decision!: StepDecision;
  @Field(() => String, { description: 'Reason code; the set is closed and documented in docs/reasons.md.' })
  reason!: string;
  @Field(() => String, { description: 'The reason as a sentence.' })
  explanation!: string;
  @Field(() => [PassedIntegrationType], {
    description: 'Integrations of the channel that could not be called for this notification, and why.',
  })
  passedOver!: PassedIntegrationType[];
}

@ObjectType('RoutingNote', { description: 'Something that shaped a plan besides its steps.' })
class RoutingNoteType {
  @Field(() => String, { description: 'Reason code, like `PREFERENCE_OVERRIDDEN` or `DELEGATED`.' })
  reason!: string;
  @Field(() => String, { nullable: true, description: 'For people: until when, to whom, of which law.' })
  detail!: string | null;
  @Field(() => String, { description: 'The reason as a sentence.' })
  explanation!: string;
}

@ObjectType('RoutingPlan', { description: 'The decided, explained result: every channel considered, once, in order.' })
export class RoutingPlanType {
  recipientId!: string | null;
  @Field(() => String, { description: '`SEND`, `HOLD`, `WAIT`, or the state in which the notification ended.' })
  outcome!: string;
  @Field(() => DateTime, { nullable: true, description: 'When it goes on, if it waits.' })
  sendAt!: Date | null;
  @Field(() => [RoutingStepType], { description: 'The channels, in order.' })
  steps!: RoutingStepType[];
  @Field(() => [RoutingNoteType], {
    description: 'What shaped it besides: an override, a redirect, a delegate, a law.',
  })
  notes!: RoutingNoteType[];
}

@ObjectType('TimelineEvent', { description: 'One thing that happened to a notification.' })
class TimelineEventType implements TimelineEntry {
  @Field(() => DateTime, { description: 'When.' })
  at!: Date;
  @Field(() => String, {
    description:
      'Dotted and past tense, like `attempt.accepted`, `notification.throttled` or `engagement.recorded`. The list will grow.',
  })
  type!: string;
  @Field(() => ChannelEnum, { nullable: true, description: 'On which channel.' })
  channel!: ChannelName | null;
  @Field(() => String, { nullable: true, description: 'By which integration.' })
  integration!: string | null;
  @Field(() => String, { nullable: true, description: 'Reason code.' })
  reason!: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'For people: what the provider said, which channels were considered and why, until when it waits, what the person did.',
  })
  detail!: string | null;
}

@ObjectType('Notification', { description: 'A send to one person: the unit that is routed and followed.' })
export class NotificationType {
  row!: NotificationRow;
  @Field(() => ID, { description: 'Our id.' })
  id!: string;
  @Field(() => DateTime, { description: 'When it was accepted.' })
  createdAt!: Date;
  @Field(() => NotificationStateEnum, { description: 'Where it is.' })
  state!: NotificationState;
  @Field(() => [String], { description: 'The tags of its send.' })
  tags!: string[];
}

export function toNotification(row: NotificationRow): NotificationType {
  return { row, id: encodeId('notification', row.id), createdAt: row.created_at, state: row.state, tags: row.tags };
}

export const NotificationConnection = connectionOf('Notification', () => NotificationType);

@InputType('NotificationFilter', { description: 'Every field narrows; lists mean "any of".' })
class NotificationFilterInput {
  @Field(() => RecipientRef, { nullable: true, description: 'Of this person.' })
  recipient?: RecipientRef | null;
  @Field(() => String, { nullable: true, description: 'Of people with this e-mail address.' })
  email?: string | null;
  @Field(() => [NotificationStateEnum], { nullable: true, description: 'In one of these states.' })
  state?: NotificationState[] | null;
  @Field(() => [ChannelEnum], { nullable: true, description: 'With a delivery on one of these channels.' })
  channel?: ChannelName[] | null;
  @Field(() => [DeliveryStateEnum], { nullable: true, description: 'With a delivery in one of these states.' })
  deliveryState?: DeliveryState[] | null;
  @Field(() => [String], { nullable: true, description: 'Of one of these categories, by key.' })
  category?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'From one of these templates, by key.' })
  template?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Carried by one of these integrations, by key.' })
  integration?: string[] | null;
  @Field(() => ID, { nullable: true, description: 'Of this send.' })
  sendId?: string | null;
  @Field(() => String, { nullable: true, description: 'Whose send has this tag.' })
  tag?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'Accepted at this time or later.' })
  from?: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Accepted before this time.' })
  to?: Date | null;
}

const LIST = 'notifications';

@Resolver(() => NotificationType)
export class NotificationResolver {
  @Query(() => NotificationType, {
    nullable: true,
    description: 'One notification; null when this environment has none by that id.',
  })
  async notification(
    @Arg('id', () => ID, { description: 'Its id, `ntf_…`.' }) id: string,
    @Ctx() context: GraphContext,
  ): Promise<NotificationType | null> {
    const { environmentId } = requireService(context);
    const uuid = decodeId('notification', id);
    const [row] = uuid === null ? [] : await findNotifications(context.services.database.db, environmentId, [uuid]);
    return row ? toNotification(row) : null;
  }

  @Query(() => NotificationConnection, { description: 'Notifications, newest first.' })
  async notifications(
    @Arg('filter', () => NotificationFilterInput, { nullable: true, description: 'Which; default: all.' })
    filter: NotificationFilterInput | null,
    @Arg('first', () => Int, { defaultValue: 25, description: '1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'endCursor of the page before.' }) after: string | null,
    @Ctx() context: GraphContext,
  ): Promise<Connection<NotificationType>> {
    const { environmentId } = requireService(context);
    const request = { first: checkFirst(first), after: after ?? null };
    const before = request.after === null ? null : String(decodeCursor(LIST, request.after, ['uuid'])[0]);
    const narrowed = await toFilter(context, environmentId, filter ?? {});
    const rows = narrowed
      ? await listNotifications(context.services.database.db, environmentId, narrowed, before, first + 1)
      : [];
    return toConnection(LIST, rows, request, (row) => row.id, toNotification);
  }

  @FieldResolver(() => RecipientType, { nullable: true, description: 'The person; null after erasure.' })
  async recipient(@Root() { row }: NotificationType, @Ctx() context: GraphContext): Promise<RecipientType | null> {
    const found = await context.loaders.recipient.add(row.recipient_id);
    return found ? toRecipient(found) : null;
  }

  @FieldResolver(() => CategoryType, { description: 'Its kind.' })
  async category(@Root() { row }: NotificationType, @Ctx() context: GraphContext): Promise<CategoryType> {
    const found = await context.loaders.category.add(row.category_key);
    if (!found) throw new Error(`category ${row.category_key} is missing`);
    return toCategory(found);
  }

  @FieldResolver(() => [DeliveryType], { description: 'What was tried, in the order it began.' })
  async deliveries(@Root() { row }: NotificationType, @Ctx() context: GraphContext): Promise<DeliveryType[]> {
    const story = await context.loaders.story.add(row.id);
    if (!story) return [];
    const all = attemptsOf(story.events.map(toHistoryEvent), story.wakeAt);
    const attempts = Map.groupBy(all, (attempt) => attempt.ordinal);
    return story.deliveries.map((delivery) => {
      const { ordinal, channel, state, reason, address, provider, provider_id: providerId } = delivery;
      return {
        id: `${encodeId('delivery', row.id)}_${ordinal}`,
        ...{ channel, state, reason, provider, providerId },
        address: address === null ? null : shownAddress(channel, address),
        attempts: attempts.get(ordinal) ?? [],
      };
    });
  }

  @FieldResolver(() => RoutingPlanType, { description: 'The latest decision.' })
  plan(@Root() { row }: NotificationType): RoutingPlanType {
    return toPlan(row.plan, row.recipient_id);
  }

  @FieldResolver(() => [TimelineEventType], { description: 'Everything that happened, oldest first.' })
  async timeline(@Root() { row }: NotificationType, @Ctx() context: GraphContext): Promise<TimelineEventType[]> {
    const story = await context.loaders.story.add(row.id);
    return timelineOf(row.created_at, (story?.events ?? []).map(toHistoryEvent));
  }
}

@Resolver(() => RoutingPlanType)
export class RoutingPlanResolver {
  @FieldResolver(() => RecipientType, {
    nullable: true,
    description: 'For whom; null in a dry run for a person who is not stored.',
  })
  async recipient(@Root() plan: RoutingPlanType, @Ctx() context: GraphContext): Promise<RecipientType | null> {
    const found = plan.recipientId === null ? null : await context.loaders.recipient.add(plan.recipientId);
    return found ? toRecipient(found) : null;
  }
}

function toPlan(plan: StoredPlan | null, recipientId: string): RoutingPlanType {
  if (!plan) return { recipientId, outcome: 'PENDING', sendAt: null, steps: [], notes: [] };
  return { recipientId, ...explainedPlan(plan) };
}

/** Null when the filter names something that is not there, so that nothing can match. */
async function toFilter(
  context: GraphContext,
  environmentId: string,
  input: NotificationFilterInput,
): Promise<NotificationFilter | null> {
  const filter: NotificationFilter = {};
  if (input.recipient) {
    const recipientId = await findRecipientId(context.services.database.db, environmentId, input.recipient);
    if (recipientId === null) return null;
    filter.recipientId = recipientId;
  }
  if (input.sendId != null) {
    const sendId = decodeId('send', input.sendId);
    if (sendId === null) return null;
    filter.sendId = sendId;
  }
  if (input.email != null) filter.email = input.email;
  if (input.state) filter.states = input.state;
  if (input.channel) filter.channels = input.channel;
  if (input.deliveryState) filter.deliveryStates = input.deliveryState;
  if (input.category) filter.categories = input.category;
  if (input.template) filter.templates = input.template;
  if (input.integration) filter.integrations = input.integration;
  if (input.tag != null) filter.tag = input.tag;
  if (input.from) filter.from = input.from;
  if (input.to) filter.to = input.to;
  return filter;
}
