/** Who gave a kind of data: a service with an API key, the person, a provider that carried something; or we made it. */
export type DataSource = 'SERVICE' | 'PERSON' | 'PROVIDER' | 'TIDINGS';

interface KindOfData {
  /** What it is. */
  readonly what: string;
  readonly sources: readonly DataSource[];
  /** What it is used for. */
  readonly purpose: string;
  /** What erasing makes of it. */
  readonly erasing: string;
}

/** Every kind of personal data that is kept. */
export const PERSONAL_DATA = {
  PROFILE: {
    what: 'your id of the person, name, language, time zone, country, attributes',
    sources: ['SERVICE'],
    purpose: 'to address the person, to choose templates and audiences, to know local time and the law',
    erasing: 'goes; an empty row stays, under an id that says nothing',
  },
  ADDRESSES: {
    what: 'e-mail addresses, phone numbers, tokens of devices, chats',
    sources: ['SERVICE', 'PERSON'],
    purpose: 'to reach the person',
    erasing: 'go',
  },
  PREFERENCES: {
    what: 'categories, channels, quiet hours, caps, absence, objections to sale and use',
    sources: ['SERVICE', 'PERSON'],
    purpose: 'to send only what the person wants, when and where',
    erasing: 'go',
  },
  TOPICS: { what: 'topics', sources: ['SERVICE'], purpose: 'to know who gets what is sent to a topic', erasing: 'go' },
  CONSENTS: {
    what: 'what the person agreed to or took back',
    sources: ['SERVICE', 'PERSON', 'PROVIDER'],
    purpose: 'to advertise only where the law allows it, and to prove it',
    erasing:
      'purpose, channel, state, time, method and wording stay with the empty row; address, source and evidence go',
  },
  NOTIFICATIONS: {
    what: 'what was to reach the person, how it was decided, deliveries, attempts, what providers said, what was seen',
    sources: ['SERVICE', 'PROVIDER', 'PERSON', 'TIDINGS'],
    purpose: 'to deliver, to repeat what failed, to explain what happened',
    erasing:
      'states, times, channels, categories and names of providers stay; addresses, details and ids of providers go',
  },
  CONTENT: {
    what: 'data and words of what was sent, and tags',
    sources: ['SERVICE'],
    purpose: 'to make the message',
    erasing: 'goes, unless others who are still there got the same send',
  },
  INBOX: {
    what: 'items of the inbox, and when they were seen, read, archived',
    sources: ['SERVICE', 'PERSON'],
    purpose: 'to show the inbox',
    erasing: 'goes',
  },
  FILES: { what: 'attachments', sources: ['SERVICE'], purpose: 'to go with a message', erasing: 'go with their send' },
  DIGESTS: {
    what: 'windows in which notifications were gathered',
    sources: ['TIDINGS'],
    purpose: 'to send many in one',
    erasing: 'close; times stay, keys go',
  },
  CAPS: {
    what: 'what counts towards caps and throttles',
    sources: ['TIDINGS'],
    purpose: 'to send no more than the person or the sender wants',
    erasing: 'goes',
  },
  CALLBACKS: {
    what: 'what providers reported of deliveries and addresses',
    sources: ['PROVIDER'],
    purpose: 'to know whether it arrived, and where nothing more may go',
    erasing: 'goes, as soon as it is folded into the ledger',
  },
  SUPPRESSIONS: {
    what: 'addresses that nothing may go to any more',
    sources: ['SERVICE', 'PERSON', 'PROVIDER'],
    purpose: 'to send nothing there',
    erasing: 'the hash stays, so that nothing goes there; address and detail go, unless somebody else has the address',
  },
  WEBHOOK_CALLS: {
    what: 'events for URLs that the operator has subscribed: ids, tags, what became of a notification',
    sources: ['TIDINGS'],
    purpose: 'to tell the operator’s own systems',
    erasing: 'your id of the person, tags, ids of providers and answers go',
  },
  PRESENCE: {
    what: 'open connections',
    sources: ['PERSON'],
    purpose: 'to know whether a toast would be seen',
    erasing: 'goes',
  },
  ANSWERS: {
    what: 'answers kept for idempotency keys, sealed, for 72 hours',
    sources: ['TIDINGS'],
    purpose: 'to answer a repeated call as the first one',
    erasing: 'go',
  },
  ERASURE: {
    what: 'that the person was erased, when, by whom, and how much went; addresses, until it has finished; a salted hash of your id, for an hour or two',
    sources: ['SERVICE'],
    purpose: 'to prove it',
    erasing: 'stays, without addresses and hash',
  },
} as const satisfies Readonly<Record<string, KindOfData>>;

export type PersonalDataKind = keyof typeof PERSONAL_DATA;
export const PERSONAL_DATA_KINDS = Object.keys(PERSONAL_DATA) as PersonalDataKind[];

/** Columns of a table, by what they hold; NONE: nothing of a person but ids of ours, codes, counts and times. */
type Columns = { readonly [Kind in PersonalDataKind | 'NONE']?: string };

/**
 * What every column of the database holds. A table or a column that is not in it fails a test: whoever adds one says here
 * whether it holds anything of a person, and then the report and erasing have to know it.
 */
export const DATA_MAP: Readonly<Record<string, Columns>> = {
  alert: { NONE: 'environment_id id type integration_key detail created_at' },
  api_key: { NONE: 'environment_id id name prefix secret_hash created_at revoked_at' },
  attachment: {
    FILES: 'store_key filename content_type content_id size sha256',
    NONE: 'environment_id id created_at kept_until',
  },
  audience: { NONE: 'environment_id key name rule created_at updated_at' },
  callback: {
    CALLBACKS: 'key attempt_id provider_id address detail',
    NONE: 'environment_id integration_id type means at received_at due_at tries outcome',
  },
  cap_use: { CAPS: 'recipient_id scope notification_id at waits', NONE: 'environment_id' },
  category: {
    NONE: `environment_id key name class mandatory channels lane ack_timeout_ms inbox_copy retry expires_after_ms
      on_ambiguous silence failover rules created_at updated_at`,
  },
  presence_report: {
    PRESENCE: 'recipient_id platform client state since seen_at expires_at',
    NONE: 'environment_id',
  },
  connection: { PRESENCE: 'recipient_id platform connected_at', NONE: 'instance_id id environment_id' },
  consent: {
    CONSENTS: 'recipient_id channel purpose state at method source wording version address actor data',
    NONE: 'environment_id id',
  },
  dead_letter: {
    NOTIFICATIONS: 'error',
    NONE: 'environment_id notification_id lane failures first_failed_at last_failed_at dead_at',
  },
  delivery: {
    NOTIFICATIONS: 'address provider_id',
    NONE: 'environment_id notification_id ordinal channel state reason integration provider updated_at',
  },
  digest: {
    DIGESTS: 'recipient_id key opened_at closes_at latest_at closed_at',
    NONE: 'environment_id id category_key channel notification_id',
  },
  digest_item: { NONE: 'environment_id notification_id digest_id at' },
  endpoint: {
    ADDRESSES: 'recipient_id channel address platform service retired_at retired_reason main created_at',
    NONE: 'environment_id',
  },
  environment: { NONE: 'id key name mode token_secret created_at compliance retention emptied_through' },
  erasure: {
    ERASURE: 'addresses reason subject_hash',
    NONE: 'environment_id id recipient_id actor requested_at finished_at erased through',
  },
  event: { NOTIFICATIONS: 'data', NONE: 'environment_id notification_id seq at type ordinal' },
  idempotency_key: { ANSWERS: 'answer recipient_id', NONE: 'environment_id operation key request_hash created_at' },
  inbox: { INBOX: 'recipient_id unseen unread', NONE: 'environment_id version reset_version' },
  inbox_item: {
    INBOX: `recipient_id title body url data tags actions group_key displayed_at seen_at read_at archived_at pinned_at
      snoozed_until removed_at`,
    NONE: 'environment_id id version added_version category_key toast urgent expires_at created_at',
  },
  instance: { NONE: 'id lock_key lease_until' },
  integration: {
    NONE: `environment_id id key provider channel position enabled settings credentials rate_count rate_period_ms
      concurrency auth_retries classes reports created_at updated_at`,
  },
  integration_call: { NONE: 'environment_id integration_id notification_id lease_until' },
  integration_health: {
    NONE: `environment_id integration_id failures opens open_reason opened_at open_until probe_until paused_until next_slot
      line updated_at`,
  },
  notification: {
    NOTIFICATIONS: 'recipient_id plan delegated_from',
    NONE: 'environment_id id send_id category_key state reason revision wake_at finished_at',
  },
  outbox_message: {
    CONTENT: 'address title body html',
    NONE: 'environment_id id channel provider integration notification_id created_at',
  },
  preference: { PREFERENCES: 'recipient_id category_key channel enabled cadence updated_at', NONE: 'environment_id' },
  preference_default: { NONE: 'environment_id tenant category_key channel enabled cadence updated_at' },
  recipient: {
    PROFILE: 'external_id name locale time_zone country attributes',
    PREFERENCES: 'profile',
    NONE: 'environment_id id created_at updated_at erased_at',
  },
  section: { NONE: 'environment_id key name position created_at updated_at' },
  send: {
    CONTENT: 'data content inbox tags throttle digest_key',
    FILES: 'attachments',
    NONE: `environment_id id category_key template_key template_version channels brand topic_id send_at expires_at
      expanded_through expanded created_at canceled_at content_gone_at tenant audience recipient_count send_window digest_id`,
  },
  sender: { NONE: 'environment_id key address reply_to classes brand created_at updated_at' },
  setting: { NONE: 'key value' },
  simulator_rule: { ADDRESSES: 'address', NONE: 'environment_id behavior delay_ms created_at' },
  suppression: {
    SUPPRESSIONS: 'address_hash address detail reason integration_key channel created_at',
    NONE: 'environment_id',
  },
  template: { NONE: 'environment_id key name published_version draft_version created_at updated_at' },
  template_version: { NONE: 'environment_id template_key number contents created_at published_at' },
  timer: { NONE: 'environment_id notification_id at lane tenant integration_id' },
  topic: { NONE: 'environment_id id key created_at' },
  topic_subscription: { TOPICS: 'topic_id recipient_id created_at', NONE: 'environment_id' },
  webhook_call: {
    WEBHOOK_CALLS: 'payload last_detail',
    NONE: 'environment_id id subscription_id type state tries next_at last_status created_at ended_at',
  },
  webhook_subscription: {
    NONE: `environment_id id key url secret old_secret old_secret_until types enabled disabled_at disabled_reason
      failing_since created_at updated_at`,
  },
};

/** The columns of a declaration. */
export function columnsOf(columns: string): string[] {
  return columns.split(/\s+/).filter((column) => column !== '');
}
