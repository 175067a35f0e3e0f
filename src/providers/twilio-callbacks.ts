import {
  forged,
  hmac,
  sameSecret,
  type Callback,
  type CallbackAnswer,
  type ProviderEvent,
  type ReportKind,
} from './callback.js';
import { wishOf } from './stop-words.js';

/** What Twilio's words for the state of a message mean; the rest is kept and says nothing new. */
const STATUSES: Readonly<Record<string, ReportKind>> = {
  queued: 'ACCEPTED',
  sent: 'ACCEPTED',
  delivered: 'DELIVERED',
  read: 'READ',
  canceled: 'REJECTED',
};

/** Why a message was `failed` or `undelivered` (twilio.com/docs/api/errors); what is not here was given up. */
const FAILURES: Readonly<Record<string, ReportKind>> = {
  /** Twilio's own queue ran over. */
  30001: 'SOFT_BOUNCED',
  /** The phone is off or out of reach. */
  30003: 'SOFT_BOUNCED',
  30004: 'REJECTED',
  /** No such number; a landline. */
  30005: 'BOUNCED',
  30006: 'BOUNCED',
  /** Filtered by the carrier. */
  30007: 'REJECTED',
  /** The carrier does not say why: mostly an outage of its own that passes. */
  30008: 'SOFT_BOUNCED',
  30017: 'SOFT_BOUNCED',
  30022: 'SOFT_BOUNCED',
  /** Nobody on WhatsApp. */
  63003: 'GONE',
  63024: 'GONE',
  63010: 'SOFT_BOUNCED',
  63012: 'SOFT_BOUNCED',
  63018: 'SOFT_BOUNCED',
};

/** What to do about it, where that is not to be guessed. */
const HINTS: Readonly<Record<string, string>> = {
  63016: 'outside the 24 hours after the person wrote WhatsApp takes templates alone: set contentSid to one',
};

/** Twilio reads an answer as instructions; this one says: nothing. */
const NOTHING = { contentType: 'text/xml', body: '<?xml version="1.0" encoding="UTF-8"?><Response/>' };

/** Proves and reads a callback about a message, or a message that a person wrote. */
export function readTwilio(callback: Callback, authToken: string): CallbackAnswer {
  // Where its console says GET, everything stands in the URL.
  const sent = new URLSearchParams(callback.method === 'GET' ? '' : callback.body.toString('utf8'));
  const signature = callback.headers['x-twilio-signature'];
  if (signature === undefined) return forged('no X-Twilio-Signature');
  const signed = signedPart(sent);
  const proven = spellings(callback.url).some((url) =>
    sameSecret(signature, hmac('sha1', authToken, [url, signed], 'base64')),
  );
  if (!proven) return forged('X-Twilio-Signature does not fit the URL and the body');

  const query = new URL(callback.url).searchParams;
  const form = callback.method === 'GET' ? query : sent;
  const sid = form.get('MessageSid');
  if (!sid) return { kind: 'malformed', detail: 'no MessageSid' };
  const event = form.get('MessageStatus')
    ? statusEvent(sid, form, query.get('attempt'), callback.now)
    : incomingEvent(sid, form, callback.now);
  if (event === null) return { kind: 'malformed', detail: 'neither a MessageStatus nor a message' };
  return { kind: 'events', events: [event], reply: NOTHING };
}

/** Names and values in the order of names, nothing between them; several values of a name once each, in order. */
function signedPart(form: URLSearchParams): string {
  const names = [...new Set(form.keys())].sort();
  return names.flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value)).join('');
}

/** Twilio signs the URL with the scheme's own port or without, as it likes. */
function spellings(url: string): string[] {
  const [, scheme, host, rest] = /^(https?:\/\/)(\[[^\]]*\]|[^/?#:]*)(?::\d*)?(.*)$/is.exec(url) ?? [];
  if (scheme === undefined) return [url];
  const port = scheme.toLowerCase() === 'https://' ? 443 : 80;
  return [url, `${scheme}${host}${rest}`, `${scheme}${host}:${port}${rest}`];
}

function statusEvent(sid: string, form: URLSearchParams, attemptId: string | null, now: Date): ProviderEvent {
  const status = form.get('MessageStatus') as string;
  const code = form.get('ErrorCode');
  const failed = status === 'failed' || status === 'undelivered';
  const means = failed ? (FAILURES[code ?? ''] ?? 'REJECTED') : (STATUSES[status] ?? null);
  return {
    key: `${sid}:${status}:${code ?? ''}`,
    type: status,
    means,
    at: now,
    attemptId: attemptId === '' ? null : attemptId,
    providerId: sid,
    address: means === 'GONE' ? phoneOf(form.get('To')) : null,
    detail: code ? [`error ${code}`, HINTS[code] ?? []].flat().join(': ') : null,
  };
}

function incomingEvent(sid: string, form: URLSearchParams, now: Date): ProviderEvent | null {
  const body = form.get('Body');
  const from = phoneOf(form.get('From'));
  if (body === null || from === null) return null;
  // What Twilio's own reading of opt-outs says comes first: an account may have other words than ours.
  const said = form.get('OptOutType');
  const means = said === 'STOP' ? 'STOPPED' : said === 'START' ? 'STARTED' : wishOf(body);
  return {
    key: `${sid}:incoming`,
    type: said ? `incoming ${said}` : 'incoming',
    means,
    at: now,
    attemptId: null,
    providerId: null,
    address: from,
    detail: null,
  };
}

/** WhatsApp's numbers come as `whatsapp:+…`. */
function phoneOf(address: string | null): string | null {
  const phone = address?.replace(/^whatsapp:/, '') ?? '';
  return phone === '' ? null : phone;
}
