import type { Callback } from '../../../src/providers/callback.js';
import { toCallback, type VendorCallbacks } from '../callback-contract.js';

export const TOKEN = 'the-token-of-ana';
export function authorized(body: Buffer, authorization = `Bearer ${TOKEN}`): Callback {
  return toCallback({ body, headers: { 'content-type': 'application/json', authorization } });
}

const ATTEMPT = 'ntf_01k6gf000000000000000000001.0.1';
/** One event as Brevo words it. */
export function told(event: string, more: object = {}): object {
  return {
    event,
    email: 'ana@example.com',
    id: 26224,
    date: '2026-03-14 13:00:00',
    ts: 1773489600,
    'message-id': '<202603141200.5787683@smtp-relay.mailin.fr>',
    ts_event: 1773489600,
    subject: 'Your order',
    'X-Mailin-custom': ATTEMPT,
    sending_ip: '203.0.113.7',
    ts_epoch: 1773489600000,
    ...more,
  };
}

const one = (
  event: string,
  means: 'ACCEPTED' | null | 'OPENED' | 'BOUNCED' | 'REJECTED' | 'COMPLAINED' | 'UNSUBSCRIBED' | 'DELIVERED',
) => ({
  name: event,
  body: JSON.stringify(told(event)),
  events: [{ type: event, means }],
});

/** What Brevo posts. */
export const brevoCallbacks: VendorCallbacks = {
  channel: 'EMAIL',
  settings: { from: 'hello@example.com' },
  credentials: { apiKey: 'xkeysib-of-ana', webhookToken: TOKEN },
  name: 'brevo',
  signed: (body) => authorized(body),
  signsBody: false,
  believedForMs: null,
  bodies: [
    {
      name: 'a mail on its way',
      body: JSON.stringify(told('request')),
      events: [
        {
          type: 'request',
          means: 'ACCEPTED',
          at: new Date('2026-03-14T12:00:00Z'),
          attemptId: ATTEMPT,
          providerId: '202603141200.5787683@smtp-relay.mailin.fr',
          address: 'ana@example.com',
          detail: null,
        },
      ],
    },
    {
      name: 'a mail that waits',
      body: JSON.stringify(told('deferred', { reason: 'spamd is busy' })),
      events: [{ means: 'DEFERRED', detail: 'spamd is busy' }],
    },
    {
      name: 'a mail that comes back this once',
      body: JSON.stringify(told('soft_bounce', { reason: 'mailbox is full' })),
      events: [{ means: 'SOFT_BOUNCED', detail: 'mailbox is full' }],
    },
    {
      name: 'a mail that comes back for good',
      body: JSON.stringify(told('hard_bounce', { reason: 'no such user' })),
      events: [{ means: 'BOUNCED', detail: 'no such user' }],
    },
    one('delivered', 'DELIVERED'),
    one('invalid_email', 'BOUNCED'),
    one('blocked', 'REJECTED'),
    one('error', 'REJECTED'),
    one('spam', 'COMPLAINED'),
    one('unsubscribed', 'UNSUBSCRIBED'),
    one('opened', 'OPENED'),
    one('unique_opened', 'OPENED'),
    one('proxy_open', null),
    one('unique_proxy_open', null),
    one('something_new', null),
    {
      name: 'clicks on two links in the same second, in a batch with what is no event',
      body: JSON.stringify([
        told('click', { link: 'https://example.com/1' }),
        null,
        told('click', { link: 'https://example.com/2', 'X-Mailin-custom': '' }),
      ]),
      events: [{ means: 'CLICKED' }, { means: 'CLICKED', attemptId: null }],
    },
  ],
};
