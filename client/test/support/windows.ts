import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { launchBrowser } from '../../../test/support/chromium.ts';
import type { TabView } from './windows-page.ts';
import { buildWindowsPage, startWindowsServer, type WindowsServer } from './windows-server.ts';

declare const view: TabView;

/** Several tabs of one browser against one server, both new for each test of the file. */
export interface Windows {
  readonly server: WindowsServer;
  readonly context: BrowserContext;
  readonly browser: Browser;
  /** Opens a tab; `query` says how it looks: see windows-page.ts. */
  readonly open: (query?: string) => Promise<Page>;
  /** Opens a tab and waits until it is live. The first has the socket. */
  readonly tab: (query?: string) => Promise<Page>;
  readonly seen: (page: Page) => Promise<TabView>;
  /** Waits until the tab's connection is that. */
  readonly is: (page: Page, status: string) => Promise<void>;
  /** Waits until every one of these tabs lists this item, once. */
  readonly has: (pages: readonly Page[], id: string) => Promise<void>;
  readonly until: (truth: () => unknown) => Promise<void>;
}

export function openWindows(): Windows {
  let script: string;
  let browser: Browser;
  let context: BrowserContext;
  let server: WindowsServer;
  let complaints: string[];

  beforeAll(async () => {
    script = await buildWindowsPage();
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    complaints = [];
    server = await startWindowsServer(script);
    context = await browser.newContext();
  });
  afterEach(async () => {
    await context.close();
    await server.close();
    expect(complaints).toEqual([]);
  });

  const windows: Windows = {
    get server() {
      return server;
    },
    get context() {
      return context;
    },
    get browser() {
      return browser;
    },
    async until(truth) {
      await vi.waitFor(async () => expect(await truth()).toBe(true), { timeout: 20_000, interval: 30 });
    },
    seen: (page) => page.evaluate(() => view),
    is: (page, status) => windows.until(async () => (await windows.seen(page)).status === status),
    async open(query = 'look=visible') {
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${server.url}/?${query}`);
      return page;
    },
    async tab(query) {
      const page = await windows.open(query);
      await windows.is(page, 'live');
      return page;
    },
    async has(pages, id) {
      for (const page of pages) {
        await windows.until(async () => (await windows.seen(page)).items.includes(id));
        const { items } = await windows.seen(page);
        expect(items.filter((item) => item === id)).toEqual([id]);
      }
    },
  };
  return windows;
}
