import * as fc from 'fast-check';
import { decodeJwt } from 'jose';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { instant, plus, type Clock } from '../../src/base/clock.js';
import { secretBox } from '../../src/base/secret-box.js';
import { Links, type Link, type Mailing } from '../../src/recipients/links.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';

const START = instant('2030-01-01T00:00:00.400Z');
const MINUTE = 60_000;
const SECRETS = secretBox('a key for tests alone');

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase(fresh.url, 4);
});

afterAll(async () => {
  await database.close();
  await fresh[Symbol.asyncDispose]();
});

function linksAt(clock: Clock = { now: () => START }): Links {
  return new Links({ db: database.db, secrets: SECRETS, clock, base: () => 'https://tidings.example' });
}

const mailing = (more: Partial<Mailing> = {}): Mailing => ({
  environmentId: ENVIRONMENT,
  recipientId: randomUUID(),
  category: 'newsletter',
  channel: 'EMAIL',
  address: 'Ana@example.com',
  notificationId: randomUUID(),
  ordinal: 0,
  createdAt: START,
  ...more,
});
const ENVIRONMENT = randomUUID();
const tokenOf = (url: string): string => new URL(url).pathname.split('/')[2] as string;

test('any link to unsubscribe says what went into it, fits into a line of mail, and is the same each time', async () => {
  const links = linksAt();
  const anyMailing = fc.record({
    recipientId: fc.uuid(),
    category: fc.option(fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/)),
    address: fc.emailAddress(),
    notificationId: fc.uuid(),
    ordinal: fc.nat(30),
  });
  await fc.assert(
    fc.asyncProperty(anyMailing, async (said) => {
      const one = mailing(said);
      const url = await links.unsubscribe(one);
      expect(await links.unsubscribe(one)).toBe(url);
      // SMTP takes 998 characters (RFC 5322 §2.1.1), besides the header's name.
      expect(url.length).toBeLessThan(600);
      expect(url).toMatch(/^https:\/\/tidings\.example\/unsubscribe\/[\w.-]+$/);
      const link = (await linksAt().read('unsubscribe', tokenOf(url))) as Link;
      const { recipientId, category, notificationId, ordinal } = one;
      expect(link).toMatchObject({ environmentId: ENVIRONMENT, recipientId, category, channel: 'EMAIL' });
      expect(link.delivery).toEqual({ notificationId, ordinal });
      expect(link.addressHash).toHaveLength(22);
    }),
    { numRuns: 50 },
  );
});

test('a link to unsubscribe works ten years later; the address itself is not in it', async () => {
  const url = await linksAt().unsubscribe(mailing());
  const late = linksAt({ now: () => instant('2040-01-01T00:00:00Z') });
  expect(await late.read('unsubscribe', tokenOf(url))).toMatchObject({ category: 'newsletter' });
  expect(JSON.stringify(decodeJwt(tokenOf(url))).toLowerCase()).not.toContain('ana');
});

test('a link to preferences works until its end, and then says that it has ended', async () => {
  let now = START;
  const links = linksAt({ now: () => now });
  const recipientId = randomUUID();
  const { url, expiresAt } = await links.preferences({ environmentId: ENVIRONMENT, recipientId }, 10 * MINUTE);
  expect(expiresAt).toEqual(instant('2030-01-01T00:10:00Z'));
  now = plus(expiresAt, -1000);
  expect(await links.read('preferences', tokenOf(url))).toMatchObject({ recipientId, category: null, delivery: null });
  now = expiresAt;
  expect(await links.read('preferences', tokenOf(url))).toBe('EXPIRED');
});

test('a link is good for its own purpose and environment alone', async () => {
  const links = linksAt();
  const token = tokenOf(await links.unsubscribe(mailing()));
  expect(await links.read('preferences', token)).toBe('INVALID');
  const other = randomUUID();
  await links.prepare(other);
  const header = tokenOf(await links.unsubscribe(mailing({ environmentId: other }))).split('.')[0];
  expect(await links.read('unsubscribe', [header, ...token.split('.').slice(1)].join('.'))).toBe('INVALID');
});

test('nothing but what was signed is read, and forged environments leave nothing behind', async () => {
  const links = linksAt();
  const token = tokenOf(await links.unsubscribe(mailing()));
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`;
  const forged = tokenOf(
    await new Links({
      db: database.db,
      secrets: SECRETS,
      clock: { now: () => START },
      base: () => 'https://tidings.example',
    }).unsubscribe(mailing()),
  ).replace(/^[^.]+/, Buffer.from(`{"alg":"HS256","kid":"${'A'.repeat(22)}"}`).toString('base64url'));
  for (const bad of ['', '.', 'a.b.c', unsigned, forged, token.slice(0, -4), 'x'.repeat(5_000), 'Ω'])
    expect(await links.read('unsubscribe', bad)).toBe('INVALID');
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...Array.from('AZaz09_-.')), async (at, letter) => {
      const changed = token.slice(0, at) + letter + token.slice(at + 1);
      const [, , signature = ''] = token.split('.');
      // The last letter of a signature has bits that mean nothing.
      fc.pre(changed !== token && (at < token.length - 1 || signature === ''));
      expect(await links.read('unsubscribe', changed)).toBe('INVALID');
    }),
  );
  const { rows } = await database.orm.em
    .fork()
    .execute<{ key: string }[]>(`select key from setting where key like '%AAAA%' or key like '%0000-0000%'`)
    .then((found) => ({ rows: found }));
  expect(rows).toEqual([]);
});

test('processes that sign for the first time at once agree on one secret', async () => {
  const environmentId = randomUUID();
  const both = [linksAt(), linksAt()];
  const urls = await Promise.all(
    both.map((links) => links.unsubscribe(mailing({ environmentId, recipientId: A, notificationId: A }))),
  );
  expect(urls[0]).toBe(urls[1]);
});
const A = randomUUID();
