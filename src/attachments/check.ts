import { createHash } from 'node:crypto';
import { userError, type UserError } from '../base/errors.js';

/** A file as it comes from the API: its content in base64, or where it is fetched from. */
export interface AttachmentInput {
  readonly filename: string | null;
  readonly contentType: string | null;
  readonly contentId: string | null;
  readonly content: string | null;
  readonly url: string | null;
}

/** A file that nothing is wrong with at sight. A name or type that is null is learned when it is fetched. */
export type AttachmentSource = {
  readonly contentId: string | null;
} & (
  | { readonly from: 'content'; readonly filename: string; readonly contentType: string; readonly bytes: Buffer }
  | {
      readonly from: 'url';
      readonly filename: string | null;
      readonly contentType: string | null;
      readonly url: string;
    }
);

export const ATTACHMENTS_MAX = 20;
/** Bytes of one file, and of all of a send: what most mail servers take at all. */
export const FILE_MAX = 25_000_000;
export const FILES_MAX = 50_000_000;
export const FILENAME_MAX = 255;
const CONTENT_TYPE_MAX = 255;
export const ANY_TYPE = 'application/octet-stream';

/** Everything that can be said about files without fetching anything. `path` leads to their list. */
export function checkAttachments(
  inputs: readonly AttachmentInput[],
  path: readonly (string | number)[],
): { sources: AttachmentSource[]; problems: UserError[] } {
  const count = inputs.length;
  if (count > ATTACHMENTS_MAX)
    return {
      sources: [],
      problems: [userError(path, 'TOO_MANY_ATTACHMENTS', `${count} attachments given, at most ${ATTACHMENTS_MAX}`)],
    };
  const problems: UserError[] = [];
  const sources = inputs.flatMap((input, index) => checkOne(input, [...path, index], problems));
  inputs.forEach(({ contentId }, index) => {
    if (contentId !== null && inputs.findIndex((other) => other.contentId === contentId) < index)
      problems.push(invalid([...path, index, 'contentId'], 'another attachment of this send has it too'));
  });
  const given = sources.reduce((sum, source) => sum + (source.from === 'content' ? source.bytes.length : 0), 0);
  if (given > FILES_MAX) problems.push(tooLargeTogether(path, given));
  return { sources, problems };
}

export function tooLargeTogether(path: readonly (string | number)[], bytes: number): UserError {
  const message = `the attachments hold ${bytes} bytes together, at most ${FILES_MAX}`;
  return userError(path, 'ATTACHMENT_TOO_LARGE', message);
}

export function tooLarge(path: readonly (string | number)[], said: string): UserError {
  return userError(path, 'ATTACHMENT_TOO_LARGE', `${said}, at most ${FILE_MAX} bytes`);
}

/** What tells one file from another, for the hash of a request. */
export function fingerprint(source: AttachmentSource): Record<string, unknown> {
  const { filename, contentType, contentId } = source;
  const what =
    source.from === 'url' ? { url: source.url } : { sha256: createHash('sha256').update(source.bytes).digest('hex') };
  return { filename, contentType, contentId, ...what };
}

type Path = readonly (string | number)[];

function invalid(path: Path, message: string): UserError {
  return userError(path, 'INVALID_ATTACHMENT', message);
}

function checkOne(input: AttachmentInput, path: Path, problems: UserError[]): AttachmentSource[] {
  const { filename, contentType, contentId, content, url } = input;
  const before = problems.length;
  const refuse = (field: string, message: string | null): void => {
    if (message !== null) problems.push(invalid([...path, field], message));
  };
  refuse('filename', filename === null ? null : filenameProblem(filename));
  if (contentType !== null && !isContentType(contentType))
    refuse('contentType', 'expected a media type like `application/pdf`');
  if (contentId !== null && !CONTENT_ID.test(contentId))
    refuse('contentId', 'expected 1 to 128 letters, digits and any of . _ @ + -');
  if ((content === null) === (url === null)) {
    problems.push(invalid(path, 'expected either `content` or `url`, exactly one of them'));
    return [];
  }
  if (url !== null) {
    refuse('url', urlProblem(url));
    return problems.length > before ? [] : [{ from: 'url', url, filename, contentType, contentId }];
  }
  if (filename === null) refuse('filename', 'expected a name for what is given as `content`');
  const bytes = decode(content ?? '', [...path, 'content'], problems);
  if (bytes === null || filename === null || problems.length > before) return [];
  return [{ from: 'content', filename, contentType: contentType ?? ANY_TYPE, contentId, bytes }];
}

/** What can never be part of a file's name: control characters, line breaks, and marks that turn its end around. */
export const NOT_IN_NAMES = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}/\\]/u;

function filenameProblem(name: string): string | null {
  if (name.trim() === '' || name.length > FILENAME_MAX)
    return `expected 1 to ${FILENAME_MAX} characters, ${name.length} given`;
  if (/^\.+$/.test(name.trim())) return 'expected the name of a file, without folders';
  return NOT_IN_NAMES.test(name) ? 'expected no `/`, no `\\` and no control characters' : null;
}

const TOKEN = "[A-Za-z0-9!#$&^_.+'*%`|~-]+";
/** RFC 6838 §4.2, with parameters as in RFC 9110 §8.3.1. */
const CONTENT_TYPE = new RegExp(
  `^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(?: ?; ?${TOKEN}=(?:${TOKEN}|"[^"\\\\\\p{Cc}]*"))*$`,
  'u',
);

/** A media type of a single file: not `multipart/…`, which is several. */
export function isContentType(text: string): boolean {
  return text.length <= CONTENT_TYPE_MAX && CONTENT_TYPE.test(text) && !/^multipart\//i.test(text);
}

const CONTENT_ID = /^[A-Za-z0-9._@+-]{1,128}$/;

function urlProblem(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'expected an http or https URL';
  return url.username === '' && url.password === '' ? null : 'expected a URL without a user name or password';
}

function decode(text: string, path: Path, problems: UserError[]): Buffer | null {
  const padding = /={0,2}$/.exec(text.slice(-2))?.[0].length ?? 0;
  const digits = text.slice(0, text.length - padding);
  const size = Math.floor((digits.length * 3) / 4);
  if (size > FILE_MAX) {
    problems.push(tooLarge(path, `${size} bytes given`));
    return null;
  }
  if (text.length % 4 !== 0 || /[^A-Za-z0-9+/]/.test(digits)) {
    problems.push(invalid(path, 'expected base64 (RFC 4648 §4) with padding, without line breaks or a `data:` prefix'));
    return null;
  }
  if (size === 0) {
    problems.push(invalid(path, 'expected at least one byte'));
    return null;
  }
  return Buffer.from(text, 'base64');
}
