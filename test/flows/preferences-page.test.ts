import { AxeBuilder } from '@axe-core/playwright';
import { Client } from 'pg';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';
import { launchBrowser } from '../support/chromium.js';
import type { Gateway } from '../support/gateway.js';

const PUBLIC_URL = 'https://tidings.example';
const NEWS = 'News <b>&"now"</b>';

let app: TestApp;
let browser: Browser;
let sql: Client;

beforeAll(async () => {
  [app, browser] = await Promise.all([startTestApp({ publicUrl: PUBLIC_URL }), launchBrowser()]);
  sql = new Client({ connectionString: app.database.url });
  await sql.connect();
  const { production } = app;
  await production.advertises({
    termsUrl: 'https://example.com/terms',
    privacyUrl: 'https://example.com/privacy',
  });
  await production.category('newsletter', {
    name: NEWS,
    class: 'MARKETING',
    channels: ['EMAIL', 'SMS'],
  });
  await production.category('tips', { name: 'Tips', class: 'PRODUCT', channels: ['INBOX', 'EMAIL'] });
  await production.category('sign-in', { name: 'Sign-in codes', class: 'SECURITY', channels: ['SMS', 'EMAIL'] });
  await production.category('orders', { name: 'Orders', class: 'TRANSACTIONAL', channels: ['EMAIL', 'SMS', 'SLACK'] });
  await production.category('invoices', { name: 'Invoices', channels: ['EMAIL', 'SMS'], choosableChannels: ['SMS'] });
  await production.category('status', { name: 'Status', channels: ['EMAIL'], choosableChannels: [] });
  await production.category('comments', {
    name: 'Comments',
    channels: ['EMAIL'],
    choosableChannels: ['EMAIL', 'MOBILE_PUSH'],
    choosableCadences: ['INSTANT', 'DAILY'],
  });
  await production.category('offers', {
    name: 'Offers',
    class: 'MARKETING',
    channels: ['EMAIL'],
    choosableChannels: [],
  });
  await production.category('deals', {
    ...{ name: 'Deals', class: 'MARKETING', channels: ['EMAIL', 'SLACK'] },
    ...{ description: 'What is cheap', expected: 'One a week' },
  });
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
async function open(
  name: string,
  more: object = {},
  options: BrowserContextOptions = {},
  gateway: Gateway = app.production,
) {
  await gateway.person(name, { timeZone: 'Europe/Prague', locale: 'en', ...more });
  const { url: told } = await gateway.mutate<{ url: string }>(
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
    `select concat_ws(' ', p.category_key, p.channel, coalesce(p.enabled::text, 'null'), p.cadence) as cell from preference p
     join recipient r on r.id = p.recipient_id where r.external_id = $1 order by 1`,
    [name],
  );
  return rows.map((row) => row.cell);
}

const save = (page: Page) => page.getByRole('button', { name: 'Save' }).click();
/** One category, or one of the groups below. */
const group = (page: Page, name: string) => page.getByRole('group', { name, exact: true });
const tick = (page: Page, category: string, channel: string) =>
  group(page, category).getByRole('checkbox', { name: channel });
const often = (page: Page, category: string, channel: string) =>
  group(page, category).getByLabel(`${channel}: how often`);
const more = (page: Page, category: string) => group(page, category).getByText('More choices');

/** A day so far from today, as a field of a date takes it. */
const inDays = (days: number): string => new Date(Date.now() + days * 24 * 3_600_000).toISOString().slice(0, 10);

test('a person sees what can be chosen and why the rest cannot, chooses, and finds it kept after a reload', async () => {
  const { page, complaints } = await open('ana');
  expect(await page.title()).toBe('Notification preferences – Production');
  const stories = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Stories' }) });
  await stories.getByRole('group', { name: NEWS }).waitFor();
  await group(page, NEWS).getByText('Once a week').first().waitFor();
  const locked = (name: string) => page.locator('.locked').filter({ has: page.getByRole('heading', { name }) });
  expect(await locked('Sign-in codes').innerText()).toMatch(/is about the security of your account[^]*SMS · E-mail/);
  expect(await locked('New terms').innerText()).toContain('Always on: it is necessary.');
  expect(await locked('Status').innerText()).toContain('This cannot be changed here.');
  expect(await page.locator('.locked').locator('input, select').count()).toBe(0);
  // A law wants the phone itself to agree.
  expect(await tick(page, NEWS, 'SMS').isDisabled()).toBe(true);
  await group(page, NEWS).getByText('only after you answered YES to our text message').waitFor();
  // Part of it: the operator leaves the choice of SMS alone.
  expect(await tick(page, 'Invoices', 'E-mail').isDisabled()).toBe(true);
  expect(await group(page, 'Invoices').innerText()).toContain('cannot be changed');
  await axe(page);

  await page.getByLabel('Digests').check();
  await tick(page, NEWS, 'E-mail').uncheck();
  await often(page, 'Tips', 'E-mail').selectOption('Once a week');
  await more(page, 'Orders').click();
  await group(page, 'Orders').getByLabel('Reach me first by').selectOption('SMS');
  await group(page, 'Orders').getByLabel('Pause until').fill(inDays(7));
  await group(page, 'Channels').getByRole('checkbox', { name: 'Slack' }).uncheck();
  await page.getByLabel('From', { exact: true }).fill('22:00');
  await page.getByLabel('To', { exact: true }).fill('07:30');
  await group(page, 'Pause').getByLabel('Pause until').fill(inDays(30));
  await save(page);
  await page.getByRole('status').getByText('Your choices are saved.').waitFor();
  expect(await page.title()).toBe('Saved – Notification preferences – Production');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('told');
  await page.getByText('Everything is paused until').waitFor();
  await axe(page);
  await page.reload();
  expect(await page.getByLabel('Digests').isChecked()).toBe(true);
  expect(await tick(page, NEWS, 'E-mail').isChecked()).toBe(false);
  expect(await tick(page, NEWS, 'SMS').isChecked()).toBe(false);
  expect(await often(page, 'Tips', 'E-mail').inputValue()).toBe('WEEKLY');
  expect(await group(page, 'Orders').getByLabel('Reach me first by').inputValue()).toBe('SMS');
  expect(await group(page, 'Orders').getByLabel('Pause until').inputValue()).toBe(inDays(7));
  expect(await group(page, 'Channels').getByRole('checkbox', { name: 'Slack' }).isChecked()).toBe(false);
  expect(await group(page, 'Pause').getByLabel('Pause until').inputValue()).toBe(inDays(30));
  expect(await cellsOf('ana')).toEqual(['newsletter EMAIL false', 'tips EMAIL null WEEKLY']);
  const midnight = expect.stringMatching(/T2[23]:00:00.000Z$/) as string;
  expect(await profileOf('ana')).toEqual({
    level: 'DIGESTS',
    channelsOff: ['SLACK'],
    categories: { orders: { channels: ['SMS', 'EMAIL', 'SLACK'], pausedUntil: midnight } },
    quietHours: { start: '22:00', end: '07:30', days: [] },
    // Midnight in Prague, in summer or in winter.
    pausedUntil: midnight,
  });

  await page.getByLabel('From', { exact: true }).fill('');
  await page.getByLabel('To', { exact: true }).fill('');
  await page.getByRole('radio', { name: 'Everything As you choose' }).check();
  for (const name of ['Orders', 'Pause']) await group(page, name).getByLabel('Pause until').fill('');
  await group(page, 'Orders').getByLabel('Reach me first by').selectOption('');
  await often(page, 'Tips', 'E-mail').selectOption('');
  await group(page, 'Channels').getByRole('checkbox', { name: 'Slack' }).check();
  await page.getByLabel(/Unsubscribe from everything/).check();
  await save(page);
  await page.getByText('You are unsubscribed from everything that is not necessary.').waitFor();
  await axe(page);
  expect(Object.keys(await profileOf('ana'))).toEqual(['unsubscribedAt']);
  expect(await cellsOf('ana')).toEqual(['newsletter EMAIL false']);
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
  await tick(page, 'Tips', 'In the app').uncheck();
  await often(page, 'Orders', 'SMS').selectOption('Once a day');
  await page.getByLabel('Only what concerns you').check();
  await more(page, 'Tips').click();
  await group(page, 'Tips').getByLabel('Pause until').fill('2001-01-01');
  await save(page);
  await group(page, 'Tips').getByText('The pause must end after today.').waitFor();
  await group(page, 'Tips').getByLabel('Pause until').fill(inDays(2));
  await save(page);
  await page.getByText('Your choices are saved.').waitFor();
  expect(await tick(page, 'Tips', 'In the app').isChecked()).toBe(false);
  expect(await cellsOf('ben')).toEqual(['orders SMS null DAILY', 'tips INBOX false']);
  expect(Object.keys(await profileOf('ben'))).toEqual(['level', 'categories']);
  expect(complaints).toEqual([]);
}, 60_000);

test('what is chosen on the page is what happens', async () => {
  const { development } = app;
  await development.category('alerts', { name: 'Alerts', class: 'TRANSACTIONAL', channels: ['EMAIL', 'SMS'] });
  await development.category('stories', { name: 'Stories', class: 'PRODUCT', channels: ['EMAIL', 'SMS'] });
  const to = { externalId: 'joe' };
  const addresses = { email: 'joe@example.com', phone: '+14155550123' };
  const { page } = await open('joe', addresses, {}, development);
  const outcome = async (category: string) => {
    const { state, deliveries } = await development.sendAndFinish(to, category);
    return [state, ...deliveries.map(({ channel }) => channel)].join(' ');
  };
  expect([await outcome('alerts'), await outcome('stories')]).toEqual(['COMPLETED EMAIL', 'COMPLETED EMAIL']);
  await more(page, 'Alerts').click();
  await group(page, 'Alerts').getByLabel('Reach me first by').selectOption('SMS');
  await save(page);
  await page.getByRole('status').waitFor();
  expect([await outcome('alerts'), await outcome('stories')]).toEqual(['COMPLETED SMS', 'COMPLETED EMAIL']);
  await often(page, 'Stories', 'E-mail').selectOption('Once a week');
  await group(page, 'Channels').getByRole('checkbox', { name: 'SMS' }).uncheck();
  await save(page);
  await page.getByRole('status').waitFor();
  expect(await outcome('alerts')).toBe('COMPLETED EMAIL');
  const { notificationIds } = await development.send([to], 'stories');
  const gathered = await until(async () => {
    const found = await development.notification(notificationIds[0] as string);
    return found.state === 'HELD' && found;
  }, 'it to be gathered');
  expect(gathered.plan.steps).toMatchObject([{ channel: 'EMAIL', reason: 'GATHERING' }, { channel: 'SMS' }]);
  await page.getByLabel('Only what is critical').check();
  await save(page);
  await page.getByRole('status').waitFor();
  expect([await outcome('alerts'), (await development.finished(gathered.id)).state]).toEqual([
    'SUPPRESSED',
    'SUPPRESSED',
  ]);
}, 60_000);

test('a channel that the category does not use comes only when it is chosen, and what is advertising can always go', async () => {
  const { page } = await open('gus');
  expect(await tick(page, 'Comments', 'Mobile app').isChecked()).toBe(false);
  expect(await often(page, 'Comments', 'E-mail').locator('option').allTextContents()).toEqual([
    'At once',
    'Once a day',
  ]);
  await tick(page, 'Comments', 'Mobile app').check();
  await tick(page, 'Offers', 'E-mail').uncheck();
  await save(page);
  await page.getByRole('status').waitFor();
  expect(await tick(page, 'Comments', 'Mobile app').isChecked()).toBe(true);
  expect(await profileOf('gus')).toEqual({ categories: { comments: { channels: ['EMAIL', 'MOBILE_PUSH'] } } });
  expect(await cellsOf('gus')).toEqual(['offers EMAIL false']);
  await tick(page, 'Comments', 'Mobile app').uncheck();
  await tick(page, 'Offers', 'E-mail').check();
  await save(page);
  await page.getByRole('status').waitFor();
  expect([await profileOf('gus'), await cellsOf('gus')]).toEqual([{}, []]);
}, 60_000);

test.each([
  ['light', 'ltr'],
  ['dark', 'rtl'],
] as const)(
  'in %s, %s, it can be read, pressed, and needs no sideways scrolling at 320 pixels, however long the words are',
  async (colorScheme, direction) => {
    const long = `${direction}-${'Donaudampfschifffahrtsgesellschaft'.repeat(3)}`;
    await app.production.category('long', { name: long, channels: ['EMAIL', 'SMS', 'SLACK'], description: long });
    const { page } = await open(
      `hal-${direction}`,
      { country: 'DE' },
      { colorScheme, viewport: { width: 320, height: 640 } },
    );
    await page.evaluate((dir) => (document.documentElement.dir = dir), direction);
    for (const summary of await page.locator('summary').all()) await summary.click();
    await axe(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    const small = await page.locator('input:not([type=hidden]), select, summary, button').evaluateAll((all) =>
      all.flatMap((one) => {
        const { width, height } = one.getBoundingClientRect();
        return width < 24 || height < 24 ? [one.outerHTML] : [];
      }),
    );
    expect(small).toEqual([]);
  },
  60_000,
);

test('the keyboard alone is enough, and its place can always be seen', async () => {
  const { page } = await open('ida', {}, { viewport: { width: 700, height: 600 } });
  const tabUntil = async (isThere: () => Promise<boolean>) => {
    for (let steps = 0; steps < 80; steps += 1) {
      await page.keyboard.press('Tab');
      const hidden = await page.evaluate(() => {
        const bar = document.querySelector('.save')?.getBoundingClientRect();
        const focused = document.activeElement?.getBoundingClientRect();
        if (!bar || !focused || document.activeElement?.closest('.save')) return false;
        return focused.bottom > bar.top + 1 || focused.top < 0;
      });
      expect(hidden).toBe(false);
      if (await isThere()) return;
    }
    throw new Error('not reached with 80 tabs');
  };
  const on = (selector: string) => () =>
    page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector);
  await tabUntil(on('[name=level]'));
  await page.keyboard.press('ArrowDown');
  await tabUntil(on('[value="tips EMAIL"]'));
  await page.keyboard.press('Space');
  await tabUntil(on('summary'));
  await page.keyboard.press('Enter');
  await tabUntil(on('[name^="pause "]'));
  await tabUntil(on('button'));
  await page.keyboard.press('Enter');
  await page.getByRole('status').waitFor();
  expect([await cellsOf('ida'), await profileOf('ida')]).toEqual([['tips EMAIL false'], { level: 'DIGESTS' }]);
}, 60_000);

test('mistakes are said in their place, nothing is saved, and what was typed stays', async () => {
  const { page } = await open('dora');
  await tick(page, 'Tips', 'E-mail').uncheck();
  await page.getByLabel('From', { exact: true }).fill('22:00');
  await group(page, 'Pause').getByLabel('Pause until').fill('2001-01-01');
  await more(page, 'Orders').click();
  await group(page, 'Orders').getByLabel('Pause until').fill(inDays(400));
  await save(page);
  const alert = page.getByRole('alert');
  await alert.getByText('Give both times of the quiet hours, or none.').waitFor();
  expect(await page.title()).toBe('Not saved – Notification preferences – Production');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert');
  expect(await alert.getByRole('link').allTextContents()).toEqual([
    'Orders: The pause can end a year from today at most.',
    'Give both times of the quiet hours, or none.',
    'The pause must end after today.',
  ]);
  for (const link of await alert.getByRole('link').all()) {
    await link.click();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-invalid'))).toBe('true');
    const described = await page.evaluate(() =>
      (document.activeElement?.getAttribute('aria-describedby') ?? '')
        .split(' ')
        .map((id) => document.getElementById(id)?.textContent)
        .at(-1),
    );
    expect(await link.textContent()).toContain(described);
  }
  expect(await page.getByLabel('From', { exact: true }).inputValue()).toBe('22:00');
  expect(await group(page, 'Orders').getByLabel('Pause until').inputValue()).toBe(inDays(400));
  expect(await tick(page, 'Tips', 'E-mail').isChecked()).toBe(false);
  // What could not be chosen looks as it did.
  expect(await tick(page, 'Invoices', 'E-mail').isChecked()).toBe(true);
  await axe(page);
  expect([await cellsOf('dora'), await profileOf('dora')]).toEqual([[], {}]);
}, 60_000);

test('a page that lay open undoes nothing that was chosen elsewhere meanwhile', async () => {
  const { page, url } = await open('mia');
  const elsewhere = await (await browser.newContext()).newPage();
  await elsewhere.goto(url);
  await elsewhere.getByLabel(/Unsubscribe from everything/).check();
  await elsewhere.getByLabel('Only what concerns you').check();
  await tick(elsewhere, 'Tips', 'E-mail').uncheck();
  await save(elsewhere);
  await elsewhere.getByRole('status').waitFor();
  await tick(page, 'Orders', 'SMS').uncheck();
  await page.getByLabel('From', { exact: true }).fill('22:00');
  // A mistake on the way does not make what is old new.
  await save(page);
  await page.getByRole('alert').waitFor();
  await page.getByLabel('To', { exact: true }).fill('06:00');
  await save(page);
  await page.getByRole('status').waitFor();
  expect(await cellsOf('mia')).toEqual(['orders SMS false', 'tips EMAIL false']);
  expect(await profileOf('mia')).toMatchObject({
    level: 'TRANSACTIONAL',
    quietHours: { start: '22:00', end: '06:00' },
    unsubscribedAt: expect.any(String) as string,
  });
}, 60_000);

test('advertising is off until the person agrees to it, in words that can be heard, and without any script', async () => {
  const { page, complaints } = await open('noa', { country: 'DE' }, { javaScriptEnabled: false });
  const box = tick(page, 'Deals', 'E-mail');
  expect([await box.isChecked(), await box.isEnabled()]).toEqual([false, true]);
  const described = page.locator(`#${await box.getAttribute('aria-describedby')}`);
  expect(await described.innerText()).toMatch(/This is advertising\.[^]*By ticking a box you agree[^]*Terms/);
  expect(await described.getByRole('link', { name: 'Privacy policy' }).getAttribute('target')).toBeNull();
  await box.check();
  await app.production.category('deals', { expected: 'Two a week' });
  await save(page);
  await group(page, 'Deals').getByText('The words that you would agree to have changed.').waitFor();
  expect([await box.isChecked(), await box.getAttribute('aria-invalid')]).toEqual([false, 'true']);
  await page.getByRole('alert').getByRole('link', { name: 'Deals: The words' }).waitFor();
  await box.check();
  await save(page);
  await page.getByRole('status').waitFor();
  expect([await box.isChecked(), await tick(page, 'Deals', 'Slack').isChecked()]).toEqual([true, false]);
  const { rows } = await sql.query<{ said: string }>(
    `select concat_ws(' ', purpose, channel, state) as said from consent c
     join recipient r on r.id = c.recipient_id where r.external_id = 'noa'`,
  );
  expect(rows).toEqual([{ said: 'deals EMAIL GRANTED' }]);
  expect(complaints).toEqual([]);
}, 60_000);

test('where words have changed, the page says so accessibly', async () => {
  const { page } = await open('oda', { country: 'DE' });
  await tick(page, 'Deals', 'Slack').check();
  await app.production.category('deals', { expected: 'Three a week' });
  await save(page);
  await page.getByRole('alert').waitFor();
  await axe(page);
}, 60_000);

test('a link that has ended says so, accessibly', async () => {
  await app.production.person('kai', { locale: 'de' });
  const { url } = await app.production.mutate<{ url: string }>(
    'createPreferencesLink',
    { recipient: { externalId: 'kai' }, expiresIn: 'PT1S' },
    'url expiresAt',
  );
  const page = await (await browser.newContext()).newPage();
  await expect.poll(async () => (await page.goto(here(url)))?.status()).toBe(410);
  await page.getByRole('heading', { level: 1, name: 'This link has expired' }).waitFor();
  await axe(page);
}, 60_000);

test('nothing on the page is inline, and its policy allows nothing from elsewhere', async () => {
  const { url } = await open('lea');
  const answer = await fetch(url);
  const text = await answer.text();
  expect(answer.headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  expect([answer.headers.get('cache-control'), answer.headers.get('referrer-policy')]).toEqual([
    'no-store',
    'no-referrer',
  ]);
  expect(text).not.toMatch(/<script|<style|\sstyle=|\son\w+=/i);
  expect(answer.headers.get('set-cookie')).toBeNull();
});

test.each([
  ['de', 'Benachrichtigungen einstellen', 'Speichern'],
  ['fr', 'Préférences de notification', 'Enregistrer'],
  ['es', 'Preferencias de notificación', 'Guardar'],
  ['nl', 'Meldingen instellen', 'Opslaan'],
])(
  'the page speaks %s',
  async (locale, title, button) => {
    const { page } = await open(`reads-${locale}`, { locale, country: 'DE' });
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
    ['shown', 'newsletter EMAIL'],
    // It waits for an answer from the phone.
    ['shown', 'newsletter SMS'],
  ]);
  const answer = await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `${new URL(url).pathname}?saved`]);
  expect(await cellsOf('emil')).toEqual(['newsletter EMAIL false']);
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
