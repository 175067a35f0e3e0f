/** When the thing happened: RFC 3339, UTC, milliseconds; such strings compare like the moments that they name. */
export type Timestamp = string;

/** What a person (or their reading) does to an item. SEEN: it was on screen. READ: it was opened or declared read. */
export type InboxMark =
  'SEEN' | 'READ' | 'UNREAD' | 'ARCHIVED' | 'UNARCHIVED' | 'SNOOZED' | 'UNSNOOZED' | 'PINNED' | 'UNPINNED' | 'DELETED';

/** A button of an item. Without an address a press is an event for the host. */
export interface InboxItemAction {
  readonly key: string;
  readonly label: string;
  readonly url: string | null;
  readonly primary: boolean;
}

/** One row of a person's inbox. `version` is the person's inbox version at its last change. */
export interface InboxItem {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly body: string;
  readonly url: string | null;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly category: { readonly key: string; readonly name: string };
  /** False for a quiet copy of what went by another channel: it belongs in the list and is never announced. */
  readonly toast: boolean;
  readonly tags: readonly string[];
  /** Its toast stays until it is dismissed, and is spoken at once. */
  readonly urgent: boolean;
  /** At most a handful, in the order of the send. */
  readonly actions: readonly InboxItemAction[];
  /** Items of one key can be shown as one line. */
  readonly groupKey: string | null;
  readonly createdAt: Timestamp;
  readonly seenAt: Timestamp | null;
  readonly readAt: Timestamp | null;
  readonly archivedAt: Timestamp | null;
  /** Put off until then: in no list but that of snoozed items, and in no count. */
  readonly snoozedUntil: Timestamp | null;
  readonly pinnedAt: Timestamp | null;
  readonly expiresAt: Timestamp | null;
}

/** Exact counts over the whole inbox (not only the loaded part), archived items left out. */
export interface InboxCounts {
  readonly unseen: number;
  readonly unread: number;
}

/** One page of the list, newest first, as of `version`. `first` ≤ 100. */
export interface InboxPage {
  readonly nodes: readonly InboxItem[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly counts: InboxCounts;
  readonly version: number;
}

/** Which part of the inbox a list gives; absent means everything that is neither archived nor put off. Every field narrows. */
export interface InboxFilter {
  readonly unreadOnly?: boolean;
  readonly archived?: boolean;
  readonly snoozed?: boolean;
  readonly pinned?: boolean;
  /** Any of these, by key. */
  readonly category?: readonly string[];
  /** Any of these. */
  readonly tags?: readonly string[];
  /** The item's data contains this, as `@>` of Postgres has it. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly groupKey?: string;
}

interface EventHead {
  readonly version: number;
  readonly counts: InboxCounts;
}

/** What the subscription sends: at least once, in order of `version`. `kind` is the GraphQL type; a reset means: read the list again. */
export type InboxEvent =
  | (EventHead & { readonly kind: 'InboxItemAdded'; readonly item: InboxItem })
  | (EventHead & { readonly kind: 'InboxItemChanged'; readonly item: InboxItem })
  | (EventHead & { readonly kind: 'InboxItemRemoved'; readonly itemId: string })
  | (EventHead & { readonly kind: 'InboxReset'; readonly reason: string });

/** An expected failure of a mutation. */
export interface UserError {
  readonly field: readonly string[];
  readonly message: string;
  readonly code: string;
}

/** A GraphQL document together with the shapes of its variables and its answer. The two types exist only at compile time. */
export interface Operation<Data, Variables> {
  readonly document: string;
  readonly shape?: { readonly data: Data; readonly variables: Variables };
}

const itemFields = `id version title body url data tags urgent groupKey category { key name } toast
  actions { key label url primary } createdAt seenAt readAt archivedAt snoozedUntil pinnedAt expiresAt`;

/** Reads one page of the token owner's inbox. */
export const inboxPage: Operation<
  { inbox: InboxPage },
  { first: number; after?: string | null; filter?: InboxFilter | null }
> = {
  document: `query Inbox($first: Int!, $after: String, $filter: InboxFilter) {
  inbox(first: $first, after: $after, filter: $filter) {
    nodes { ${itemFields} }
    pageInfo { hasNextPage endCursor }
    counts { unseen unread }
    version
  }
}`,
};

/** Reads only the inbox's version: what is above it is news, what is not is history. */
export const inboxVersion: Operation<{ inbox: { version: number } }, Record<string, never>> = {
  document: 'query InboxVersion { inbox(first: 1) { version } }',
};

/** Follows the inbox: replays what came after version `after`, then goes live. Open, it makes the person online. */
export const inboxEvents: Operation<{ inboxEvents: InboxEvent }, { after: number }> = {
  document: `subscription InboxEvents($after: Int) {
  inboxEvents(after: $after) {
    kind: __typename
    version
    counts { unseen unread }
    ... on InboxItemAdded { item { ${itemFields} } }
    ... on InboxItemChanged { item { ${itemFields} } }
    ... on InboxItemRemoved { itemId }
    ... on InboxReset { reason }
  }
}`,
};

/** Marks the named items. The answer holds them as they are now. */
export const markInboxItems: Operation<
  { markInboxItems: { items: InboxItem[]; counts: InboxCounts; userErrors: UserError[] } },
  { ids: readonly string[]; mark: InboxMark }
> = {
  document: `mutation MarkInboxItems($ids: [ID!]!, $mark: InboxMark!) {
  markInboxItems(input: { ids: $ids, mark: $mark }) {
    items { ${itemFields} }
    counts { unseen unread }
    userErrors { field message code }
  }
}`,
};

/** Marks every item up to a version, also those that were never loaded; newer ones stay as they are. */
export const markAllInboxItems: Operation<
  { markAllInboxItems: { changedCount: number; counts: InboxCounts; userErrors: UserError[] } },
  { mark: InboxMark; upToVersion: number }
> = {
  document: `mutation MarkAllInboxItems($mark: InboxMark!, $upToVersion: Int!) {
  markAllInboxItems(input: { mark: $mark, upToVersion: $upToVersion }) {
    changedCount
    counts { unseen unread }
    userErrors { field message code }
  }
}`,
};

/** Tells the server that these items were put on screen, so that no other channel is needed. Repeating it is harmless. */
export const acknowledgeInboxItems: Operation<
  { acknowledgeInboxItems: { acknowledgedCount: number; userErrors: UserError[] } },
  { ids: readonly string[] }
> = {
  document: `mutation AcknowledgeInboxItems($ids: [ID!]!) {
  acknowledgeInboxItems(input: { ids: $ids }) {
    acknowledgedCount
    userErrors { field message code }
  }
}`,
};
