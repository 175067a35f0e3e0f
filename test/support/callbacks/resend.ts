import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Callback } from '../../../src/providers/callback.js';
import { toCallback, type VendorCallbacks } from '../callback-contract.js';

export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
export const ID = '49a3999c-0ce1-4ea6-ab68-afcd6dc2e794';
/** As Svix signs it: the id is the event's, the same however often it comes. */
export function signed(body: Buffer, at: Date): Callback {
  const id = `msg_${createHash('sha256').update(body).digest('hex').slice(0, 27)}`;
  const headers = {
    'content-type': 'application/json',
    'svix-id': id,
    'svix-timestamp': String(at.getTime() / 1000),
    'svix-signature': `v1,${'A'.repeat(43)}= ${new Webhook(SECRET).sign(id, at, body)}`,
  };
  return toCallback({ body, headers });
}

/** One event as Resend words it. */
export function told(type: string, more: object = {}): string {
  return JSON.stringify({
    type,
    created_at: '2026-03-14T11:59:58.126Z',
    data: {
      created_at: '2026-03-14T11:59:50.894719+00:00',
      email_id: ID,
      from: 'Tidings <hello@example.com>',
      to: ['ana@example.com'],
      subject: 'Your order',
      tags: { tidings_delivery: 'ntf_01k6gf000000000000000000001-0' },
      ...more,
    },
  });
}

const bounce = (type: string, message: string) => ({ bounce: { type, subType: 'General', message } });

/** What Resend posts. */
export const resendCallbacks: VendorCallbacks = {
  channel: 'EMAIL',
  settings: { from: 'hello@example.com' },
  credentials: { apiKey: 're_of_ana', webhookSecret: SECRET },
  name: 'resend',
  signed,
  signsBody: true,
  believedForMs: 5 * 60_000,
  bodies: [
    {
      name: 'a mail on its way',
      body: told('email.sent'),
      events: [
        {
          type: 'email.sent',
          means: 'ACCEPTED',
          at: new Date('2026-03-14T11:59:58.126Z'),
          attemptId: 'ntf_01k6gf000000000000000000001.0',
          providerId: ID,
          address: 'ana@example.com',
          detail: null,
        },
      ],
    },
    { name: 'delivered', body: told('email.delivered'), events: [{ means: 'DELIVERED' }] },
    { name: 'delayed', body: told('email.delivery_delayed'), events: [{ means: 'DEFERRED' }] },
    {
      name: 'a mail that comes back for good',
      body: told('email.bounced', bounce('Permanent', 'no such user')),
      events: [{ means: 'BOUNCED', detail: 'no such user' }],
    },
    {
      name: 'a mail that comes back this once',
      body: told('email.bounced', bounce('Transient', 'mailbox is full')),
      events: [{ means: 'SOFT_BOUNCED', detail: 'mailbox is full' }],
    },
    {
      name: 'a mail that comes back, nobody knows why',
      body: told('email.bounced', bounce('Undetermined', 'unreadable')),
      events: [{ means: 'SOFT_BOUNCED' }],
    },
    { name: 'spam', body: told('email.complained'), events: [{ means: 'COMPLAINED' }] },
    { name: 'opened', body: told('email.opened'), events: [{ means: 'OPENED' }] },
    {
      name: 'clicked',
      body: told('email.clicked', { click: { link: 'https://e.com', timestamp: '2026-03-14T11:59:57Z' } }),
      events: [{ means: 'CLICKED' }],
    },
    {
      name: 'failed',
      body: told('email.failed', { failed: { reason: 'reached_daily_quota' } }),
      events: [{ means: 'REJECTED', detail: 'reached_daily_quota' }],
    },
    {
      name: 'suppressed',
      body: told('email.suppressed', {
        suppressed: { type: 'OnAccountSuppressionList', message: 'it bounced before' },
      }),
      events: [{ means: 'REJECTED', detail: 'it bounced before' }],
    },
    {
      name: 'what is not about a mail',
      body: JSON.stringify({
        type: 'domain.updated',
        created_at: '2026-03-14T11:59:58Z',
        data: { name: 'example.com' },
      }),
      events: [{ type: 'domain.updated', means: null, providerId: null, address: null }],
    },
  ],
};
