import { createHash } from 'node:crypto';
import type { Callback } from '../../../src/providers/callback.js';
import { toCallback, type VendorCallbacks } from '../callback-contract.js';
import { signedBySns, TOPIC } from '../sns.js';

export const ID = '0102018c2e000000-00000000-0000-0000-0000-000000000000-000000';
export const SECRETS = { accessKeyId: 'AKIDOFANA', secretAccessKey: 'of-ana' };
export const SETTINGS = { from: 'Tidings <hello@example.com>', region: 'eu-west-1', topicArn: TOPIC };
export function posted(message: object): Callback {
  return toCallback({ body: Buffer.from(JSON.stringify(message)), headers: { 'content-type': 'text/plain' } });
}

/** A notification about a body, under an id of that body. */
function signed(body: Buffer, at: Date): Callback {
  const MessageId = createHash('sha256').update(body).digest('hex');
  return posted(signedBySns({ MessageId, Message: body.toString('utf8'), Timestamp: at.toISOString() }));
}

export const MAIL = {
  timestamp: '2026-03-14T11:50:00.000Z',
  messageId: ID,
  destination: ['ana@example.com'],
  tags: { 'ses:operation': ['SendRawEmail'], tidings_attempt: ['ntf_1-0-1'] },
};

function event(name: string, record: object, expected: object) {
  return { name, body: JSON.stringify({ mail: MAIL, ...record }), events: [expected] };
}

const timestamp = '2026-03-14T11:59:30.000Z';

/** What Ses posts. */
export const sesCallbacks: VendorCallbacks = {
  channel: 'EMAIL',
  settings: SETTINGS,
  credentials: SECRETS,
  name: 'ses',
  signed,
  signsBody: true,
  believedForMs: 3_600_000,
  bodies: [
    event(
      'a delivery',
      { eventType: 'Delivery', delivery: { timestamp, smtpResponse: '250 2.6.0 Message received' } },
      {
        type: 'Delivery',
        means: 'DELIVERED',
        at: new Date(timestamp),
        attemptId: 'ntf_1.0.1',
        providerId: ID,
        detail: '250 2.6.0 Message received',
      },
    ),
    event(
      'a message that it took',
      { eventType: 'Send', send: {} },
      { means: 'ACCEPTED', at: new Date(MAIL.timestamp), detail: null },
    ),
    event(
      'a delay',
      { eventType: 'DeliveryDelay', deliveryDelay: { timestamp, delayType: 'MailboxFull' } },
      { means: 'DEFERRED', detail: 'MailboxFull' },
    ),
    event(
      'a bounce for good',
      { eventType: 'Bounce', bounce: { timestamp, bounceType: 'Permanent', bounceSubType: 'General' } },
      { means: 'BOUNCED', detail: 'Permanent: General' },
    ),
    event(
      'a bounce for now',
      { eventType: 'Bounce', bounce: { timestamp, bounceType: 'Transient', bounceSubType: 'MailboxFull' } },
      { means: 'SOFT_BOUNCED' },
    ),
    event(
      'a bounce that nobody understands',
      { eventType: 'Bounce', bounce: { timestamp, bounceType: 'Undetermined' } },
      { means: 'SOFT_BOUNCED' },
    ),
    event(
      'a complaint',
      { eventType: 'Complaint', complaint: { timestamp, complaintFeedbackType: 'abuse' } },
      { means: 'COMPLAINED', detail: 'abuse' },
    ),
    event(
      'a refusal',
      { eventType: 'Reject', reject: { reason: 'Bad content' } },
      { means: 'REJECTED', detail: 'Bad content' },
    ),
    event('a failure of a template', { eventType: 'Rendering Failure', failure: {} }, { means: 'REJECTED' }),
    event('an opening', { eventType: 'Open', open: { timestamp } }, { means: 'OPENED' }),
    event('a click', { eventType: 'Click', click: { timestamp, link: 'https://e.com/1' } }, { means: 'CLICKED' }),
    event('something new', { eventType: 'Subscription' }, { type: 'Subscription', means: null }),
    event(
      'a notification of the identity, with headers',
      {
        notificationType: 'Delivery',
        mail: { ...MAIL, tags: undefined, headers: [null, { name: 'X-Tidings-Attempt', value: 'ntf_2.0.1' }] },
      },
      { means: 'DELIVERED', attemptId: 'ntf_2.0.1' },
    ),
    event(
      'a notification of the identity, without',
      { notificationType: 'Delivery', mail: { messageId: ID, destination: ['ana@example.com'] } },
      { means: 'DELIVERED', attemptId: null, providerId: ID, address: 'ana@example.com' },
    ),
    {
      name: 'a line of text when topic and identity are connected',
      body: 'Successfully validated SNS topic for Amazon SES event publishing.',
      events: [],
    },
  ],
};
