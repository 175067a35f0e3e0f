import type { Egress } from '../base/egress.js';
import { messageOf } from '../base/errors.js';
import { AnswerTooLarge, exchange, type HttpReply } from '../base/http-exchange.js';
import { ANY_TYPE, FILE_MAX, FILENAME_MAX, isContentType, NOT_IN_NAMES } from './check.js';

/** All of one fetch, redirects and the body included. */
export const FETCH_MS = 10_000;
const REDIRECTS_MAX = 3;
const NAMELESS = 'attachment';

export interface FetchedFile {
  readonly bytes: Buffer;
  /** As the server names it, made harmless. */
  readonly filename: string;
  readonly contentType: string;
}

/** Why there is no file; `large`: there is one, of more bytes than may be. */
export class FetchFailed extends Error {
  override readonly name = 'FetchFailed';
  constructor(
    message: string,
    readonly large: boolean = false,
  ) {
    super(message);
  }
}

/**
 * Fetches a file that a caller named, under guard at every step of the way. Throws FetchFailed with a sentence for the
 * caller: whatever the server is or does.
 */
export async function fetchFile(url: string, egress: Egress, limitMs: number = FETCH_MS): Promise<FetchedFile> {
  const signal = AbortSignal.timeout(limitMs);
  let at = url;
  for (let redirects = 0; ; redirects += 1) {
    const reply = await get(at, egress, signal, limitMs);
    const next = redirectOf(reply, at);
    if (next === null) return read(reply, at);
    if (redirects === REDIRECTS_MAX) throw new FetchFailed(`more than ${REDIRECTS_MAX} redirects`);
    at = next;
  }
}

async function get(url: string, egress: Egress, signal: AbortSignal, limitMs: number): Promise<HttpReply> {
  const headers = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'Tidings' };
  try {
    return await exchange(url, { method: 'GET', headers, body: '', egress, maxBytes: FILE_MAX }, signal);
  } catch (error) {
    if (error instanceof AnswerTooLarge) throw new FetchFailed('the file is larger', true);
    throw new FetchFailed(signal.aborted ? `no file within ${limitMs / 1000} s` : messageOf(error));
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function redirectOf({ status, headers }: HttpReply, from: string): string | null {
  if (!REDIRECTS.has(status)) return null;
  const { location } = headers;
  if (location === undefined || !URL.canParse(location, from)) throw new FetchFailed('a redirect to nowhere');
  const to = new URL(location, from);
  if (from.toLowerCase().startsWith('https:') && to.protocol === 'http:')
    throw new FetchFailed('a redirect from https to http is not followed');
  return to.toString();
}

function read(reply: HttpReply, url: string): FetchedFile {
  const { status, headers, bytes } = reply;
  if (status !== 200) throw new FetchFailed(`the server answered ${status}, expected 200`);
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new FetchFailed(`the server sent it as ${encoding}, which nobody asked for`);
  if (bytes.length === 0) throw new FetchFailed('the file is empty');
  const type = headers['content-type']?.trim();
  return {
    bytes,
    contentType: type !== undefined && isContentType(type) ? type : ANY_TYPE,
    filename: harmless(namedIn(headers['content-disposition'] ?? '') ?? lastPart(url)),
  };
}

/** The name in a Content-Disposition (RFC 6266): `filename*` before `filename`; null for none or nonsense. */
export function namedIn(disposition: string): string | null {
  const encoded = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition)?.[1];
  if (encoded !== undefined) {
    const name = decoded(encoded);
    if (name !== null) return name;
  }
  const [, quoted, bare] = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition) ?? [];
  // Node reads headers as Latin-1; servers write UTF-8.
  const name = quoted?.replace(/\\(.)/g, '$1') ?? bare;
  if (name === undefined) return null;
  const utf8 = Buffer.from(name, 'latin1').toString('utf8');
  return utf8.includes('\ufffd') ? name : utf8;
}

function lastPart(url: string): string {
  const part = new URL(url).pathname.split('/').at(-1) ?? '';
  return decoded(part) ?? part;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** A name that can be a file's on any system: its last part, without what is never part of one. */
export function harmless(name: string): string {
  const last = name.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const clean = last.replaceAll(new RegExp(NOT_IN_NAMES, 'gu'), '').trim();
  if (/^\.*$/.test(clean)) return NAMELESS;
  if (clean.length <= FILENAME_MAX) return clean;
  // The end says what kind of file it is.
  const end = /\.[^.]{1,16}$/.exec(clean)?.[0] ?? '';
  return `${clean.slice(0, FILENAME_MAX - end.length).toWellFormed()}${end}`;
}
