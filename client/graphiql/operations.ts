import { addSmtp, category, template } from './setup-operations.ts';

/** One tab of the explorer as it opens for the first time. */
export interface ExampleTab {
  /** GraphQL; the name of its first operation is the tab's title. */
  readonly query: string;
  /** JSON text for the variables pane. */
  readonly variables?: string;
  /** JSON with comments for the headers pane. */
  readonly headers: string;
}

// Lines of the documents stay below 58 columns: more does not show in the editor's half of an ordinary window.

// Commented out, so that the first visit sends no header that the server would have to refuse.
const API_KEY = `{
  // "Authorization": "Bearer <API key>"
}`;
const RECIPIENT_TOKEN = `{
  // "Authorization": "Bearer <recipient token>"
}`;

const firstSend = `# A category, a person, a notification, in one request.
#
# Put your API key into "Headers" below; the first
# start printed one. Tabs without a header of their own
# use the last key that was sent.
mutation FirstSend {
  # The kind of notification. By default it goes to the
  # inbox, and by e-mail to whoever is not online.
  upsertCategory(
    input: { key: "orders", name: "Your orders" }
  ) {
    category { key channels lane }
    userErrors { field message code }
  }

  # externalId is your own id of the person. The same
  # one again updates the person.
  upsertRecipient(
    input: {
      externalId: "ada"
      email: "ada@example.com"
      name: "Ada"
      locale: "en"
      timeZone: "Europe/London"
    }
  ) {
    recipient { id externalId online }
    created
    userErrors { field message code }
  }

  send(
    input: {
      to: [{ externalId: "ada" }]
      category: "orders"
      content: {
        title: "Your parcel is on its way"
        body: "It arrives tomorrow before noon."
        url: "https://example.com/orders/1"
      }
      # A key makes a repeated request harmless: the
      # first answer again, nothing sent twice.
      # idempotencyKey: "order-1-shipped"
    }
  ) {
    send {
      id
      notifications { nodes { id state } }
    }
    deduplicated
    userErrors { field message code }
  }
}
`;

const followNotification = `# What became of one notification, and why.
# Put its id (from FirstSend) into "Variables" below.
query FollowNotification($id: ID!) {
  notification(id: $id) {
    state
    recipient { externalId online }
    # What was decided last: every channel that was
    # considered, with the reason.
    plan {
      outcome
      sendAt
      steps {
        channel integration decision
        reason explanation
      }
    }
    # One per channel and address, with every call to a
    # provider.
    deliveries {
      channel state address provider
      attempts {
        number integration startedAt durationMs
        outcome httpStatus code detail nextAttemptAt
      }
    }
    timeline {
      at type channel integration reason detail
    }
  }
}
`;

const explain = `# Where would this go, and why? The decision of a real
# send, but nothing is stored and nothing is sent.
query Explain {
  explain(
    input: {
      to: [
        { externalId: "ada" }
        { email: "grace@example.com" }
      ]
      category: "orders"
      content: {
        title: "Your parcel is on its way"
        body: "It arrives tomorrow before noon."
      }
      # Only these, in this order. Default: the category's.
      channels: [INBOX, EMAIL]
    }
  ) {
    recipient { externalId }
    outcome
    sendAt
    steps {
      channel integration decision
      reason explanation
    }
  }
}
`;

const recipientToken = `# A token for one person's inbox, valid for at most 15
# minutes: what your backend hands to the inbox widget.
mutation RecipientToken {
  createRecipientToken(
    input: {
      recipient: { externalId: "ada" }
      expiresIn: "PT15M"
    }
  ) {
    token
    expiresAt
    userErrors { field message code }
  }
}
`;

const inbox = `# Needs a recipient token, not the API key: run the tab
# RecipientToken, put its token into "Headers" below.
query Inbox {
  inbox(first: 20, filter: { unreadOnly: false }) {
    counts { unseen unread }
    version
    nodes {
      id title body url
      createdAt seenAt readAt
      category { key name }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`;

const inboxEvents = `# Needs a recipient token, not the API key: run the tab
# RecipientToken, put its token into "Headers" below.
#
# While this runs, the person is online. Run FirstSend in
# another window: the item appears here at once. Nobody
# acknowledges that it was shown, so after the
# category's ackTimeout the e-mail goes out, too.
subscription InboxEvents($after: Int) {
  # after: the last version seen. What was missed since
  # then comes first.
  inboxEvents(after: $after) {
    __typename
    version
    counts { unseen unread }
    ... on InboxItemAdded {
      item { id title body category { key } }
    }
    ... on InboxItemChanged {
      item { id seenAt readAt archivedAt }
    }
    ... on InboxItemRemoved { itemId }
    ... on InboxReset { reason }
  }
}
`;

/** The tabs of a first visit, in the order in which a newcomer needs them. */
export const exampleTabs: readonly ExampleTab[] = [
  { query: firstSend, headers: API_KEY },
  { query: followNotification, variables: '{\n  "id": ""\n}', headers: API_KEY },
  { query: explain, headers: API_KEY },
  { query: addSmtp, headers: API_KEY },
  { query: recipientToken, headers: API_KEY },
  { query: inbox, headers: RECIPIENT_TOKEN },
  { query: inboxEvents, variables: '{\n  "after": null\n}', headers: RECIPIENT_TOKEN },
  { query: category, headers: API_KEY },
  { query: template, headers: API_KEY },
];
