import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { launchBrowser } from '../../../test/support/chromium.ts';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';

let pages: string;
let browser: Browser;
let server: ScriptedServer;
let context: BrowserContext;
let page: Page;
let complaints: string[];

async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
  context = await browser.newContext(options);
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Warning:/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  await page.goto(server.url);
}

/** Waits until the subscription stands; a narrow page does not say so visibly. */
async function online(): Promise<void> {
  await page.getByText('online', { exact: true }).waitFor({ state: 'attached' });
}

async function axe(): Promise<void> {
  // A colour on its way is no colour to measure.
  await page.waitForTimeout(400);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
}

const bell = () => page.locator('.td-bell');
const dialog = () => page.getByRole('dialog', { name: 'Notifications' });
const toasts = () => page.locator('.td-toast');
const activeElement = () => page.evaluate(() => document.activeElement?.className ?? '');

beforeAll(async () => {
  pages = await mkdtemp(join(tmpdir(), 'tidings-demo-'));
  await build({
    configFile: fileURLToPath(new URL('../../demo/vite.config.ts', import.meta.url)),
    build: { outDir: pages, emptyOutDir: true },
    logLevel: 'error',
  });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await rm(pages, { recursive: true, force: true });
});
beforeEach(async () => {
  complaints = [];
  server = await startScriptedServer(pages);
});
afterEach(async () => {
  await context.close();
  await server.close();
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
});

describe('the widget on the demo page', () => {
  it('pops a toast into the corner for a live item, acknowledges it, and counts it on the bell', async () => {
    await open();
    await online();
    expect(await bell().getAttribute('aria-label')).toBe('Notifications');
    await page.getByRole('button', { name: 'Send to Ana' }).click();
    await toasts().getByText('Your order is on its way').waitFor();
    await vi.waitFor(() => expect(server.acknowledged).toEqual(['ii_0001']));
    await page.waitForTimeout(400);
    const box = await toasts().boundingBox();
    const view = page.viewportSize();
    expect(box && view && [view.width - box.x - box.width, view.height - box.y - box.height]).toEqual([16, 16]);
    expect(await bell().getAttribute('aria-label')).toBe('Notifications, 1 unread');
    expect(await page.getByRole('status').filter({ hasText: 'New notification: Your order' }).count()).toBe(1);
    await axe();
  });

  it('keeps a toast while the pointer is on it, and lets it go afterwards', async () => {
    await open();
    await online();
    server.push({ title: 'Hover me' });
    await toasts().hover();
    await page.waitForTimeout(7_000);
    expect(await toasts().count()).toBe(1);
    await page.mouse.move(10, 10);
    await toasts().waitFor({ state: 'detached', timeout: 8_000 });
    expect(await bell().getAttribute('aria-label')).toBe('Notifications, 1 unread');
  });

  it('dismisses a toast by its button, and shows at most four', async () => {
    await open();
    await online();
    for (let n = 1; n <= 6; n += 1) server.push({ title: `News ${n}` });
    await toasts().getByText('News 6').waitFor();
    expect(await toasts().count()).toBe(4);
    await page.getByRole('button', { name: 'Dismiss: News 6' }).click();
    await toasts().getByText('News 6').waitFor({ state: 'detached' });
    expect(await toasts().count()).toBe(3);
  });

  it('opens the list with the focus in it, marks what is seen, and gives the focus back on Escape', async () => {
    for (let n = 1; n <= 3; n += 1) server.model.add({ title: `Item ${n}` });
    await open();
    await online();
    await axe();
    await bell().press('Enter');
    await dialog().waitFor();
    await vi.waitFor(async () => expect(await activeElement()).toContain('td-panel'));
    expect(await bell().getAttribute('aria-expanded')).toBe('true');
    await axe();
    await vi.waitFor(() => expect(server.marked.map(({ mark }) => mark)).toEqual(['SEEN']));
    expect(server.marked[0]?.ids.toSorted()).toEqual(['ii_0001', 'ii_0002', 'ii_0003']);
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'hidden' });
    await vi.waitFor(async () => expect(await activeElement()).toContain('td-bell'));
    await vi.waitFor(async () => expect(await bell().getAttribute('aria-expanded')).toBe('false'));
  });

  it('closes by a press on the bell and by a press outside, and opens again', async () => {
    await open();
    await online();
    for (const close of [() => bell().click(), () => page.mouse.click(20, 300)]) {
      await bell().click();
      await dialog().waitFor();
      await close();
      await dialog().waitFor({ state: 'hidden' });
    }
    await vi.waitFor(async () => expect(await activeElement()).toContain('td-bell'));
  });

  it('marks read, unread and all read, archives, and walks the feed by Page Down', async () => {
    for (let n = 1; n <= 3; n += 1) server.model.add({ title: `Item ${n}` });
    await open();
    await online();
    await bell().click();
    const item = page.getByRole('article', { name: 'Item 3' });
    await item.getByRole('button', { name: 'Item 3', exact: true }).click();
    await page.getByRole('button', { name: 'Notifications, 2 unread' }).waitFor();
    await item.getByRole('button', { name: 'Mark as unread' }).click();
    await page.getByRole('button', { name: 'Notifications, 3 unread' }).waitFor();
    await item.getByRole('button', { name: 'Archive', exact: true }).click();
    await item.waitFor({ state: 'detached' });
    await page.getByRole('article').first().focus();
    await page.keyboard.press('PageDown');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-item-id'))).toBe('ii_0001');
    await page.getByRole('button', { name: 'Mark all read' }).click();
    await vi.waitFor(() => expect(server.model.counts().unread).toBe(0));
    await vi.waitFor(async () => expect(await bell().getAttribute('aria-label')).toBe('Notifications'));
  });

  it('follows safe addresses only', async () => {
    server.model.add({ title: 'Bad', url: 'javascript:document.title="bad"' });
    server.model.add({ title: 'Good', url: '#orders' });
    await open();
    await online();
    await bell().click();
    expect(await page.getByRole('article', { name: 'Bad' }).getByRole('link').count()).toBe(0);
    await page.getByRole('link', { name: 'Good' }).click();
    await vi.waitFor(() => expect(page.url()).toContain('#orders'));
    await vi.waitFor(() => expect(server.marked).toContainEqual({ ids: ['ii_0002'], mark: 'READ' }));
  });

  it('takes a refused mark back and says so', async () => {
    server.model.add({ title: 'Stubborn' });
    await open();
    await online();
    server.mutationsWork = false;
    await bell().click();
    await page.getByRole('button', { name: 'Mark as read' }).click();
    await page.getByText('The last change could not be saved.').waitFor();
    expect(await bell().getAttribute('aria-label')).toBe('Notifications, 1 unread');
    await axe();
  });

  it('reconnects after the socket is cut and lists what was missed once, without a toast', async () => {
    server.model.add({ title: 'Old' });
    await open();
    await online();
    server.socketsOpen = false;
    server.cut();
    await page.getByText('no connection').waitFor();
    server.push({ title: 'Missed' });
    await bell().click();
    await page.getByText('You are offline.').waitFor();
    await axe();
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(1);
    server.socketsOpen = true;
    await online();
    await page.getByRole('article', { name: 'Missed' }).waitFor();
    expect(await page.getByRole('article').count()).toBe(2);
    expect(await toasts().count()).toBe(0);
    expect(server.resumedAfter.at(-1)).toBe(1);
    expect(server.acknowledged).toEqual([]);
    server.push({ title: 'Fresh' });
    await toasts().getByText('Fresh').waitFor();
  });

  it('disconnects when Ana goes offline and starts where she left', async () => {
    await open();
    await online();
    await page.getByRole('switch').uncheck();
    await page.getByText('offline', { exact: true }).waitFor();
    server.push({ title: 'While away' });
    await page.getByRole('switch').check();
    await online();
    await page.getByRole('button', { name: 'Notifications, 1 unread' }).waitFor();
    expect(await toasts().count()).toBe(0);
  });

  it('loads further pages, and is accessible in the dark, on a phone, from right to left', async () => {
    for (let n = 1; n <= 30; n += 1) server.model.add();
    await open({ colorScheme: 'dark', viewport: { width: 360, height: 740 }, reducedMotion: 'reduce' });
    await online();
    await page.evaluate(() => document.documentElement.setAttribute('dir', 'rtl'));
    await bell().click();
    await page.getByRole('button', { name: 'Load more' }).scrollIntoViewIfNeeded();
    await vi.waitFor(async () => expect(await page.getByRole('article').count()).toBe(30));
    server.push();
    await toasts().waitFor();
    await axe();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });

  it('says so when the demo is switched off', async () => {
    server.demoOn = false;
    await open();
    await page.getByRole('heading', { name: 'The demo is switched off' }).waitFor();
    await axe();
    expect(await page.getByRole('link', { name: 'GraphiQL' }).getAttribute('href')).toBe('graphiql');
  });
});
