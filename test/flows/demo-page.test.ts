import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { launchBrowser } from '../support/chromium.js';

let app: TestApp;
let browser: Browser;

beforeAll(async () => {
  [app, browser] = await Promise.all([startTestApp(), launchBrowser()]);
}, 600_000);

afterAll(async () => {
  await browser.close();
  await app[Symbol.asyncDispose]();
});

/** A page with everything that it complains about. */
async function open(path: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await (await browser.newContext()).newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin()) && !/^(data|blob):/.test(request.url()))
      complaints.push(`outside: ${request.url()}`);
  });
  await page.goto(`${origin()}${path}`);
  return { page, complaints };
}

const origin = (): string => `http://localhost:${app.app.port}`;

test('two minutes with the demo: a toast while online, an e-mail after the tab said goodbye, and why', async () => {
  const { page, complaints } = await open('/');
  const online = page.getByRole('switch', { name: /online/i });
  await page.getByRole('button', { name: /^Notifications/ }).waitFor();
  await expect.poll(() => online.isChecked(), { timeout: 15_000 }).toBe(true);
  await expect.poll(fetchOnline, { timeout: 15_000 }).toBe(true);
  await page.getByLabel('Title').fill('Your order is packed');
  await page.getByRole('button', { name: /^Send/ }).click();
  await page.locator('[popover="manual"]').getByText('Your order is packed').waitFor();
  await page.getByRole('button', { name: 'Notifications, 1 unread' }).waitFor();
  await page.getByText('inbox displayed').first().waitFor();

  await online.uncheck();
  await expect.poll(fetchOnline, { timeout: 15_000 }).toBe(false);
  await page.getByLabel('Title').fill('Your order is on its way');
  await page.getByRole('button', { name: /^Send/ }).click();
  await page.getByText('RECIPIENT_OFFLINE').first().waitFor();
  await page.getByText('ana@example.com').first().waitFor();
  await expect.poll(() => page.getByText('Your order is on its way').count(), { timeout: 15_000 }).toBeGreaterThan(0);
  expect(complaints).toEqual([]);
}, 120_000);

async function fetchOnline(): Promise<boolean> {
  const session = (await (await fetch(`${origin()}/demo/session`)).json()) as { apiKey: string };
  const { Gateway } = await import('../support/gateway.js');
  return new Gateway(app.app.port, session.apiKey).isOnline('ana');
}

test('what came is still in the inbox after a reload, with its read state', async () => {
  const { page } = await open('/');
  await page.getByRole('button', { name: /^Notifications/ }).click();
  const row = page.getByRole('article').filter({ hasText: 'Your order is packed' });
  await row.waitFor();
  await row.getByText('Your order is packed').click();
  await page.getByRole('button', { name: /^Notifications(, 0 unread)?$/ }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: /^Notifications/ }).click();
  await page.getByRole('article').filter({ hasText: 'Your order is packed' }).waitFor();
  await page.getByRole('button', { name: /^Notifications(, 0 unread)?$/ }).waitFor();
}, 60_000);

test('the explorer works from our own files, with ready-made operations', async () => {
  const { page, complaints } = await open('/graphiql');
  await page.getByText('upsertRecipient').first().waitFor({ timeout: 30_000 });
  expect(complaints).toEqual([]);
}, 60_000);
