import { deflateSync, gzipSync } from 'node:zlib';
import { Random } from '../chaos/random.js';
import type { VendorCallbacks } from '../support/callback-contract.js';
import { fuzzedBody } from './bodies.js';

/** Where the callbacks of a vendor go: one integration that is told the truth as well, one that hears lies alone. */
export interface Target {
  readonly vendor: VendorCallbacks;
  readonly id: string;
  readonly quietId: string;
}

export interface Aim {
  readonly origin: string;
  readonly targets: readonly Target[];
  /** Attempts that proven callbacks may speak of. */
  readonly attempts: readonly string[];
  /** The attempt that only lies speak of, and its address. */
  readonly canary: { readonly attempt: string; readonly address: string };
}

/** One request, and what is known of it. */
export interface Case {
  readonly name: string;
  readonly vendor: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Names and values, one after the other; names may come twice. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** False: whoever answers 2xx believes a forgery. */
  readonly mayPass: boolean;
}

const PROOFS = {
  good: 50,
  none: 10,
  altered: 14,
  'of another body': 9,
  'of another time': 9,
  doubled: 4,
  'at another vendor': 6,
} as const;
type Proof = keyof typeof PROOFS;

const ROUTES = { own: 94, unknown: 3, nonsense: 3 } as const;
const CODINGS = { none: 92, gzip: 3, deflate: 1, 'not gzip': 1, bomb: 0.3, unheard: 1 } as const;
const TYPES = ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'x', ''];
const HOSTS = ['', '[', 'a b', 'x:99999', '%', '[::1', 'tidings.example.com', '\\', 'a@b'];
const NONSENSE = ['x', '%00', '%F0%9F%98%80', 'int_', '..%2f..%2f', 'a'.repeat(4_000), '__proto__', "'%20or%201=1"];
const UNKNOWN_ID = 'int_00000000000000000000000001';
const DAY_MS = 86_400_000;
const BOMB = gzipSync(Buffer.alloc(30_000_000));

/** The case of a number: the same seed and number make the same one. */
export function caseOf(seed: string, nth: number, aim: Aim): Case {
  const random = new Random(`${seed}/${nth}`);
  const target = random.pick(aim.targets);
  const { vendor } = target;
  const wanted = random.weighted(PROOFS);
  const proof = isPossible(wanted, vendor) ? wanted : 'altered';
  const isTrue = proof === 'good' || proof === 'doubled';
  const attempt = isTrue ? random.pick([...aim.attempts, `nonsense-${nth}`]) : aim.canary.attempt;
  const about = isTrue ? `ana-${nth % 50}@example.com` : aim.canary.address;
  const { change, body } = fuzzedBody(
    random,
    named(concerning(random.pick(vendor.bodies).body, attempt, about), random.chance(0.8) ? nth : 0),
  );

  const receiver = receiverOf(random, proof, target, aim);
  const path = pathOf(random, receiver, vendor.query?.(attempt) ?? '');
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  // What a vendor signed for one of our URLs is no proof at another one.
  const signedPath = proof === 'at another vendor' ? path.replace(receiver, target.id) : path;
  const sealed = proven(random, { vendor, proof, body, now, url: `${aim.origin}${signedPath}` });
  const coded = encoded(random, sealed.body);
  const isGet = random.chance(0.04);
  const headers = [...sealed.headers, ...typed(random, sealed.headers, vendor), ...coded.headers, ...host(random, aim)];
  return {
    name: `${vendor.name}, ${change}, proof ${proof}${isGet ? ', GET' : ''}`,
    vendor: vendor.name,
    method: isGet ? 'GET' : 'POST',
    path,
    headers,
    body: isGet ? Buffer.alloc(0) : coded.body,
    mayPass: isTrue && receiver === target.id,
  };
}

function isPossible(proof: Proof, vendor: VendorCallbacks): boolean {
  if (proof === 'of another time') return vendor.believedForMs !== null;
  return proof !== 'of another body' || (vendor.signsBody && hasProofInHeaders(vendor));
}

const IN_BODY: ReadonlySet<string> = new Set(['mailgun', 'vonage', 'ses']);

function hasProofInHeaders({ name }: VendorCallbacks): boolean {
  return !IN_BODY.has(name);
}

/** The body with attempts and people of ours in place of those of the fixture. */
function concerning(body: string, attempt: string, address: string): string {
  return body
    .replaceAll(/ntf_[\w.-]*\w/g, (name) => (name.includes('.') ? attempt : attempt.replaceAll('.', '-')))
    .replaceAll('ana@example.com', address);
}

/** With names of events of its own: what comes under a known one is left out. */
function named(body: string, nth: number): string {
  return body
    .replaceAll(
      /("(?:sg_event_id|MessageID|message-id|event_id|messageId)":"|MessageSid=)/g,
      (start) => `${start}${nth}-`,
    )
    .replaceAll(/"update_id":(\d)/g, (_all, digit: string) => `"update_id":${nth}${digit}`);
}

function receiverOf(random: Random, proof: Proof, target: Target, aim: Aim): string {
  if (proof === 'at another vendor') {
    const others = aim.targets.filter((other) => other.vendor.name !== target.vendor.name);
    return random.pick(others).id;
  }
  if (proof === 'good' || proof === 'doubled') return target.id;
  return random.pick([target.id, target.quietId]);
}

function pathOf(random: Random, receiver: string, query: string): string {
  const route = random.weighted(ROUTES);
  const id = route === 'own' ? receiver : route === 'unknown' ? UNKNOWN_ID : random.pick(NONSENSE);
  return `/webhooks/${id}${random.chance(0.03) ? `${query === '' ? '?' : `${query}&`}%00=%ff&a[b]=__proto__` : query}`;
}

interface Sealed {
  readonly headers: readonly string[];
  readonly body: Buffer;
}

function proven(
  random: Random,
  { vendor, proof, body, now, url }: { vendor: VendorCallbacks; proof: Proof; body: Buffer; now: Date; url: string },
): Sealed {
  const later = (days: number): Date => new Date(now.getTime() + days * DAY_MS);
  switch (proof) {
    case 'none':
      return { headers: [], body };
    case 'of another time':
      return sealed(vendor.signed(body, later(random.pick([-2, -30, 2, 400])), url));
    case 'of another body': {
      const other = vendor.signed(Buffer.concat([body, Buffer.from('&zz=1')]), now, url);
      return { ...sealed(other), body };
    }
    case 'altered':
      return altered(random, sealed(vendor.signed(body, now, url)));
    case 'doubled': {
      const good = sealed(vendor.signed(body, now, url));
      const bad = altered(random, good).headers;
      return { ...good, headers: random.chance(0.5) ? [...good.headers, ...bad] : [...bad, ...good.headers] };
    }
    case 'good':
    case 'at another vendor':
      return sealed(vendor.signed(body, now, url));
    default:
      return proof satisfies never;
  }
}

function sealed({ headers, body }: ReturnType<VendorCallbacks['signed']>): Sealed {
  const proofs = Object.entries(headers).filter(([name]) => name !== 'content-type');
  return { headers: proofs.flatMap(([name, value]) => [name, value ?? '']), body };
}

/** With one header of the proof, or the proof in the body, no longer what it was. */
function altered(random: Random, good: Sealed): Sealed {
  if (good.headers.length === 0) return { headers: [], body: withoutProof(good.body) };
  const nth = random.between(0, good.headers.length / 2 - 1) * 2 + 1;
  // Of several signatures one that fits would do.
  const value = (good.headers[nth] as string).split(' ').at(-1) as string;
  const place = random.between(0, value.length - 1);
  const changed = value.slice(0, place) + other(value[place] ?? '') + value.slice(place + 1);
  const bad = random.pick(['', 'x', `${value}x`, value.slice(0, -2), changed, 'x'.repeat(7_000)]);
  return { ...good, headers: good.headers.with(nth, bad) };
}

function other(character: string): string {
  return character.toLowerCase() === 'q' ? '7' : 'q';
}

function withoutProof(body: Buffer): Buffer {
  // As bytes: what is no UTF-8 stays what it is.
  const text = body.toString('latin1');
  const changed = text.replaceAll(
    /"(signature|sig|Signature)":"(.)/g,
    (_all, name: string, first: string) => `"${name}":"${other(first)}`,
  );
  return Buffer.from(changed, 'latin1');
}

function typed(random: Random, proofs: readonly string[], vendor: VendorCallbacks): string[] {
  const own = vendor.name === 'vonage' || proofs.length === 0 ? 'application/json' : 'application/octet-stream';
  const type = random.chance(0.85) ? own : random.pick(TYPES);
  return type === '' ? [] : ['content-type', type];
}

function encoded(random: Random, body: Buffer): { headers: string[]; body: Buffer } {
  const coding = random.weighted(CODINGS);
  switch (coding) {
    case 'none':
      return { headers: [], body };
    case 'gzip':
      return { headers: ['content-encoding', 'gzip'], body: gzipSync(body) };
    case 'deflate':
      return { headers: ['content-encoding', 'deflate'], body: deflateSync(body) };
    case 'not gzip':
      return { headers: ['content-encoding', 'gzip'], body };
    case 'bomb':
      return { headers: ['content-encoding', 'gzip'], body: BOMB };
    case 'unheard':
      return { headers: ['content-encoding', random.pick(['zstd', 'x', '', 'gzip, gzip'])], body };
    default:
      return coding satisfies never;
  }
}

function host(random: Random, aim: Aim): string[] {
  return ['host', random.chance(0.03) ? random.pick(HOSTS) : new URL(aim.origin).host];
}
