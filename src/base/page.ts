import { AppError } from './errors.js';

/** A slice of a list read by keyset: `after` is the key of the last row seen. */
export interface PageRequest {
  readonly first: number;
  readonly after: string | null;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

export const MAX_PAGE = 100;

/** Opaque cursor of a sort key, bound to the list it came from. */
export function encodeCursor(list: string, key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url');
}

/** What a part of a sort key can be, so that a forged one is refused here and never reaches the database. */
const PARTS = {
  uuid: (part: string | number) => typeof part === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(part),
  /** An integer as Postgres keeps them. */
  integer: (part: string | number) => Number.isInteger(part) && Math.abs(Number(part)) < 2 ** 31,
  /** Epoch milliseconds, up to the year 9999. */
  instant: (part: string | number) => Number.isInteger(part) && Math.abs(Number(part)) <= 253_402_300_799_999,
  /** One of our closed sets of words, like a channel. */
  word: (part: string | number) => typeof part === 'string' && /^[A-Z_]{1,40}$/.test(part),
  /** A SHA-256 in hex. */
  hash: (part: string | number) => typeof part === 'string' && /^[0-9a-f]{64}$/.test(part),
};
export type CursorPart = keyof typeof PARTS;

/**
 * The sort key in a cursor. Throws BAD_USER_INPUT for anything that `encodeCursor` did not make for this list.
 *
 * @param shape what the key consists of, or how many parts of any kind it has
 */
export function decodeCursor(list: string, cursor: string, shape: number | readonly CursorPart[]): (string | number)[] {
  const refuse = (): never => {
    throw new AppError(
      'BAD_USER_INPUT',
      `after: "${cursor.slice(0, 40)}" is no cursor of this list; pass the endCursor of an earlier page`,
    );
  };
  const size = typeof shape === 'number' ? shape : shape.length;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return refuse();
  }
  if (!Array.isArray(value) || value.length !== size + 1 || value[0] !== list) return refuse();
  const key = value.slice(1);
  if (!key.every((part) => typeof part === 'string' || typeof part === 'number')) return refuse();
  if (encodeCursor(list, key) !== cursor) return refuse();
  if (typeof shape !== 'number' && !shape.every((kind, index) => PARTS[kind](key[index] as string | number)))
    return refuse();
  return key;
}

/** Checks `first`. Throws BAD_USER_INPUT outside 1 … 100. */
export function checkFirst(first: number): number {
  if (!Number.isInteger(first) || first < 1 || first > MAX_PAGE)
    throw new AppError('BAD_USER_INPUT', `first: ${first} given, expected 1 to ${MAX_PAGE}`);
  return first;
}

/** A page out of rows that were read with `limit first + 1`. */
export function toPage<Row>(rows: readonly Row[], request: PageRequest): Page<Row> {
  return {
    rows: rows.slice(0, request.first),
    hasNextPage: rows.length > request.first,
    hasPreviousPage: request.after !== null,
  };
}
