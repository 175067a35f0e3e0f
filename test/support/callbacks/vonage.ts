import { createHmac } from 'node:crypto';
import type { Callback } from '../../../src/providers/callback.js';
import { NOON } from '../arbitraries.js';
import { toCallback, type VendorCallbacks } from '../callback-contract.js';

export const SECRETS = { apiKey: 'of-ana', apiSecret: 'hush', signatureSecret: 'signed-by-ana' };
export const SETTINGS = { from: '+15005550006' };

type Pairs = Record<string, string | number>;

/** Signs by the recipe of Vonage's documentation. */
export function sign(pairs: Pairs, at: Date): Pairs {
  const plain = Object.entries(pairs).filter(([, value]) => ['string', 'number'].includes(typeof value));
  const all: Pairs = { ...Object.fromEntries(plain), timestamp: String(Math.floor(at.getTime() / 1000)), nonce: 'ab' };
  const names = Object.keys(all).sort();
  const text = names.map((name) => `&${name}=${String(all[name]).replaceAll('&', '_').replaceAll('=', '_')}`).join('');
  return { ...all, sig: createHmac('sha256', SECRETS.signatureSecret).update(text).digest('hex').toUpperCase() };
}

export function asJson(pairs: Pairs, at = NOON): Callback {
  const headers = { 'content-type': 'application/json' };
  return toCallback({ body: Buffer.from(JSON.stringify(sign(pairs, at))), headers, now: NOON });
}

function signed(body: Buffer, at: Date): Callback {
  let pairs: unknown;
  try {
    pairs = JSON.parse(body.toString('utf8'));
  } catch {
    pairs = null;
  }
  return asJson(typeof pairs === 'object' && pairs !== null ? (pairs as Pairs) : { said: String(pairs) }, at);
}

export const receipt = (status: string, code: string, id = '0C01'): Pairs => ({
  msisdn: '14155550123',
  to: '15005550006',
  'network-code': '310004',
  messageId: id,
  price: '0.0068',
  status,
  'err-code': code,
  'api-key': 'of-ana',
  'client-ref': 'ntf_of-ana.0.1',
  'message-timestamp': '2026-03-14 12:00:00',
});

const incoming = (id: string, text: string): Pairs => ({
  msisdn: '14155550123',
  to: '15005550006',
  messageId: id,
  text,
  type: 'text',
  keyword: 'X',
});

/** What Vonage posts. */
export const vonageCallbacks: VendorCallbacks = {
  channel: 'SMS',
  settings: SETTINGS,
  credentials: SECRETS,
  name: 'vonage',
  signed,
  bodies: [
    {
      name: 'a delivery',
      body: JSON.stringify(receipt('delivered', '0')),
      events: [{ means: 'DELIVERED', attemptId: 'ntf_of-ana.0.1', providerId: '0C01', at: NOON, detail: null }],
    },
    {
      name: 'a phone that is away',
      body: JSON.stringify(receipt('failed', '2')),
      events: [{ means: 'SOFT_BOUNCED', detail: 'error 2' }],
    },
    {
      name: 'a STOP',
      body: JSON.stringify(incoming('0D01', 'Stop')),
      events: [{ means: 'STOPPED', address: '+14155550123', attemptId: null, providerId: null }],
    },
    {
      name: 'what else a person writes',
      body: JSON.stringify(incoming('0D02', 'a=1&b=2')),
      events: [{ means: null, address: '+14155550123', detail: null }],
    },
  ],
  signsBody: true,
  believedForMs: 26 * 3_600_000,
};
