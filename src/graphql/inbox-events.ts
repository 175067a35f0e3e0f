import { Arg, Ctx, Field, ID, Int, InterfaceType, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import { AppError } from '../base/errors.js';
import { encodeId } from '../base/ids.js';
import type { InboxChange } from '../realtime/reader.js';
import { existingRecipientIds } from '../store/recipients.js';
import { requireCaller, type GraphContext } from './context.js';
import { InboxItemType, toInboxItem } from './inbox-item.js';
import { InboxCountsType } from './inbox.js';

@InterfaceType('InboxEvent', {
  description: 'A change of an inbox. At least once, in order of versions; resume with the last version seen.',
  resolveType: (event: InboxEventType) => event.typeName,
})
abstract class InboxEventType {
  abstract readonly typeName: string;
  @Field(() => Int, { description: 'Version of the inbox with this change.' })
  version!: number;
  @Field(() => InboxCountsType, { description: 'Exact counts when this was read.' })
  counts!: InboxCountsType;
}

@ObjectType('InboxItemAdded', { implements: InboxEventType, description: 'A new item.' })
class InboxItemAdded extends InboxEventType {
  readonly typeName = 'InboxItemAdded';
  @Field(() => InboxItemType, { description: 'The item.' })
  item!: InboxItemType;
}

@ObjectType('InboxItemChanged', {
  implements: InboxEventType,
  description: 'An item was marked, here or on another device.',
})
class InboxItemChanged extends InboxEventType {
  readonly typeName = 'InboxItemChanged';
  @Field(() => InboxItemType, { description: 'The item as it is now.' })
  item!: InboxItemType;
}

@ObjectType('InboxItemRemoved', {
  implements: InboxEventType,
  description: 'An item is gone: it was never shown, and its notification went elsewhere.',
})
class InboxItemRemoved extends InboxEventType {
  readonly typeName = 'InboxItemRemoved';
  @Field(() => ID, { description: 'Which item.' })
  itemId!: string;
}

@ObjectType('InboxReset', {
  implements: InboxEventType,
  description: 'Many changed at once, or `after` is too old: read the list again and go on from `version`.',
})
class InboxReset extends InboxEventType {
  readonly typeName = 'InboxReset';
  @Field(() => String, { description: '`MANY_CHANGED`, `TOO_OLD` or `SLOW_READER`.' })
  reason!: string;
}

/** Named in the schema's list of types, since nothing but the interface refers to them. */
export const INBOX_EVENT_TYPES = [InboxItemAdded, InboxItemChanged, InboxItemRemoved, InboxReset] as const;

const events = new WeakMap<InboxChange, InboxEventType>();

/** One change is one event, however many subscriptions are told of it. */
function eventOf(change: InboxChange): InboxEventType {
  const event = events.get(change) ?? toEvent(change);
  events.set(change, event);
  return event;
}

function toEvent(change: InboxChange): InboxEventType {
  const { version, counts } = change;
  switch (change.kind) {
    case 'added':
      return { typeName: 'InboxItemAdded', version, counts, item: toInboxItem(change.item) } as InboxItemAdded;
    case 'changed':
      return { typeName: 'InboxItemChanged', version, counts, item: toInboxItem(change.item) } as InboxItemChanged;
    case 'removed':
      return {
        typeName: 'InboxItemRemoved',
        version,
        counts,
        itemId: encodeId('inboxItem', change.itemId),
      } as InboxItemRemoved;
    case 'reset':
      return { typeName: 'InboxReset', version, counts, reason: change.reason } as InboxReset;
    default:
      return change satisfies never;
  }
}

@Resolver()
export class InboxEventsResolver {
  @Subscription(() => InboxEventType, {
    description:
      'Changes of the caller’s own inbox: first what happened after a version, then live. While it is open with a recipient token, the person is online.',
    subscribe: ({ context, args }) =>
      follow(context as GraphContext, (args as { after?: number | null }).after ?? null),
  })
  inboxEvents(
    @Root() event: InboxEventType,
    @Ctx() _context: GraphContext,
    @Arg('after', () => Int, {
      nullable: true,
      description: 'The last version seen; missed events are replayed from the rows. Default: from now on.',
    })
    _after: number | null,
  ): InboxEventType {
    return event;
  }
}

/**
 * The stream as graphql-js wants it. A generator that waits for the next event cannot be ended from outside, so ending
 * goes by signal.
 */
function follow(context: GraphContext, after: number | null): AsyncGenerator<InboxEventType, void, undefined> {
  const stop = new AbortController();
  const events = stream(context, after, stop.signal);
  return {
    next: () => events.next(),
    return: async () => {
      stop.abort();
      return events.return();
    },
    throw: async (error) => {
      stop.abort();
      return events.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: async () => stop.abort(),
  };
}

/** Online from before the first read to the end, however it ends. */
async function* stream(
  context: GraphContext,
  after: number | null,
  signal: AbortSignal,
): AsyncGenerator<InboxEventType, void, undefined> {
  const caller = requireCaller(context);
  if (caller.kind !== 'recipient')
    throw new AppError('FORBIDDEN', 'inboxEvents needs a recipient token (createRecipientToken)');
  if (after !== null && after < 0)
    throw new AppError('BAD_USER_INPUT', `after: ${after} given, expected a version, 0 or more`);
  const { environmentId, recipientId } = caller;
  const { presence, hub, database } = context.services;
  const { db } = database;
  const leave = await presence.connect({ environmentId, recipientId }, context.platform);
  try {
    for await (const change of hub.follow({ environmentId, recipientId }, after, signal)) {
      yield eventOf(change);
      // The one word that somebody who was erased still hears.
      if (change.kind === 'reset' && (await existingRecipientIds(db, environmentId, [recipientId])).size === 0) return;
    }
  } finally {
    leave();
  }
}
