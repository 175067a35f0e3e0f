import { createHash } from 'node:crypto';
import {
  basicMatches,
  fieldOf,
  forged,
  jsonOf,
  textOf,
  timeOf,
  type Callback,
  type CallbackAnswer,
  type ReportKind,
} from './callback.js';
import type { PostmarkCredentials } from './postmark.js';
import { clip } from './provider.js';

/** Types of Postmark’s bounces (postmarkapp.com/developer/api/bounce-api#bounce-types); the others are no fate of a delivery. */
const BOUNCES = new Map<string, ReportKind>([
  ['HardBounce', 'BOUNCED'],
  ['BadEmailAddress', 'BOUNCED'],
  ['Transient', 'SOFT_BOUNCED'],
  ['SoftBounce', 'SOFT_BOUNCED'],
  ['DnsError', 'SOFT_BOUNCED'],
  ['Blocked', 'SOFT_BOUNCED'],
  ['SpamNotification', 'SOFT_BOUNCED'],
  ['Undeliverable', 'SOFT_BOUNCED'],
  ['Unknown', 'SOFT_BOUNCED'],
  ['VirusNotification', 'REJECTED'],
  ['DMARCPolicy', 'REJECTED'],
  ['ManuallyDeactivated', 'REJECTED'],
  ['Unconfirmed', 'REJECTED'],
  ['SMTPApiError', 'REJECTED'],
  ['TemplateRenderingFailed', 'REJECTED'],
  ['SpamComplaint', 'COMPLAINED'],
  ['Unsubscribe', 'UNSUBSCRIBED'],
]);

/** What a suppression is about; ours or an operator’s own by hand is no word of the person. */
function suppressed(record: unknown): ReportKind | null {
  if (fieldOf(record, 'SuppressSending') !== true) return null;
  const reason = textOf(record, 'SuppressionReason');
  if (reason === 'HardBounce') return 'BOUNCED';
  if (reason === 'SpamComplaint') return 'COMPLAINED';
  return reason === 'ManualSuppression' && textOf(record, 'Origin') === 'Recipient' ? 'UNSUBSCRIBED' : null;
}

/** What each kind of record means, and which of its fields say when and what about. */
const RECORDS = new Map<
  string,
  { means: (record: unknown) => ReportKind | null; at: string; detail: readonly string[] }
>([
  ['Delivery', { means: () => 'DELIVERED', at: 'DeliveredAt', detail: ['Details'] }],
  [
    'Bounce',
    {
      means: (record) => BOUNCES.get(textOf(record, 'Type') ?? '') ?? null,
      at: 'BouncedAt',
      detail: ['Type', 'Description'],
    },
  ],
  ['SpamComplaint', { means: () => 'COMPLAINED', at: 'BouncedAt', detail: ['Description'] }],
  ['SubscriptionChange', { means: suppressed, at: 'ChangedAt', detail: ['SuppressionReason', 'Origin'] }],
  ['Open', { means: () => 'OPENED', at: 'ReceivedAt', detail: [] }],
  ['Click', { means: () => 'CLICKED', at: 'ReceivedAt', detail: [] }],
]);

/** Meanings that a record can have. */
export const POSTMARK_REPORTS: readonly ReportKind[] = [
  'DELIVERED',
  'BOUNCED',
  'SOFT_BOUNCED',
  'REJECTED',
  'COMPLAINED',
  'UNSUBSCRIBED',
  'OPENED',
  'CLICKED',
];

/** Fields that tell one record from another; a repetition has them all the same. */
const IDENTITY = [
  'MessageID',
  'ID',
  'Recipient',
  'DeliveredAt',
  'BouncedAt',
  'ChangedAt',
  'ReceivedAt',
  'SuppressSending',
  'OriginalLink',
  'ClickLocation',
];

/** Reads a webhook of Postmark: it signs nothing, so a password that both know is all the proof there is. */
export function readPostmark(callback: Callback, secrets: PostmarkCredentials): CallbackAnswer {
  const { webhookUser: user, webhookPassword: password } = secrets;
  if (user === undefined || password === undefined)
    return forged('no webhookUser and webhookPassword are set to know Postmark by');
  if (!basicMatches(callback.headers['authorization'], user, password)) return forged('wrong user or password');
  const record = jsonOf(callback.body);
  const type = textOf(record, 'RecordType');
  if (type === null) return { kind: 'malformed', detail: 'expected a record with a RecordType' };
  const known = RECORDS.get(type);
  const attemptId = textOf(record, 'Metadata', 'tidings_attempt');
  const detail = (known?.detail ?? []).map((field) => textOf(record, field)).filter((text) => text !== null);
  return {
    kind: 'events',
    events: [
      {
        key: keyOf(type, record),
        type: clip(type === 'Bounce' ? (textOf(record, 'Type') ?? type) : type),
        means: known?.means(record) ?? null,
        at: timeOf(fieldOf(record, known?.at ?? ''), callback.now),
        attemptId,
        providerId: textOf(record, 'MessageID'),
        address: textOf(record, 'Recipient') ?? textOf(record, 'Email'),
        detail: detail.length === 0 ? null : clip(detail.join(': ')),
      },
    ],
  };
}

/** Most records have no id of their own. */
function keyOf(type: string, record: unknown): string {
  const identity = IDENTITY.map((name) => fieldOf(record, name) ?? null);
  const digest = createHash('sha256')
    .update(JSON.stringify([type, identity]))
    .digest('hex');
  return `postmark:${digest.slice(0, 40)}`;
}
