import {
  fieldOf,
  jsonOf,
  textOf,
  timeOf,
  type Callback,
  type CallbackAnswer,
  type ProviderEvent,
  type ReportKind,
} from './callback.js';
import { clip } from './provider.js';
import type { snsReader } from './sns.js';

/** Tags may be of letters, digits, _ and - alone. Our attempts have dots and no dashes, so nothing is lost. */
export function tagOf(attemptId: string): string {
  return attemptId.replaceAll('.', '-');
}

function attemptOf(tag: string): string {
  return tag.replaceAll('-', '.');
}

/** What each type of event means, and under which name it says more. */
const EVENTS = new Map<string, { means: (part: unknown) => ReportKind; part: string; detail: readonly string[] }>([
  ['Send', { means: () => 'ACCEPTED', part: 'send', detail: [] }],
  ['DeliveryDelay', { means: () => 'DEFERRED', part: 'deliveryDelay', detail: ['delayType'] }],
  ['Delivery', { means: () => 'DELIVERED', part: 'delivery', detail: ['smtpResponse'] }],
  ['Bounce', { means: bounce, part: 'bounce', detail: ['bounceType', 'bounceSubType'] }],
  ['Complaint', { means: () => 'COMPLAINED', part: 'complaint', detail: ['complaintFeedbackType'] }],
  ['Reject', { means: () => 'REJECTED', part: 'reject', detail: ['reason'] }],
  ['Rendering Failure', { means: () => 'REJECTED', part: 'failure', detail: ['errorMessage'] }],
  ['Open', { means: () => 'OPENED', part: 'open', detail: [] }],
  ['Click', { means: () => 'CLICKED', part: 'click', detail: [] }],
]);

/** What its events can mean. */
export const SES_REPORTS: readonly ReportKind[] = [
  'ACCEPTED',
  'DEFERRED',
  'DELIVERED',
  'BOUNCED',
  'SOFT_BOUNCED',
  'REJECTED',
  'COMPLAINED',
  'OPENED',
  'CLICKED',
];

/** Permanent is for good; Transient, Undetermined and what else may come is for now. */
function bounce(part: unknown): ReportKind {
  return textOf(part, 'bounceType') === 'Permanent' ? 'BOUNCED' : 'SOFT_BOUNCED';
}

/** Reads an event of SES that came by way of SNS. */
export async function readSes(
  callback: Callback,
  topicArn: string | undefined,
  readSns: ReturnType<typeof snsReader>,
): Promise<CallbackAnswer> {
  const reading = await readSns(callback.body, topicArn, callback.now);
  if (reading.kind === 'answer') return reading.answer;
  const record = jsonOf(Buffer.from(reading.text));
  // Published by a configuration set, or by the identity itself.
  const type = textOf(record, 'eventType') ?? textOf(record, 'notificationType');
  if (type === null) {
    // Amazon writes one line of plain text when the two are connected.
    if (reading.text.startsWith('Successfully validated SNS topic')) return { kind: 'events', events: [] };
    return { kind: 'malformed', detail: 'expected a message with an eventType' };
  }
  return { kind: 'events', events: [eventOf(reading.id, type, record, callback.now)] };
}

function eventOf(id: string, type: string, record: unknown, now: Date): ProviderEvent {
  const known = EVENTS.get(type);
  const part = fieldOf(record, known?.part ?? '');
  const mail = fieldOf(record, 'mail');
  const detail = (known?.detail ?? []).map((name) => textOf(part, name)).filter((text) => text !== null);
  return {
    key: `ses:${clip(id)}`,
    type: clip(type),
    means: known?.means(part) ?? null,
    at: timeOf(fieldOf(part, 'timestamp') ?? fieldOf(mail, 'timestamp'), now),
    attemptId: attemptIn(mail),
    providerId: textOf(mail, 'messageId'),
    address: textOf(mail, 'destination', '0'),
    detail: detail.length === 0 ? null : clip(detail.join(': ')),
  };
}

/** From the tag; an identity’s own notifications have none, but the headers where their owner wants them. */
function attemptIn(mail: unknown): string | null {
  const tag = textOf(mail, 'tags', 'tidings_attempt', '0');
  if (tag !== null) return attemptOf(tag);
  const headers = fieldOf(mail, 'headers');
  if (!Array.isArray(headers)) return null;
  return textOf(
    headers.find((header) => textOf(header, 'name')?.toLowerCase() === 'x-tidings-attempt'),
    'value',
  );
}
