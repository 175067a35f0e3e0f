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
import { AppError, userError, UserErrors } from '../base/errors.js';
import { decodeId } from '../base/ids.js';
import type { InboxMark } from '../base/names.js';
import { checkFirst, decodeCursor } from '../base/page.js';
import { acknowledge } from '../inbox/acknowledge.js';
import { MARK_MAX, markAllItems, markItems } from '../inbox/marks.js';
import { readInbox } from '../store/inbox-items.js';
import { countItems, listItems } from '../store/inbox-lists.js';
import { CategoryType, toCategory } from './categories.js';
import { requireCaller, requireOwner, type GraphContext } from './context.js';
import { InboxMarkEnum } from './enums.js';
import { InboxFilter, toItemFilter } from './inbox-filter.js';
import { InboxItemType, toInboxItem } from './inbox-item.js';
import { PageInfo, toConnection } from './page.js';
import { RecipientRef } from './recipients.js';
import { DateTime } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('InboxCounts', { description: 'Exact counts of what is in the list (not archived).' })
export class InboxCountsType {
  @Field(() => Int, { description: 'Never on the screen.' })
  unseen!: number;
  @Field(() => Int, { description: 'Not opened.' })
  unread!: number;
}

@ObjectType('InboxEdge', { description: 'One item in a list, with its cursor.' })
class InboxEdge {
  @Field(() => String, { description: 'Opaque position in this list.' })
  cursor!: string;
  @Field(() => InboxItemType, { description: 'The item.' })
  node!: InboxItemType;
}

@ObjectType('InboxConnection', { description: 'A page of an inbox, with its counts.' })
class InboxConnection {
  @Field(() => [InboxEdge], { description: 'Items with cursors.' })
  edges!: InboxEdge[];
  @Field(() => [InboxItemType], { description: 'Items alone.' })
  nodes!: InboxItemType[];
  @Field(() => PageInfo, { description: 'Where this page stands.' })
  pageInfo!: PageInfo;
  @Field(() => InboxCountsType, { description: 'Of the whole inbox.' })
  counts!: InboxCountsType;
  @Field(() => Int, {
    description: 'Pass it to `inboxEvents(after:)`, and nothing that comes after this answer is missed.',
  })
  version!: number;
}

@InputType('MarkInboxItemsInput', { description: 'Which items of the caller’s inbox to mark how.' })
class MarkInboxItemsInput {
  @Field(() => [ID], { description: '1 to 100.' })
  ids!: string[];
  @Field(() => InboxMarkEnum, { description: 'The mark.' })
  mark!: InboxMark;
  @Field(() => DateTime, {
    nullable: true,
    description: 'Of SNOOZED, and expected there: until when; in the future, at most 366 days.',
  })
  until?: Date | null;
}

@ObjectType('MarkInboxItemsPayload', { description: 'Answer of markInboxItems.' })
class MarkInboxItemsPayload {
  @Field(() => [InboxItemType], { description: 'The items as they are now, newest first.' })
  items!: InboxItemType[];
  @Field(() => InboxCountsType, { description: 'Counts after the change.' })
  counts!: InboxCountsType;
  @Field(() => [UserErrorType], { description: 'NOT_FOUND, TOO_MANY_ITEMS, INVALID_TIME.' })
  userErrors!: UserErrorType[];
}

@InputType('MarkAllInboxItemsInput', { description: 'Marks the whole list of the caller’s inbox.' })
class MarkAllInboxItemsInput {
  @Field(() => InboxMarkEnum, { description: 'The mark.' })
  mark!: InboxMark;
  @Field(() => Int, { description: 'What was in the inbox at this version; later items stay as they are.' })
  upToVersion!: number;
  @Field(() => [String], { nullable: true, description: 'Only these categories, by key.' })
  category?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Only items with any of these tags.' })
  tags?: string[] | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Only what was opened, as to archive all of it. Default: false.',
  })
  readOnly?: boolean | null;
}

@ObjectType('MarkAllInboxItemsPayload', { description: 'Answer of markAllInboxItems.' })
class MarkAllInboxItemsPayload {
  @Field(() => Int, { description: 'Items for which it was a change.' })
  changedCount!: number;
  @Field(() => InboxCountsType, { description: 'Counts after the change.' })
  counts!: InboxCountsType;
  @Field(() => [UserErrorType], { description: 'INVALID_MARK: SNOOZED and DELETED are for named items.' })
  userErrors!: UserErrorType[];
}

@InputType('AcknowledgeInboxItemsInput', { description: 'What the widget has shown.' })
class AcknowledgeInboxItemsInput {
  @Field(() => [ID], { description: '1 to 100 items of the caller’s inbox.' })
  ids!: string[];
}

@ObjectType('AcknowledgeInboxItemsPayload', { description: 'Answer of acknowledgeInboxItems.' })
class AcknowledgeInboxItemsPayload {
  @Field(() => Int, { description: 'Items for which it was news: not shown before, and not gone elsewhere.' })
  acknowledgedCount!: number;
  @Field(() => [UserErrorType], { description: 'TOO_MANY_ITEMS.' })
  userErrors!: UserErrorType[];
}

const LIST = 'inbox';
const FILTERS_MAX = 20;
const SNOOZE_MAX_MS = 366 * 86_400_000;

@Resolver(() => InboxItemType)
export class InboxResolver {
  @Query(() => InboxConnection, {
    description: 'An inbox, newest first: the caller’s own with a recipient token, a named person’s with an API key.',
  })
  async inbox(
    @Arg('recipient', () => RecipientRef, { nullable: true, description: 'Whose; default: the caller.' })
    recipient: RecipientRef | null,
    @Arg('filter', () => InboxFilter, { nullable: true, description: 'Which items; default: the list.' })
    filter: InboxFilter | null,
    @Arg('first', () => Int, { defaultValue: 20, description: '1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'endCursor of the page before.' }) after: string | null,
    @Ctx() context: GraphContext,
  ): Promise<InboxConnection> {
    const owner = await requireOwner(context, recipient);
    const request = { first: checkFirst(first), after: after ?? null };
    const before = request.after === null ? null : Number(decodeCursor(LIST, request.after, ['integer'])[0]);
    // The version first: what changes between the two reads is then replayed, never missed.
    const { db } = context.services.database;
    const state = await readInbox(db, owner.environmentId, owner.recipientId);
    const rows = await listItems(db, owner, toItemFilter(filter), before, first + 1);
    const connection = toConnection(LIST, rows, request, (row) => row.added_version, toInboxItem);
    return { ...connection, counts: { unseen: state.unseen, unread: state.unread }, version: state.version };
  }

  @Query(() => [InboxCountsType], {
    description: 'Exact counts of parts of an inbox, as for tabs: one for each filter, in their order.',
  })
  async inboxCounts(
    @Arg('filters', () => [InboxFilter], { description: '1 to 20.' }) filters: InboxFilter[],
    @Arg('recipient', () => RecipientRef, { nullable: true, description: 'Whose; default: the caller.' })
    recipient: RecipientRef | null,
    @Ctx() context: GraphContext,
  ): Promise<InboxCountsType[]> {
    const owner = await requireOwner(context, recipient);
    if (filters.length === 0 || filters.length > FILTERS_MAX)
      throw new AppError('BAD_USER_INPUT', `filters: ${filters.length} given, expected 1 to ${FILTERS_MAX}`);
    const { db } = context.services.database;
    return Promise.all(filters.map((filter) => countItems(db, owner, toItemFilter(filter))));
  }

  @FieldResolver(() => CategoryType, { description: 'Its kind.' })
  async category(@Root() { row }: InboxItemType, @Ctx() context: GraphContext): Promise<CategoryType> {
    const found = await context.loaders.category.add(row.category_key);
    if (!found) throw new Error(`category ${row.category_key} is missing`);
    return toCategory(found);
  }

  @Mutation(() => MarkInboxItemsPayload, {
    description: 'Marks items of the caller’s own inbox. Marking twice changes nothing.',
  })
  async markInboxItems(
    @Arg('input', () => MarkInboxItemsInput, { description: 'Which, how.' }) input: MarkInboxItemsInput,
    @Ctx() context: GraphContext,
  ): Promise<MarkInboxItemsPayload> {
    const owner = requireRecipient(context);
    const { unseen, unread } = await readInbox(context.services.database.db, owner.environmentId, owner.recipientId);
    return withUserErrors<MarkInboxItemsPayload>({ items: [], counts: { unseen, unread } }, async () => {
      const until = snoozeEnd(input, context.services.clock.now());
      const { items, inbox } = await markItems(context.services, owner, itemIds(input.ids), {
        mark: input.mark,
        until,
      });
      return { items: items.map(toInboxItem), counts: inbox };
    });
  }

  @Mutation(() => MarkAllInboxItemsPayload, {
    description: 'Marks the whole list of the caller’s own inbox, up to a version.',
  })
  async markAllInboxItems(
    @Arg('input', () => MarkAllInboxItemsInput, { description: 'How, up to where.' }) input: MarkAllInboxItemsInput,
    @Ctx() context: GraphContext,
  ): Promise<MarkAllInboxItemsPayload> {
    const owner = requireRecipient(context);
    const { unseen, unread } = await readInbox(context.services.database.db, owner.environmentId, owner.recipientId);
    return withUserErrors<MarkAllInboxItemsPayload>({ changedCount: 0, counts: { unseen, unread } }, async () => {
      const { changed, inbox } = await markAllItems(context.services, owner, toSelection(input), input.mark);
      return { changedCount: changed, counts: inbox };
    });
  }

  @Mutation(() => AcknowledgeInboxItemsPayload, {
    description:
      'The widget says that it has shown these items; without it within the category’s `ackTimeout` the next channel goes.',
  })
  async acknowledgeInboxItems(
    @Arg('input', () => AcknowledgeInboxItemsInput, { description: 'Which items.' }) input: AcknowledgeInboxItemsInput,
    @Ctx() context: GraphContext,
  ): Promise<AcknowledgeInboxItemsPayload> {
    const owner = requireRecipient(context);
    return withUserErrors<AcknowledgeInboxItemsPayload>({ acknowledgedCount: 0 }, async () => {
      const ids = itemIds(input.ids);
      const { inTransaction, clock, direct } = context.services;
      return { acknowledgedCount: await inTransaction((tx) => acknowledge(tx, direct, owner, ids, clock.now())) };
    });
  }
}

/** Marks and acknowledgements are the person's own: an API key cannot say what somebody saw. */
function requireRecipient(context: GraphContext): { environmentId: string; recipientId: string } {
  const caller = requireCaller(context);
  if (caller.kind !== 'recipient')
    throw new AppError('FORBIDDEN', 'this is the person’s own to say; use a recipient token (createRecipientToken)');
  return { environmentId: caller.environmentId, recipientId: caller.recipientId };
}

/** An id that is none of ours becomes one that nobody has: it answers as missing. */
const NOTHING = '00000000-0000-0000-0000-000000000000';

function itemIds(ids: readonly string[]): string[] {
  if (ids.length === 0 || ids.length > MARK_MAX)
    throw new UserErrors([
      userError(['input', 'ids'], 'TOO_MANY_ITEMS', `${ids.length} ids given, expected 1 to ${MARK_MAX}`),
    ]);
  return ids.map((id) => decodeId('inboxItem', id) ?? NOTHING);
}

/** Until when it is put off; null: it is no such mark. Throws UserErrors. */
function snoozeEnd({ mark, until }: MarkInboxItemsInput, now: Date): Date | null {
  if (mark !== 'SNOOZED' && until == null) return null;
  const ms = until == null ? 0 : until.getTime() - now.getTime();
  if (mark === 'SNOOZED' && ms > 0 && ms <= SNOOZE_MAX_MS) return until ?? null;
  const expected = mark === 'SNOOZED' ? 'a time within the next 366 days' : 'nothing: it belongs to SNOOZED';
  throw new UserErrors([userError(['input', 'until'], 'INVALID_TIME', `expected ${expected}`)]);
}

/** Throws UserErrors. */
function toSelection({ upToVersion, category, tags, readOnly, mark }: MarkAllInboxItemsInput) {
  if (mark === 'SNOOZED' || mark === 'DELETED')
    throw new UserErrors([
      userError(['input', 'mark'], 'INVALID_MARK', `${mark} is for named items: use markInboxItems`),
    ]);
  return {
    upToVersion,
    readOnly: readOnly ?? false,
    ...(category ? { categories: category } : {}),
    ...(tags ? { tags } : {}),
  };
}
