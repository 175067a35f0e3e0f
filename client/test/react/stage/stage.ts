import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { launchBrowser } from '../../../../test/support/chromium.ts';
import { startScriptedServer, type ScriptedServer } from '../../support/scripted-server.ts';
import { someWishes } from '../../support/some-wishes.ts';

/** The page under test, opened anew for each test. */
export interface Stage {
  readonly server: ScriptedServer;
  readonly page: Page;
  /**
   * Opens the page with these parts, and waits until events flow. Motion is reduced unless told otherwise; what is to be done
   * before anything is loaded, `first` does.
   */
  open(
    parts?: string,
    options?: Parameters<Browser['newContext']>[0],
    first?: (page: Page) => Promise<unknown>,
  ): Promise<void>;
  /** As `open`, and the popover with it. */
  openPanel(parts?: string, options?: Parameters<Browser['newContext']>[0]): Promise<void>;
  /** Opens the menu of the item with this title. */
  openMenu(title: string): Promise<void>;
  article(name: string): Locator;
  /** What the page has noted down. */
  noted(): Promise<Window['noted']>;
  /** No violations of WCAG 2.2 A and AA and of best practice, as axe finds them. */
  axe(): Promise<void>;
}

/** Asks again until the answer is the expected one. */
export function eventually<Value>(ask: () => Value | Promise<Value>): ReturnType<typeof expect.poll<Value>> {
  return expect.poll(ask, { timeout: 10_000 });
}

/** Another library in the place of React: what is imported and where that is found. */
export type StandIns = readonly { readonly find: RegExp; readonly replacement: string }[];

/**
 * Builds the page once for the tests around, as for development where another library stands in for React. A complaint of
 * the browser, of a policy or of that library fails the test.
 */
export function useStage(standIns: StandIns = []): Stage {
  let folder: string;
  let browser: Browser;
  let context: BrowserContext | undefined;
  let complaints: string[] = [];
  const stage = {
    async open(parts = '', options = {}, first) {
      context = await browser.newContext({
        reducedMotion: 'reduce',
        viewport: { width: 900, height: 760 },
        ...options,
      });
      const page = (stage.page = await context.newPage());
      page.setDefaultTimeout(10_000);
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error' && !/Failed to load resource|a slot that fails/.test(message.text())) {
          complaints.push(message.text());
        }
      });
      await first?.(page);
      await page.goto(`${stage.server.url}/?${parts}`);
      await page.getByText('live', { exact: true }).waitFor();
    },
    async openPanel(parts, options) {
      await stage.open(parts, options);
      await stage.page.locator('.td-bell').click();
      await stage.page.getByRole('dialog', { name: /Notifications|Benachrichtigungen/ }).waitFor();
    },
    async openMenu(title) {
      await stage.page.getByRole('button', { name: `Actions: ${title}` }).click();
      await stage.page.getByRole('menu').waitFor();
    },
    article: (name) => stage.page.getByRole('article', { name }),
    noted: () => stage.page.evaluate(() => window.noted),
    async axe() {
      const { violations } = await new AxeBuilder({ page: stage.page })
        .options({ rules: { 'target-size': { enabled: true } } })
        .analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
    },
  } as Stage & { page: Page; server: ScriptedServer };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidings-stage-'));
    await build({
      configFile: false,
      root: fileURLToPath(new URL('.', import.meta.url)),
      base: './',
      logLevel: 'error',
      resolve: { alias: standIns },
      ...(standIns.length > 0 && { define: { 'process.env.NODE_ENV': '"development"' } }),
      build: { outDir: folder, emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false } },
    });
    browser = await launchBrowser();
  });
  beforeEach(async () => {
    complaints = [];
    stage.server = await startScriptedServer(folder);
    stage.server.wishes = someWishes();
  });
  afterEach(async () => {
    await context?.close();
    await stage.server.close();
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });
  return stage;
}
