import {
  forged,
  hmac,
  FRESH_WITH_RETRIES_MS,
  isFresh,
  jsonOf,
  sameSecret,
  timeOf,
  type Callback,
  type CallbackAnswer,
  type ProviderEvent,
  type ReportKind,
} from './callback.js';
import { wishOf } from './stop-words.js';

const STATUSES: Readonly<Record<string, ReportKind>> = {
  delivered: 'DELIVERED',
  accepted: 'ACCEPTED',
  buffered: 'DEFERRED',
};

/** Words for "it did not arrive"; why, says `err-code`. */
const FAILED = new Set(['failed', 'rejected', 'expired', 'undeliverable']);

/** Why it did not (api.support.vonage.com, "SMS delivery error codes"); what is not here was given up. */
const FAILURES: Readonly<Record<string, ReportKind>> = {
  /** Nobody says why: mostly the carrier's own trouble, which passes. */
  1: 'SOFT_BOUNCED',
  2: 'SOFT_BOUNCED',
  /** Out of use; barred for good; no such number. */
  3: 'BOUNCED',
  4: 'BOUNCED',
  7: 'SOFT_BOUNCED',
  8: 'SOFT_BOUNCED',
  12: 'BOUNCED',
  99: 'SOFT_BOUNCED',
};

type Parameters = ReadonlyMap<string, string>;

/** Proves and reads a delivery receipt, or a message that a person wrote: by GET, form or JSON, as the account is set up. */
export function readVonage(callback: Callback, secret: string | undefined): CallbackAnswer {
  if (secret === undefined) return forged('the integration has no signatureSecret');
  const all = parametersOf(callback);
  const sig = all.get('sig');
  if (sig === undefined) return forged('no sig');
  if (!sameSecret(sig.toUpperCase(), signature(all, secret))) return forged('sig does not fit the parameters');
  if (!isFresh(all.get('timestamp'), callback.now, FRESH_WITH_RETRIES_MS)) return forged('an old timestamp');

  const id = all.get('messageId');
  if (!id) return { kind: 'malformed', detail: 'no messageId' };
  const at = timeOf(all.get('timestamp'), callback.now);
  const status = all.get('status');
  if (status) return { kind: 'events', events: [receipt(id, status, at, all)] };
  if (!all.get('msisdn')) return { kind: 'malformed', detail: 'neither a status nor a message' };
  return { kind: 'events', events: [incoming(id, at, all)] };
}

function parametersOf({ method, url, headers, body }: Callback): Parameters {
  if (method === 'GET') return new Map(new URL(url).searchParams);
  if (!/json/i.test(headers['content-type'] ?? '')) return new Map(new URLSearchParams(body.toString('utf8')));
  const found = jsonOf(body);
  const pairs = typeof found === 'object' && found !== null ? Object.entries(found) : [];
  // What is neither a text nor a number is no parameter of Vonage's, and nobody reads it.
  return new Map(
    pairs.flatMap(([name, value]: [string, unknown]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    ),
  );
}

/** Of all parameters but itself, in the order of their names; `&` and `=` in values count as `_`. */
function signature(all: Parameters, secret: string): string {
  const text = [...all]
    .filter(([name]) => name !== 'sig')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `&${name}=${value.replace(/[&=]/g, '_')}`);
  return hmac('sha256', secret, text, 'hex').toUpperCase();
}

function receipt(id: string, status: string, at: Date, all: Parameters): ProviderEvent {
  const code = all.get('err-code') ?? '';
  // It expired because the phone was away: the number may be as good as ever.
  const failure = FAILURES[code] ?? (status === 'expired' ? 'SOFT_BOUNCED' : 'REJECTED');
  return {
    key: `${id}:${status}:${code}`,
    type: status,
    means: FAILED.has(status) ? failure : (STATUSES[status] ?? null),
    at,
    attemptId: all.get('client-ref') || null,
    providerId: id,
    address: null,
    detail: code === '' || code === '0' ? null : `error ${code}`,
  };
}

function incoming(id: string, at: Date, all: Parameters): ProviderEvent {
  return {
    key: `${id}:incoming`,
    type: 'incoming',
    means: wishOf(all.get('text') ?? ''),
    at,
    attemptId: null,
    providerId: null,
    address: `+${all.get('msisdn')}`,
    detail: null,
  };
}
