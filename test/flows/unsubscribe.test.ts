import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';
import { SmtpSink, type SunkMail } from '../support/smtp-sink.js';

const PUBLIC_URL = 'https://tidings.example';

let app: TestApp;
let sink: SmtpSink;
let sql: Client;

beforeAll(async () => {
  app = await startTestApp({ publicUrl: PUBLIC_URL });
  sink = await SmtpSink.start();
  sql = new Client({ connectionString: app.database.url });
  await sql.connect();
  const { production } = app;
  await production.advertises();
  await production.integration('mail', 'smtp', sink.settings, { credentials: {} });
  await production.category('newsletter', { name: 'Weekly news', class: 'MARKETING', channels: ['EMAIL'] });
  await production.category('growth', { name: 'Tips', class: 'MARKETING', channels: ['EMAIL'] });
  await production.category('product', { class: 'PRODUCT', channels: ['EMAIL'] });
  await production.category('notices', { class: 'PRODUCT', channels: ['EMAIL'], mandatory: true });
  await production.category('receipts', { class: 'TRANSACTIONAL', channels: ['EMAIL'] });
});

afterAll(async () => {
  await sql.end();
  await sink[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

/** A person whom advertising may reach. */
async function person(name: string, more: object = {}): Promise<{ externalId: string }> {
  await app.production.person(name, { email: `${name}@example.com`, ...more });
  await sql.query(`update recipient set country = 'US' where external_id = $1`, [name]);
  return { externalId: name };
}

const send = (to: object, category: string) => app.production.sendAndFinish(to, category);

/** The newest mail to somebody. */
async function mailTo(name: string, count: number): Promise<SunkMail> {
  const mails = await until(() => {
    const found = sink.to(`${name}@example.com`);
    return found.length >= count && found;
  }, `mail ${count} to ${name}`);
  return mails.at(-1) as SunkMail;
}

function headerOf(mail: SunkMail, name: string): string | null {
  const head = mail.source.split('\r\n\r\n')[0]?.replace(/\r\n[ \t]+/g, ' ') ?? '';
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1] ?? null;
}

/** Where the product is in this test, by a link as it stands in mail. */
function here(url: string): string {
  expect(url).toMatch(/^https:\/\/tidings\.example\/unsubscribe\/[\w.-]+$/);
  return url.replace(PUBLIC_URL, `http://127.0.0.1:${app.app.port}`);
}

const oneClickOf = (mail: SunkMail): string => here(headerOf(mail, 'List-Unsubscribe')?.slice(1, -1) ?? '');

const post = (url: string, fields: Record<string, string>) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });

const ONE_CLICK = { 'List-Unsubscribe': 'One-Click' };

async function stored(name: string): Promise<object> {
  const { rows } = await sql.query<{ state: object }>(
    `select jsonb_build_object('profile', r.profile, 'at', r.updated_at,
       'cells', (select jsonb_agg(p order by p.category_key) from preference p where p.recipient_id = r.id)) as state
     from recipient r where r.external_id = $1`,
    [name],
  );
  return rows[0]?.state ?? {};
}

function reasonOf(notification: { plan: { steps: { reason: string }[] } }): string | undefined {
  return notification.plan.steps[0]?.reason;
}

test('commercial mail tells how to get no more, in headers and in words; what one has to get does not', async () => {
  const ana = await person('ana', { locale: 'de-CH' });
  await send(ana, 'newsletter');
  const mail = await mailTo('ana', 1);
  expect(headerOf(mail, 'List-Unsubscribe')).toMatch(/^<https:\/\/tidings\.example\/unsubscribe\/[\w.-]+>$/);
  expect(headerOf(mail, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
  const text = mail.source.replace(/=\r\n/g, '');
  expect(text).toContain('E-Mails dieser Art abbestellen: https://tidings.example/unsubscribe/');
  expect(text).toContain('Alle Werbung und Neuigkeiten abbestellen: https://tidings.example/unsubscribe/');
  await send(ana, 'product');
  const product = await mailTo('ana', 2);
  expect(headerOf(product, 'List-Unsubscribe')).not.toBeNull();
  expect(product.source).not.toContain('abbestellen');
  await send(ana, 'receipts');
  expect(headerOf(await mailTo('ana', 3), 'List-Unsubscribe')).toBeNull();
  await send(ana, 'notices');
  expect(headerOf(await mailTo('ana', 4), 'List-Unsubscribe')).toBeNull();
});

test('a thousand looks of a bot change nothing', async () => {
  const ben = await person('ben');
  await send(ben, 'newsletter');
  const url = oneClickOf(await mailTo('ben', 1));
  const before = await stored('ben');
  for (let round = 0; round < 20; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, nth) => fetch(url, { method: nth % 5 === 0 ? 'HEAD' : 'GET' })),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    await Promise.all(answers.map((answer) => answer.text()));
  }
  expect(await stored('ben')).toEqual(before);
  expect((await send(ben, 'newsletter')).state).toBe('COMPLETED');
});

test('one click of a mail client stops the newsletter, at once and on record; other messages still arrive', async () => {
  const cleo = await person('cleo');
  const { id } = await send(cleo, 'newsletter');
  const url = oneClickOf(await mailTo('cleo', 1));
  const answer = await post(url, ONE_CLICK);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('set-cookie')).toBeNull();
  expect(await answer.text()).toContain('Done: you get no more of “Weekly news” (E-mail).');
  const stopped = await send(cleo, 'newsletter');
  expect([stopped.state, reasonOf(stopped)]).toEqual(['SUPPRESSED', 'CATEGORY_OPT_OUT']);
  expect((await send(cleo, 'growth')).state).toBe('COMPLETED');
  const { timeline } = await app.production.notification(id);
  const recorded = timeline.filter((entry) => entry.type === 'delivery.unsubscribed');
  expect(recorded).toMatchObject([{ channel: 'EMAIL', detail: 'by the link in it: category newsletter' }]);

  const before = await stored('cleo');
  expect((await post(url, ONE_CLICK)).status).toBe(200);
  expect(await stored('cleo')).toEqual(before);
  const again = await app.production.notification(id);
  expect(again.timeline.filter((entry) => entry.type === 'delivery.unsubscribed')).toHaveLength(1);
});

test('mail clients may post multipart, and broken or empty bodies mean what the link means', async () => {
  const bodies: [string, RequestInit][] = [
    [
      'dora',
      {
        body: Object.entries(ONE_CLICK).reduce((form, [name, value]) => (form.set(name, value), form), new FormData()),
      },
    ],
    ['emil', {}],
    ['fay', { body: 'what?', headers: { 'content-type': 'multipart/form-data; boundary=none' } }],
  ];
  for (const [name, request] of bodies) {
    const to = await person(name);
    await send(to, 'newsletter');
    expect((await fetch(oneClickOf(await mailTo(name, 1)), { method: 'POST', ...request })).status).toBe(200);
    expect(reasonOf(await send(to, 'newsletter'))).toBe('CATEGORY_OPT_OUT');
  }
});

test('the link in words ends all marketing with one confirmation, and that can be undone', async () => {
  const gil = await person('gil');
  await send(gil, 'newsletter');
  const text = (await mailTo('gil', 1)).source.replace(/=\r\n/g, '');
  const [, url = ''] = /all marketing and news: (\S+)/.exec(text) ?? [];
  const asked = await (await fetch(here(url))).text();
  expect(asked).toContain('Unsubscribe from everything</button>');
  const done = await post(here(url), { choice: 'all' });
  expect(await done.text()).toContain('Done: you get nothing more that is not necessary.');
  for (const category of ['newsletter', 'growth', 'product']) {
    const stopped = await send(gil, category);
    expect([category, stopped.state, stopped.timeline.at(-1)?.reason]).toEqual([
      category,
      'SUPPRESSED',
      'UNSUBSCRIBED',
    ]);
  }
  expect((await send(gil, 'receipts')).state).toBe('COMPLETED');
  const since = await stored('gil');
  expect(since).toMatchObject({ profile: { unsubscribedAt: expect.stringMatching(/^20\d\d-/) as string } });
  await post(here(url), { choice: 'all' });
  expect(await stored('gil')).toEqual(since);

  expect(await (await post(here(url), { choice: 'all-again' })).text()).toContain('You are subscribed again.');
  expect((await send(gil, 'growth')).state).toBe('COMPLETED');
});

test('the link of a category can end everything too, and each can be undone', async () => {
  const hal = await person('hal');
  await send(hal, 'newsletter');
  const url = oneClickOf(await mailTo('hal', 1));
  await post(url, { choice: 'category' });
  expect(await (await fetch(url)).text()).toContain('Subscribe again');
  await post(url, { choice: 'category-again' });
  expect((await send(hal, 'newsletter')).state).toBe('COMPLETED');
  await post(url, { choice: 'all' });
  expect((await send(hal, 'growth')).state).toBe('SUPPRESSED');
  await post(url, { choice: 'all-again' });
  expect((await send(hal, 'growth')).state).toBe('COMPLETED');
});

test('what was accepted before the click and goes after it does not go', async () => {
  const ida = await person('ida');
  await send(ida, 'newsletter');
  const url = oneClickOf(await mailTo('ida', 1));
  const { rows } = await sql.query<{ at: Date }>('select now() as at');
  const later = new Date((rows[0]?.at.getTime() ?? 0) + 4_000).toISOString();
  const { notificationIds } = await app.production.send([ida], 'newsletter', { sendAt: later });
  await post(url, ONE_CLICK);
  const held = await app.production.finished(notificationIds[0] as string);
  expect([held.state, reasonOf(held)]).toEqual(['SUPPRESSED', 'CATEGORY_OPT_OUT']);
});

test('what is no link of ours is 404, in the language that the browser asks for', async () => {
  const at = `http://127.0.0.1:${app.app.port}`;
  const { url } = await app.production.mutate<{ url: string }>(
    'createPreferencesLink',
    { recipient: await person('jo') },
    'url expiresAt',
  );
  for (const token of ['x', 'a.b.c', new URL(url).pathname.split('/')[2], await app.production.token('jo')])
    for (const method of ['GET', 'POST']) {
      const answer = await fetch(`${at}/unsubscribe/${token}`, { method, headers: { 'accept-language': 'nl-BE,en' } });
      expect([token, answer.status]).toEqual([token, 404]);
      expect(await answer.text()).toContain('<html lang="nl" dir="ltr">');
    }
});

test('no link opens the API', async () => {
  const kim = await person('kim');
  await send(kim, 'newsletter');
  const { url } = await app.production.mutate<{ url: string }>(
    'createPreferencesLink',
    { recipient: kim, expiresIn: 'PT10M' },
    'url expiresAt',
  );
  for (const link of [url, oneClickOf(await mailTo('kim', 1))]) {
    const authorization = `Bearer ${new URL(link).pathname.split('/')[2]}`;
    const answer = await app.production.raw({ query: '{ preferences { rules { enabled } } }' }, { authorization });
    expect(answer.errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
  }
});

test('without a public address mail has no link that leads nowhere', async () => {
  await using plain = await startTestApp();
  await plain.production.advertises();
  await plain.production.integration('mail', 'smtp', sink.settings, { credentials: {} });
  await plain.production.category('newsletter', { class: 'MARKETING', channels: ['EMAIL'] });
  await plain.production.person('lea', { email: 'lea@example.com' });
  const own = new Client({ connectionString: plain.database.url });
  await own.connect();
  await own.query(`update recipient set country = 'US'`);
  await own.end();
  await plain.production.sendAndFinish({ externalId: 'lea' }, 'newsletter');
  const mail = await mailTo('lea', 1);
  expect(headerOf(mail, 'List-Unsubscribe')).toBeNull();
  expect(mail.source).not.toContain('/unsubscribe/');
});
