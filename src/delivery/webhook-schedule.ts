import { plus } from '../base/clock.js';
import { errorCode, type HttpReply } from '../base/http-exchange.js';
import { messageOf } from '../base/errors.js';
import { clip, retryAfter } from '../providers/provider.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How long after each failure a call is made again: docs/webhooks.md promises it. After the last one it has failed. */
export const WEBHOOK_DELAYS_MS = [5_000, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR] as const;
/** A receiver answers within this, or it has failed. */
export const WEBHOOK_DEADLINE_MS = 15_000;
/** A subscription that has failed for so long without a success between is switched off. */
export const WEBHOOK_PATIENCE_MS = 5 * 24 * HOUR;

/** What a receiver's answer means. */
export interface Verdict {
  readonly state: 'DONE' | 'WAITING' | 'FAILED';
  /** WAITING alone: when to call again. */
  readonly nextAt: Date | null;
  readonly status: number | null;
  readonly detail: string | null;
  /** It wants nothing of this subscription any more. */
  readonly gone: boolean;
}

/** @param tries calls begun so far, this one with them */
export function verdictOf(reply: Pick<HttpReply, 'status' | 'headers' | 'text'>, tries: number, now: Date): Verdict {
  const { status, headers, text } = reply;
  const said = plain(text);
  if (status >= 200 && status < 300) return { state: 'DONE', nextAt: null, status, detail: null, gone: false };
  if (status === 410) return { state: 'FAILED', nextAt: null, status, detail: said, gone: true };
  const isRedirect = status >= 300 && status < 400;
  const detail = isRedirect ? 'a redirect; they are not followed: subscribe the URL that it leads to' : said;
  const asked = status === 429 || status === 503 ? retryAfter(headers['retry-after'], now) : null;
  return { ...again(tries, now, asked), status, detail, gone: false };
}

/**
 * What it means that no answer came.
 *
 * @param error what broke the call; null: the deadline came before the answer
 */
export function verdictOfError(error: unknown, tries: number, now: Date): Verdict {
  const text = error === null ? `no answer within ${WEBHOOK_DEADLINE_MS / 1000} s` : messageOf(error);
  const code = error === null ? 'TIMEOUT' : errorCode(error);
  const detail = plain(code === null || text.includes(code) ? text : `${code}: ${text}`);
  return { ...again(tries, now, null), status: null, detail, gone: false };
}

function again(tries: number, now: Date, asked: Date | null): Pick<Verdict, 'state' | 'nextAt'> {
  const delay = WEBHOOK_DELAYS_MS[tries - 1];
  if (delay === undefined) return { state: 'FAILED', nextAt: null };
  const planned = plus(now, delay);
  return { state: 'WAITING', nextAt: asked && asked > planned ? asked : planned };
}

function plain(text: string): string | null {
  const clean = clip(text.replaceAll('\0', '').trim());
  return clean === '' ? null : clean;
}
