import type { Random } from '../chaos/random.js';

/** Values that code which trusts its input, or Postgres, trips over. */
const HOSTILE: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER + 2, [], {}, [[[]]], [null], { a: { b: {} } }],
  ...['', ' ', '\0', 'a\0b', '\ud800', 'a\udc00b', '\\u0000', '\u2028', '\u202e', 'null', 'NaN', '-Infinity', '1e999'],
  ...["'; drop table callback; --", '{"a":1}', '__proto__', 'constructor', 'toString', '%00', '%ED%A0%80', '${x}'],
  ...['275760-09-13T00:00:00.001Z', '-000001-01-01T00:00:00Z', '2026-13-45', '9'.repeat(16), '9'.repeat(400)],
  ...['x'.repeat(5_000), 'ﷺ'.repeat(200), '😀'.repeat(40), '😀'.repeat(600), `x${'😀'.repeat(600)}`],
];
const KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length', '', '\0', '\ud800'];
/** A text that stands for what cannot be written by way of a value. */
const HERE = '@@here@@';
const MEGABYTE = 1_048_576;

const CHANGES = {
  nothing: 12,
  'flipped bits': 10,
  truncation: 8,
  'hostile value': 24,
  'hostile key': 8,
  'doubled key': 6,
  'other values': 8,
  'wrapped whole': 4,
  'junk bytes': 5,
  'deep nesting': 3,
  'many events': 0.3,
  megabyte: 0.4,
} as const;

export interface FuzzedBody {
  /** What was done to it. */
  readonly change: string;
  readonly body: Buffer;
}

/** A real body of a vendor, changed. The same chance gives the same body. */
export function fuzzedBody(random: Random, body: string): FuzzedBody {
  const change = random.weighted(CHANGES);
  const bytes = CHANGED[change](random, body);
  return { change, body: typeof bytes === 'string' ? Buffer.from(bytes) : bytes };
}

const CHANGED: Readonly<Record<keyof typeof CHANGES, (random: Random, body: string) => string | Buffer>> = {
  nothing: (_random, body) => body,
  'flipped bits': (random, body) => {
    const bytes = Buffer.from(body);
    for (let left = random.between(1, 8); left > 0 && bytes.length > 0; left -= 1) {
      const place = random.between(0, bytes.length - 1);
      bytes[place] = (bytes[place] as number) ^ (1 << random.between(0, 7));
    }
    return bytes;
  },
  truncation: (random, body) => body.slice(0, random.between(0, body.length)),
  'hostile value': (random, body) => placed(random, body, random.pick(HOSTILE)),
  'hostile key': (random, body) => {
    const value = JSON.stringify(random.pick(HOSTILE));
    const key = random.pick(KEYS);
    if (!body.includes('{')) return `${body}&${plain(key)}=${plain(value)}`;
    return within(random, body, `${JSON.stringify(key)}:${value},`);
  },
  'doubled key': (random, body) => {
    const pair = random.pick(body.match(/"[\w-]+":(?:"[^"]*"|[\d.]+)/g) ?? body.match(/\w+=[^&]*/g) ?? ['a=1']);
    return body.includes('{') ? within(random, body, `${pair},`) : `${body}&${pair}&${pair.split('=')[0]}=other`;
  },
  'other values': (random, body) => [1, 2, 3].reduce((so) => placed(random, so, random.pick(HOSTILE)), body),
  'wrapped whole': (random, body) =>
    random.pick([`[${body}]`, `[${body},${body},null,1]`, `{"a":${body}}`, JSON.stringify(body), `\ufeff${body}`]),
  'junk bytes': (random) => Buffer.from(Array.from({ length: random.between(0, 300) }, () => random.between(0, 255))),
  'deep nesting': (random, body) => {
    const depth = random.pick([100, 5_000, 100_000]);
    return placed(random, body, HERE).replace(`"${HERE}"`, '['.repeat(depth) + ']'.repeat(depth));
  },
  'many events': (random, body) => {
    const mark = random.between(0, 1e9);
    const one = body.replace(/^\[/, '').replace(/\]$/, '');
    const all = Array.from({ length: 1_000 }, (_, nth) =>
      one.replaceAll('"sg_event_id":"', `"sg_event_id":"${mark}-${nth}-`),
    );
    return `[${all.join(',')}]`;
  },
  megabyte: (random, body) => {
    const more = random.pick([MEGABYTE / 2, MEGABYTE - 5_000, MEGABYTE - body.length, MEGABYTE, MEGABYTE * 1.2]);
    return placed(random, body, random.pick(['x', '😀', '\0']).repeat(Math.floor(more / 4)));
  },
};

function plain(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** The text behind one of the braces that open an object. */
function within(random: Random, body: string, text: string): string {
  const places = [...body.matchAll(/\{(?=")/g)].map((match) => match.index + 1);
  if (places.length === 0) return body;
  const place = random.pick(places);
  return body.slice(0, place) + text + body.slice(place);
}

/** The body with one of its values replaced; of a form, one of its fields. */
function placed(random: Random, body: string, value: unknown): string {
  let found: unknown;
  try {
    found = JSON.parse(body);
  } catch {
    const fields = body.split('&');
    const text = typeof value === 'string' ? plain(value) : plain(JSON.stringify(value));
    const nth = random.between(0, fields.length - 1);
    return fields.with(nth, `${fields[nth]?.split('=')[0]}=${text}`).join('&');
  }
  const places = placesIn(found, []);
  const path = random.pick(places);
  return path.length === 0 ? JSON.stringify(value) : JSON.stringify(replaced(found, path, value));
}

type Path = readonly (string | number)[];

function placesIn(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.with(Number(key), replaced(value[Number(key)], rest, by));
  const object = value as Record<string, unknown>;
  return { ...object, [key]: replaced(object[key], rest, by) };
}
