import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { launchBrowser } from '../../../test/support/chromium.ts';
import type { InboxClient, InboxSnapshot } from '../../src/core.ts';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';

declare const client: InboxClient;
declare const titles: () => string[];
declare const snapshot: () => InboxSnapshot;

let pages: string;
let browser: Browser;
let context: BrowserContext;
let server: ScriptedServer;

beforeAll(async () => {
  pages = await mkdtemp(join(tmpdir(), 'tidings-client-'));
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: pages,
      target: 'es2022',
      lib: {
        entry: fileURLToPath(new URL('../support/client-page.ts', import.meta.url)),
        formats: ['es'],
        fileName: 'page',
      },
    },
  });
  await writeFile(join(pages, 'index.html'), '<!doctype html><script type="module" src="page.js"></script>');
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await rm(pages, { recursive: true, force: true });
});
beforeEach(async () => {
  server = await startScriptedServer(pages);
  context = await browser.newContext();
});
afterEach(async () => {
  await context.close();
  await server.close();
});

async function until(truth: () => unknown): Promise<void> {
  await vi.waitFor(async () => expect(await truth()).toBe(true), { timeout: 20_000, interval: 30 });
}
async function tab(look: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${server.url}/?look=${look}`);
  await until(() => page.evaluate(() => snapshot().status === 'live'));
  return page;
}
const lists = (page: Page, wanted: string[]): Promise<void> =>
  until(async () => JSON.stringify(await page.evaluate(() => titles())) === JSON.stringify(wanted));

describe('the client in two tabs', () => {
  it('lists the same, counts the same, and acknowledges once, from the focused tab', async () => {
    server.model.add({ title: 'Old' });
    const both = [await tab('visible'), await tab('focused')];
    const item = server.push({ title: 'New' });
    for (const page of both) await lists(page, ['New', 'Old']);
    await until(() => server.acknowledged.length > 0);
    expect(server.acknowledged).toEqual([item.id]);
    expect(await Promise.all(both.map((page) => page.evaluate(() => snapshot().toasts.length)))).toEqual([0, 1]);
    await both[1]!.evaluate((id) => client.mark([id], 'READ'), item.id);
    for (const page of both) await until(() => page.evaluate(() => snapshot().counts.unread === 1));
    expect(server.resumedAfter).toEqual([1]);
  });

  it('acknowledges nothing while the visible ones show no toasts, and begins when one does', async () => {
    const both = [await tab('focused&quiet'), await tab('visible&quiet')];
    const unshown = server.push({ title: 'Unshown' });
    for (const page of both) await lists(page, ['Unshown']);
    await both[0]!.evaluate(() => void client.showsToasts());
    const item = server.push({ title: 'Shown' });
    await until(() => server.acknowledged.length > 0);
    expect(server.acknowledged).toEqual([item.id]);
    expect(unshown.id).not.toBe(item.id);
  });

  it('goes on in the other when one is closed', async () => {
    const [first, second] = [await tab('focused'), await tab('visible')];
    server.push({ title: 'One' });
    for (const page of [first, second]) await lists(page, ['One']);
    server.socketsOpen = false;
    await first.close();
    server.push({ title: 'Two' });
    server.socketsOpen = true;
    await lists(second, ['Two', 'One']);
    server.push({ title: 'Three' });
    await lists(second, ['Three', 'Two', 'One']);
    expect(server.resumedAfter).toEqual([0, 1]);
  });
});
