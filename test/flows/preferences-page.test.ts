import { AxeBuilder } from '@axe-core/playwright';
import { Client } from 'pg';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { launchBrowser } from '../support/chromium.js';

const PUBLIC_URL = 'https://tidings.example';

let app: TestApp;
let browser: Browser;
let sql: Client;

beforeAll(async () => {
  [app, browser] = await Promise.all([startTestApp({ publicUrl: PUBLIC_URL }), launchBrowser()]);
  sql = new Client({ connectionString: app.database.url });
  await sql.connect();
  const { production } = app;
  await production.advertises();
  await production.category('newsletter', {
    name: 'News <b>&"now"</b>',
    class: 'MARKETING',
    channels: ['EMAIL', 'SMS'],
  });
  await production.category('tips', { name: 'Tips', class: 'PRODUCT', channels: ['INBOX', 'EMAIL'] });
  await production.category('sign-in', { name: 'Sign-in codes', class: 'SECURITY', channels: ['SMS', 'EMAIL'] });
  await production.category('terms', { name: 'New terms', class: 'PRODUCT', channels: ['EMAIL'], mandatory: true });
  await sql.query(
    `insert into section (environment_id, key, name, position, created_at, updated_at)
     select id, 'stories', 'Stories', 1, now(), now() from environment where key = 'production'`,
  );
  await sql.query(
    `update category set rules = '{"section": "stories", "description": "Once a week"}' where key = 'newsletter'`,
  );
}, 600_000);

afterAll(async () => {
  await browser.close();
  await sql.end();
  await app[Symbol.asyncDispose]();
});

/** Where the product is in this test, by a link as people get it. */
function here(url: string): string {
  expect(url).toMatch(/^https:\/\/tidings\.example\//);
  return url.replace(PUBLIC_URL, `http://localhost:${app.app.port}`);
}

/** A new person, and the page of preferences as a link leads there. */
async function open(name: string, more: object = {}, options: BrowserContextOptions = {}) {
  await app.production.person(name, { timeZone: 'Europe/Prague', locale: 'en', ...more });
  const { url: told } = await app.production.mutate<{ url: string }>(
    'createPreferencesLink',
    { recipient: { externalId: name } },
    'url expiresAt',
  );
  const url = here(told);
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // Chromium says so of every answer that is no success.
    if (message.type() === 'error' && !message.text().includes('422')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(url).origin)) complaints.push(`outside: ${request.url()}`);
  });
  await page.goto(url);
  return { page, url, complaints };
}

async function axe(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
}

async function profileOf(name: string): Promise<Record<string, unknown>> {
  const { rows } = await sql.query<{ profile: Record<string, unknown> }>(
    'select profile from recipient where external_id = $1',
    [name],
  );
  return rows[0]?.profile ?? {};
}

async function cellsOf(name: string): Promise<string[]> {
  const { rows } = await sql.query<{ cell: string }>(
    `select p.category_key || ' ' || p.channel || ' ' || p.enabled as cell from preference p
     join recipient r on r.id = p.recipient_id where r.external_id = $1 order by 1`,
    [name],
  );
  return rows.map((row) => row.cell);
}

const save = (page: Page) => page.getByRole('button', { name: 'Save' }).click();
const cell = (page: Page, name: string) => page.getByRole('checkbox', { name });

test('a person sees what can be chosen and why the rest cannot, chooses, and finds it kept after a reload', async () => {
  const { page, complaints } = await open('ana');
  expect(await page.title()).toMatch(/^Notification preferences – /);
  await page.getByRole('table', { name: 'Stories' }).getByText('News <b>&"now"</b>').first().waitFor();
  await page.getByText('Once a week').waitFor();
  await page.getByText('Always on: it is about the security of your account.').waitFor();
  await page.getByText('Always on: it is necessary.').waitFor();
  expect(await cell(page, 'Sign-in codes: SMS').isDisabled()).toBe(true);
  expect(await cell(page, 'New terms: E-mail').isDisabled()).toBe(true);
  await axe(page);

  await cell(page, 'News <b>&"now"</b>: E-mail').uncheck();
  await page.getByLabel('From', { exact: true }).fill('22:00');
  await page.getByLabel('To', { exact: true }).fill('07:30');
  await page.getByLabel('Pause until').fill('2099-05-01');
  await save(page);
  await page.getByRole('status').getByText('Your choices are saved.').waitFor();
  await axe(page);
  await page.reload();
  expect(await cell(page, 'News <b>&"now"</b>: E-mail').isChecked()).toBe(false);
  expect(await cell(page, 'News <b>&"now"</b>: SMS').isChecked()).toBe(true);
  expect(await page.getByLabel('Pause until').inputValue()).toBe('2099-05-01');
  expect(await cellsOf('ana')).toEqual(['newsletter EMAIL false']);
  expect(await profileOf('ana')).toEqual({
    quietHours: { start: '22:00', end: '07:30', days: [] },
    // Midnight in Prague, in summer.
    pausedUntil: '2099-04-30T22:00:00.000Z',
  });

  await page.getByLabel('From', { exact: true }).fill('');
  await page.getByLabel('To', { exact: true }).fill('');
  await page.getByLabel('Pause until').fill('');
  await page.getByLabel(/Unsubscribe from everything/).check();
  await save(page);
  await page.getByRole('status').waitFor();
  expect(Object.keys(await profileOf('ana'))).toEqual(['unsubscribedAt']);
  await page.getByLabel(/Unsubscribe from everything/).uncheck();
  await save(page);
  await expect.poll(() => profileOf('ana')).toEqual({});
  expect(complaints).toEqual([]);
}, 60_000);

test('it is all there without JavaScript, in the dark and on a narrow screen', async () => {
  const { page, complaints } = await open(
    'ben',
    {},
    { javaScriptEnabled: false, colorScheme: 'dark', viewport: { width: 320, height: 640 } },
  );
  await cell(page, 'Tips: In the app').uncheck();
  await save(page);
  await page.getByText('Your choices are saved.').waitFor();
  expect(await cell(page, 'Tips: In the app').isChecked()).toBe(false);
  expect(await cellsOf('ben')).toEqual(['tips INBOX false']);
  expect(complaints).toEqual([]);
}, 60_000);

test('dark colours can be read, too', async () => {
  const { page } = await open('cleo', {}, { colorScheme: 'dark' });
  await axe(page);
}, 60_000);

test('mistakes are said in their place, nothing is saved, and what was typed stays', async () => {
  const { page } = await open('dora');
  await cell(page, 'Tips: E-mail').uncheck();
  await page.getByLabel('From', { exact: true }).fill('22:00');
  await page.getByLabel('Pause until').fill('2001-01-01');
  await save(page);
  const alert = page.getByRole('alert');
  await alert.getByText('Give both times of the quiet hours, or none.').waitFor();
  await alert.getByText('The pause must end after today.').waitFor();
  expect(await page.getByLabel('From', { exact: true }).getAttribute('aria-invalid')).toBe('true');
  expect(await page.getByLabel('From', { exact: true }).inputValue()).toBe('22:00');
  expect(await cell(page, 'Tips: E-mail').isChecked()).toBe(false);
  await axe(page);
  expect([await cellsOf('dora'), await profileOf('dora')]).toEqual([[], {}]);
}, 60_000);

test.each([
  ['de', 'Benachrichtigungen einstellen', 'Speichern'],
  ['fr', 'Préférences de notification', 'Enregistrer'],
  ['es', 'Preferencias de notificación', 'Guardar'],
  ['nl', 'Meldingen instellen', 'Opslaan'],
])(
  'the page speaks %s',
  async (locale, title, button) => {
    const { page } = await open(`reads-${locale}`, { locale });
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.getByRole('button', { name: button }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe(locale);
    await axe(page);
  },
  60_000,
);

test('what is locked cannot be switched off by a form of one’s own, nor what a form did not show', async () => {
  const { url } = await open('emil');
  const form = new URLSearchParams([
    ['shown', 'sign-in SMS'],
    ['shown', 'terms EMAIL'],
    ['shown', 'nothing EMAIL'],
    ['shown', 'newsletter SMS'],
  ]);
  const answer = await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `${new URL(url).pathname}?saved`]);
  expect(await cellsOf('emil')).toEqual(['newsletter SMS false']);
});

test('unsubscribing needs no JavaScript, and its pages are accessible', async () => {
  const { development } = app;
  await development.advertises();
  await development.category('newsletter', { name: 'Weekly news', class: 'MARKETING', channels: ['EMAIL'] });
  await development.person('fay', { email: 'fay@example.com', locale: 'en' });
  await sql.query(`update recipient set country = 'US' where external_id = 'fay'`);
  await development.sendAndFinish({ externalId: 'fay' }, 'newsletter');
  const [mail] = await development.outbox('fay@example.com');
  const [, url = ''] = /like this one: (\S+)/.exec(mail?.body ?? '') ?? [];
  const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  const page = await (await browser.newContext()).newPage();
  for (const one of [plain, page]) {
    await one.goto(here(url));
    if (one === page) await axe(page);
    await one.getByRole('button', { name: 'Unsubscribe from “Weekly news”' }).click();
    await one.getByRole('status').getByText('Done: you get no more of “Weekly news” (E-mail).').waitFor();
    if (one === page) await axe(page);
    await one.getByRole('button', { name: 'Subscribe again' }).click();
    await one.getByText('You are subscribed again.').waitFor();
    await one.getByRole('button', { name: 'Unsubscribe from everything' }).click();
    await one.getByRole('status').getByText('Done: you get nothing more that is not necessary.').waitFor();
    await one.getByRole('button', { name: 'Subscribe again' }).click();
    await one.getByText('You are subscribed again.').waitFor();
  }
  await page.goto(here(url).slice(0, -9));
  await page.getByRole('heading', { level: 1, name: 'This link does not work' }).waitFor();
  await axe(page);
}, 60_000);
