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
  /** Where it stands: lists are in the order of this, highest first. It takes a new one when it comes back from being put off. */
  readonly place: number;
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

/** One page of a list, highest place first, as of `version`. */
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

/** Which part of the list a mark on all of it reaches; absent: the whole. Every field narrows. */
export interface MarkPart {
  /** Any of these, by key. */
  readonly category?: readonly string[];
  /** Any of these. */
  readonly tags?: readonly string[];
  /** Only what was opened. */
  readonly readOnly?: boolean;
}

const item = `fragment I on InboxItem { id version place title body url data tags urgent groupKey category { key name } toast
  actions { key label url primary } createdAt seenAt readAt archivedAt snoozedUntil pinnedAt expiresAt }`;
const counts = `counts { unseen unread }`;
const userErrors = `userErrors { field message code }`;

/** Reads one page of a list, 1 … 100 items; with `head` also the pinned ones of the list, of whatever page. */
export const inboxPage: Operation<
  { inbox: InboxPage; pinned?: { nodes: readonly InboxItem[] } },
  { first: number; after: string | null; filter: InboxFilter; pinned: InboxFilter; head: boolean }
> = {
  document: `query Inbox($first: Int!, $after: String, $filter: InboxFilter, $pinned: InboxFilter, $head: Boolean!) {
  inbox(first: $first, after: $after, filter: $filter) {
    nodes { ...I }
    pageInfo { hasNextPage endCursor }
    ${counts}
    version
  }
  pinned: inbox(first: 100, filter: $pinned) @include(if: $head) { nodes { ...I } }
}
${item}`,
};

/** Reads only the inbox's version: what is above it is news, what is not is history. */
export const inboxVersion: Operation<{ inbox: { version: number } }, Record<string, never>> = {
  document: `{ inbox(first: 1) { version } }`,
};

/** Counts parts of the inbox, 1 … 20, in their order. */
export const inboxCounts: Operation<{ inboxCounts: readonly InboxCounts[] }, { filters: readonly InboxFilter[] }> = {
  document: `query InboxCounts($filters: [InboxFilter!]!) { inboxCounts(filters: $filters) { unseen unread } }`,
};

/** Follows the inbox: replays what came after version `after`, then goes live. Open, it makes the person online. */
export const inboxEvents: Operation<{ inboxEvents: InboxEvent }, { after: number }> = {
  document: `subscription InboxEvents($after: Int) {
  inboxEvents(after: $after) {
    kind: __typename
    version
    ${counts}
    ... on InboxItemAdded { item { ...I } }
    ... on InboxItemChanged { item { ...I } }
    ... on InboxItemRemoved { itemId }
    ... on InboxReset { reason }
  }
}
${item}`,
};

/** Marks the named items, 1 … 100. The answer holds them as they are now. */
export const markInboxItems: Operation<
  { markInboxItems: { items: readonly InboxItem[]; counts: InboxCounts; userErrors: readonly UserError[] } },
  { input: { ids: readonly string[]; mark: InboxMark; until?: Timestamp } }
> = {
  document: `mutation MarkInboxItems($input: MarkInboxItemsInput!) {
  markInboxItems(input: $input) { items { ...I } ${counts} ${userErrors} }
}
${item}`,
};

/** Marks every item up to a version, also those that were never loaded; newer ones stay as they are. */
export const markAllInboxItems: Operation<
  { markAllInboxItems: { counts: InboxCounts; userErrors: readonly UserError[] } },
  { input: { mark: InboxMark; upToVersion: number } & MarkPart }
> = {
  document: `mutation MarkAllInboxItems($input: MarkAllInboxItemsInput!) {
  markAllInboxItems(input: $input) { ${counts} ${userErrors} }
}`,
};

/** Tells the server that these items were put on screen, so that no other channel is needed. Repeating it is harmless. */
export const acknowledgeInboxItems: Operation<
  { acknowledgeInboxItems: { acknowledgedCount: number } },
  { ids: readonly string[] }
> = {
  document: `mutation AcknowledgeInboxItems($ids: [ID!]!) {
  acknowledgeInboxItems(input: { ids: $ids }) { acknowledgedCount }
}`,
};

/** Tells what a person did with an item beyond the inbox's own marks. The same twice changes nothing. */
export const recordEngagement: Operation<
  { recordEngagement: { recorded: boolean } },
  { id: string; kind: 'CLICKED' | 'ACTED' }
> = {
  document: `mutation RecordEngagement($id: ID!, $kind: Engagement!) {
  recordEngagement(input: { notification: $id, kind: $kind }) { recorded }
}`,
};
