import { generateKeyPairSync, sign } from 'node:crypto';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

/** What an integration is told, to believe these callbacks. */
export const WEBHOOK_PUBLIC_KEY = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

export interface SendgridEvent {
  readonly event: string;
  readonly sg_event_id: string;
  readonly tidings_attempt?: string;
  readonly [field: string]: unknown;
}

let count = 0;

/** An event about an attempt, as SendGrid tells it. */
export function told(event: string, attempt: string, more: object = {}): SendgridEvent {
  count += 1;
  const email = 'ana@example.com';
  return { event, email, timestamp: seconds(), sg_event_id: `event-${count}`, tidings_attempt: attempt, ...more };
}

function seconds(): number {
  return Math.floor(new Date(Date.now()).getTime() / 1000);
}

/** Signed as SendGrid signs. */
export function signed(body: string, at = String(seconds())): Record<string, string> {
  const signature = sign('sha256', Buffer.from(at + body), privateKey).toString('base64');
  return {
    'content-type': 'application/json',
    'x-twilio-email-event-webhook-signature': signature,
    'x-twilio-email-event-webhook-timestamp': at,
  };
}
