import { createHash, randomBytes } from 'node:crypto';

/** Crockford base32, lower case: no i, l, o, u, so an id survives being read aloud. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** What an API id begins with, by the kind of thing it names. */
export const ID_PREFIXES = {
  send: 'snd',
  notification: 'ntf',
  delivery: 'dlv',
  recipient: 'rcp',
  integration: 'int',
  inboxItem: 'itm',
  environment: 'env',
  apiKey: 'key',
  topic: 'top',
  outbox: 'out',
  alert: 'alt',
  attachment: 'att',
  webhookSubscription: 'whs',
  webhookCall: 'whc',
  consent: 'cns',
  erasure: 'ers',
} as const;
export type IdKind = keyof typeof ID_PREFIXES;

/** Random bytes are drawn for many ids at once: a call to the generator costs more than an id. */
const POOL_BYTES = 4_096;
let pool = Buffer.alloc(0);
let drawn = 0;

function randomTail(): Buffer {
  if (drawn + 16 > pool.length) {
    pool = randomBytes(POOL_BYTES);
    drawn = 0;
  }
  drawn += 16;
  return Buffer.from(pool.subarray(drawn - 16, drawn));
}

let lastMs = 0;
let sequence = 0;

/**
 * A UUIDv7 (RFC 9562): 48 bits of milliseconds, then a counter that grows within a millisecond, so that ids made by one
 * process sort in the order they were made. Made here, because Postgres has `uuidv7()` only from 18 on.
 */
export function uuidv7(now: Date): string {
  const ms = now.getTime();
  if (ms === lastMs) sequence += 1;
  else {
    lastMs = ms;
    sequence = randomBytes(2).readUInt16BE() >>> 3;
  }
  const bytes = randomTail();
  bytes.writeUIntBE(ms, 0, 6);
  // 12 bits rand_a then 6 bits of rand_b carry the counter: 2^18 ids a millisecond before it wraps.
  bytes[6] = 0x70 | ((sequence >>> 14) & 0x0f);
  bytes[7] = (sequence >>> 6) & 0xff;
  bytes[8] = 0x80 | (sequence & 0x3f);
  return dashed(bytes.toString('hex'));
}

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A UUIDv7 of the same millisecond that follows from another one and a word: made again, it is the same. */
export function derivedId(uuid: string, word: string): string {
  const bytes = createHash('sha256').update(`${uuid} ${word}`).digest().subarray(0, 16);
  bytes.write(uuid.replaceAll('-', '').slice(0, 12), 0, 'hex');
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return dashed(bytes.toString('hex'));
}

/** The least UUIDv7 of an instant: the lower bound of everything made at or after it. */
export function uuidv7Floor(at: Date): string {
  const hex = Math.max(0, at.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`;
}

/** `ntf_` + 26 characters: the id that callers see. */
export function encodeId(kind: IdKind, uuid: string): string {
  let value = BigInt(`0x${uuid.replaceAll('-', '')}`);
  let text = '';
  for (let i = 0; i < 26; i += 1) {
    text = ALPHABET[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return `${ID_PREFIXES[kind]}_${text}`;
}

/** The UUID behind an API id, or null for anything that is not an id of this kind (so it answers as missing). */
export function decodeId(kind: IdKind, id: string): string | null {
  const prefix = `${ID_PREFIXES[kind]}_`;
  if (!id.startsWith(prefix) || id.length !== prefix.length + 26) return null;
  let value = 0n;
  for (const character of id.slice(prefix.length)) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return null;
    value = (value << 5n) | BigInt(digit);
  }
  if (value >> 128n !== 0n) return null;
  const hex = value.toString(16).padStart(32, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
