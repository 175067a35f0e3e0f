import { generateKeyPairSync, sign } from 'node:crypto';
import type { Callback } from '../../../src/providers/callback.js';
import { toCallback, type VendorCallbacks } from '../callback-contract.js';

export const KEYS = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const SHOWN = KEYS.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const ATTEMPT = 'ntf_01k6gf000000000000000000001.0.1';
export function signed(body: Buffer, at: Date): Callback {
  const timestamp = String(at.getTime() / 1000);
  const signature = sign('sha256', Buffer.concat([Buffer.from(timestamp), body]), KEYS.privateKey).toString('base64');
  const headers = {
    'content-type': 'application/json',
    'x-twilio-email-event-webhook-signature': signature,
    'x-twilio-email-event-webhook-timestamp': timestamp,
  };
  return toCallback({ body, headers });
}

/** One event as SendGrid words it. */
export function told(event: string, id: string, more: object = {}): object {
  return {
    email: 'ana@example.com',
    timestamp: 1773489600,
    'smtp-id': '<14c5d75ce93.dfd.64b469@ismtpd-555>',
    event,
    category: ['orders'],
    sg_event_id: id,
    sg_message_id: 'sg-1.recvd-6f7c8d9b5-abcde-1-65F2E0B88-7.0',
    tidings_attempt: ATTEMPT,
    ...more,
  };
}

/** What Sendgrid posts. */
export const sendgridCallbacks: VendorCallbacks = {
  channel: 'EMAIL',
  settings: { from: 'hello@example.com' },
  credentials: { apiKey: 'SG.of-ana', webhookPublicKey: SHOWN },
  name: 'sendgrid',
  signed,
  signsBody: true,
  believedForMs: 26 * 3_600_000,
  bodies: [
    {
      name: 'the way of a mail to its reader, in one batch',
      body: JSON.stringify([
        told('processed', 'e1'),
        told('deferred', 'e2', { response: '400 try again later', attempt: '5' }),
        told('delivered', 'e3', { response: '250 OK', tls: 1 }),
        told('open', 'e4', { useragent: 'Mozilla/5.0', ip: '203.0.113.7', sg_machine_open: false }),
        told('click', 'e5', { url: 'https://example.com/1', url_offset: { index: 0, type: 'html' } }),
      ]),
      events: [
        {
          key: 'e1',
          type: 'processed',
          means: 'ACCEPTED',
          at: new Date('2026-03-14T12:00:00Z'),
          attemptId: ATTEMPT,
          providerId: 'sg-1',
          address: 'ana@example.com',
          detail: null,
        },
        { key: 'e2', means: 'DEFERRED', detail: '400 try again later' },
        { key: 'e3', means: 'DELIVERED', detail: '250 OK' },
        { key: 'e4', means: 'OPENED' },
        { key: 'e5', means: 'CLICKED' },
      ],
    },
    {
      name: 'a mail that comes back, for good and for now',
      body: JSON.stringify([
        told('bounce', 'b1', { type: 'bounce', reason: '550 5.1.1 no such user', status: '5.1.1' }),
        told('bounce', 'b2', { type: 'blocked', reason: '554 5.7.1 listed' }),
        told('bounce', 'b3', { type: 'expired', reason: 'unable to deliver for 72 hours' }),
      ]),
      events: [
        { means: 'BOUNCED', detail: '550 5.1.1 no such user' },
        { means: 'SOFT_BOUNCED', detail: '554 5.7.1 listed' },
        { means: 'SOFT_BOUNCED' },
      ],
    },
    {
      name: 'what SendGrid does not even try',
      body: JSON.stringify(
        ['Bounced Address', 'Spam Reporting Address', 'Unsubscribed Address', 'Invalid'].map((reason, n) =>
          told('dropped', `d${n}`, { reason }),
        ),
      ),
      events: ['Bounced Address', 'Spam Reporting Address', 'Unsubscribed Address', 'Invalid'].map((detail) => ({
        means: 'REJECTED' as const,
        detail,
      })),
    },
    {
      name: 'what people do not like',
      body: JSON.stringify([
        told('spamreport', 'p1'),
        told('unsubscribe', 'p2'),
        told('group_unsubscribe', 'p3', { asm_group_id: 10 }),
        told('group_resubscribe', 'p4', { asm_group_id: 10 }),
      ]),
      events: [{ means: 'COMPLAINED' }, { means: 'UNSUBSCRIBED' }, { means: 'UNSUBSCRIBED' }, { means: null }],
    },
    {
      name: 'pictures that a machine fetched are nobody’s opening',
      body: JSON.stringify([told('open', 'm1', { sg_machine_open: true })]),
      events: [{ type: 'open', means: null }],
    },
    {
      name: 'one that is no event does not cost the others',
      body: JSON.stringify([null, 'x', {}, told('delivered', 'g1'), { event: 7 }]),
      events: [
        { key: 'g1', means: 'DELIVERED' },
        { type: '7', means: null, attemptId: null, providerId: null },
      ],
    },
    {
      name: 'one without an id of its own',
      body: JSON.stringify([told('dropped', '', { reason: 'Invalid SMTPAPI header', tidings_attempt: undefined })]),
      events: [{ means: 'REJECTED', attemptId: null }],
    },
  ],
};
