import { toCallback, type VendorCallbacks } from '../callback-contract.js';

export const ID = 'b7bc2f4a-e38e-4336-af7d-e6c392c2f817';
export const SECRETS = { serverToken: 'of-ana', webhookUser: 'postmark', webhookPassword: 'hush' };
export const FROM = { from: 'Tidings <hello@example.com>', messageStream: 'outbound' };
const METADATA = { tidings_attempt: 'ntf_1.0.1' };
const ABOUT = { MessageID: ID, Metadata: METADATA, Recipient: 'ana@example.com', MessageStream: 'outbound' };
const BOUNCE = { ...ABOUT, RecordType: 'Bounce', BouncedAt: '2026-03-14T11:59:00Z', Email: 'ana@example.com' };
function record(name: string, body: object, expected: object) {
  return { name, body: JSON.stringify(body), events: [expected] };
}

/** What Postmark posts. */
export const postmarkCallbacks: VendorCallbacks = {
  channel: 'EMAIL',
  settings: FROM,
  credentials: SECRETS,
  name: 'postmark',
  signed: (body) =>
    toCallback({
      body,
      headers: { authorization: `Basic ${btoa('postmark:hush')}`, 'content-type': 'application/json' },
    }),
  signsBody: false,
  believedForMs: null,
  bodies: [
    record(
      'a delivery',
      { ...ABOUT, RecordType: 'Delivery', DeliveredAt: '2026-03-14T11:59:30.000-00:00', Details: 'taken' },
      {
        type: 'Delivery',
        means: 'DELIVERED',
        at: new Date('2026-03-14T11:59:30Z'),
        attemptId: 'ntf_1.0.1',
        providerId: ID,
        detail: 'taken',
      },
    ),
    record(
      'a bounce for good',
      { ...BOUNCE, ID: 1, Type: 'HardBounce', Description: 'The server was unable to deliver.' },
      { type: 'HardBounce', means: 'BOUNCED', detail: 'HardBounce: The server was unable to deliver.' },
    ),
    record('an address that is none', { ...BOUNCE, ID: 2, Type: 'BadEmailAddress' }, { means: 'BOUNCED' }),
    record('a bounce for now', { ...BOUNCE, ID: 3, Type: 'SoftBounce' }, { means: 'SOFT_BOUNCED' }),
    record('a delay', { ...BOUNCE, ID: 4, Type: 'Transient' }, { means: 'SOFT_BOUNCED' }),
    record('a block', { ...BOUNCE, ID: 5, Type: 'Blocked' }, { means: 'SOFT_BOUNCED' }),
    record('a policy', { ...BOUNCE, ID: 6, Type: 'DMARCPolicy' }, { means: 'REJECTED' }),
    record('an answer of a machine', { ...BOUNCE, ID: 7, Type: 'AutoResponder' }, { means: null }),
    record('a bounce of a new kind', { ...BOUNCE, ID: 8, Type: 'toString' }, { type: 'toString', means: null }),
    record('a complaint', { ...BOUNCE, ID: 9, RecordType: 'SpamComplaint' }, { means: 'COMPLAINED' }),
    record(
      'somebody who unsubscribes',
      {
        RecordType: 'SubscriptionChange',
        MessageID: '00000000-0000-0000-0000-000000000000',
        ChangedAt: '2026-03-14T11:58:00Z',
        Recipient: 'ana@example.com',
        Origin: 'Recipient',
        SuppressSending: true,
        SuppressionReason: 'ManualSuppression',
        Metadata: {},
      },
      { means: 'UNSUBSCRIBED', attemptId: null, address: 'ana@example.com' },
    ),
    record(
      'somebody who comes back',
      { ...ABOUT, RecordType: 'SubscriptionChange', Origin: 'Recipient', SuppressSending: false },
      { means: null },
    ),
    record(
      'a suppression of an operator',
      {
        ...ABOUT,
        RecordType: 'SubscriptionChange',
        Origin: 'Admin',
        SuppressSending: true,
        SuppressionReason: 'ManualSuppression',
      },
      { means: null },
    ),
    record(
      'an opening',
      { ...ABOUT, RecordType: 'Open', FirstOpen: true, ReceivedAt: '2026-03-14T11:57:00Z' },
      { means: 'OPENED' },
    ),
    record(
      'a click',
      { ...ABOUT, RecordType: 'Click', OriginalLink: 'https://e.com/1', ReceivedAt: '2026-03-14T11:57:00Z' },
      { means: 'CLICKED', detail: null },
    ),
    record(
      'another click at once',
      { ...ABOUT, RecordType: 'Click', OriginalLink: 'https://e.com/2', ReceivedAt: '2026-03-14T11:57:00Z' },
      { means: 'CLICKED' },
    ),
    record('something new', { ...ABOUT, RecordType: '__proto__' }, { type: '__proto__', means: null }),
  ],
};
