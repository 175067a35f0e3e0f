import { createHash, createHmac } from 'node:crypto';
import { toCallback, type VendorCallbacks } from '../callback-contract.js';

export const ID = '<20260314120000.1.2@mg.example.com>';
export const SECRETS = { apiKey: 'of-ana', webhookSigningKey: 'hush' };
export const SETTINGS = { domain: 'mg.example.com', from: 'Tidings <hello@example.com>', region: 'us' as const };

/** As Mailgun signs: a time, a token, and nothing of the event. */
export function proof(at: Date, token: string) {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac('sha256', 'hush')
    .update(timestamp + token)
    .digest('hex');
  return { timestamp, token, signature };
}

/** What is no object stays as it is, without a proof: there is no place for one. */
function signed(body: Buffer, at: Date) {
  const text = body.toString('utf8').trimEnd();
  const token = createHash('sha256').update(body).digest('hex').slice(0, 50);
  if (!text.startsWith('{') || !text.endsWith('}')) return toCallback({ body });
  // Put in as text, so that whatever else is odd about the body stays so.
  const rest = text.slice(0, -1);
  const more = `"signature":${JSON.stringify(proof(at, token))}}`;
  return toCallback({ body: Buffer.from(`${rest}${rest.trim() === '{' ? '' : ','}${more}`) });
}

export const EVENT = {
  id: 'CCXMjJ7nQi2N3BPigGOdgQ',
  timestamp: Date.parse('2026-03-14T11:59:30.500Z') / 1000,
  recipient: 'ana@example.com',
  message: { headers: { 'message-id': ID.slice(1, -1), subject: 'Your order' } },
  'user-variables': { tidings_attempt: 'ntf_1.0.1' },
};

function event(name: string, data: object, expected: object) {
  return { name, body: JSON.stringify({ 'event-data': { ...EVENT, ...data } }), events: [expected] };
}

/** What Mailgun posts. */
export const mailgunCallbacks: VendorCallbacks = {
  channel: 'EMAIL',
  settings: SETTINGS,
  credentials: SECRETS,
  name: 'mailgun',
  signed,
  signsBody: false,
  believedForMs: 26 * 3_600_000,
  bodies: [
    event(
      'a delivery',
      { event: 'delivered', 'delivery-status': { code: 250, message: 'OK' } },
      {
        type: 'delivered',
        means: 'DELIVERED',
        at: new Date('2026-03-14T11:59:30.500Z'),
        attemptId: 'ntf_1.0.1',
        providerId: ID,
        detail: '250: OK',
      },
    ),
    event('a message that it took', { event: 'accepted' }, { means: 'ACCEPTED', detail: null }),
    event(
      'a bounce for good',
      {
        event: 'failed',
        severity: 'permanent',
        reason: 'bounce',
        'delivery-status': { code: 550, message: '5.1.1 no such account', 'bounce-type': 'hard' },
      },
      { type: 'failed', means: 'BOUNCED', detail: 'bounce: 550: 5.1.1 no such account' },
    ),
    event(
      'an address that bounced before',
      { event: 'failed', severity: 'permanent', reason: 'suppress-bounce', 'delivery-status': { code: 605 } },
      { means: 'BOUNCED' },
    ),
    event(
      'a refusal that is not about the address',
      { event: 'failed', severity: 'permanent', reason: 'generic', 'delivery-status': { 'bounce-type': 'soft' } },
      { means: 'SOFT_BOUNCED' },
    ),
    event('the end of its patience', { event: 'failed', severity: 'permanent', reason: 'old' }, { means: 'REJECTED' }),
    event(
      'somebody who complained before',
      { event: 'failed', severity: 'permanent', reason: 'suppress-complaint' },
      { means: 'REJECTED' },
    ),
    event('a delay', { event: 'failed', severity: 'temporary', reason: 'generic' }, { means: 'DEFERRED' }),
    event('a failure without a word', { event: 'failed' }, { means: null }),
    event('a refusal', { event: 'rejected', reject: { reason: 'Sandbox' } }, { means: 'REJECTED', detail: 'Sandbox' }),
    event('a complaint', { event: 'complained' }, { means: 'COMPLAINED' }),
    event('an unsubscription', { event: 'unsubscribed' }, { means: 'UNSUBSCRIBED' }),
    event('an opening', { event: 'opened', 'client-info': { bot: '' } }, { means: 'OPENED' }),
    event('an opening by a machine', { event: 'opened', 'client-info': { bot: 'apple' } }, { means: null }),
    event('a click', { event: 'clicked', url: 'https://e.com/1' }, { means: 'CLICKED' }),
    event('something new', { event: 'constructor' }, { type: 'constructor', means: null }),
    event(
      'a message that is not ours',
      { event: 'delivered', 'user-variables': [], message: {} },
      { means: 'DELIVERED', attemptId: null, providerId: null, address: 'ana@example.com' },
    ),
  ],
};
