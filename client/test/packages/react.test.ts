import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../../../test/support/chromium.ts';
import { packInbox, startProject, type Packed, type Project } from '../support/packed.ts';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';

const app = `import { createElement as h } from 'react';
import { Bell, Inbox, InboxPage, InboxProvider, Preferences, Toaster } from '@tidings/inbox';

export const page = h(
  InboxProvider,
  { url: '/graphql', recipient: 'ana', token: async () => 'token' },
  h('header', null, h(Bell)),
  h(Inbox),
  h('main', null, h(InboxPage), h(Preferences)),
  h(Toaster),
);
`;
const server = `import { renderToString } from 'react-dom/server';
import { page } from './app.js';
process.stdout.write(renderToString(page));
`;
const inBrowser = `import { StrictMode, createElement as h, version } from 'react';
import { hydrateRoot } from 'react-dom/client';
import '@tidings/inbox/inbox.css';
import { page } from './app.js';
document.documentElement.dataset.react = version;
hydrateRoot(document.getElementById('root'), h(StrictMode, null, page));
`;

let packed: Packed;
let browser: Browser;
beforeAll(async () => {
  packed = await packInbox();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await packed?.[Symbol.asyncDispose]();
});

describe.each([18, 19] as const)('React %i', (major) => {
  let project: Project;
  let pages: string;
  let html: string;
  let scripted: ScriptedServer;

  beforeAll(async () => {
    project = await startProject(packed, major);
    pages = await mkdtemp(join(tmpdir(), 'tidings-pages-'));
    await project.write('app.js', app);
    await project.write('server.js', server);
    await project.write('page.js', inBrowser);
    html = await project.node('server.js');
    await project.bundle('page.js', pages);
    await writeFile(
      join(pages, 'index.html'),
      `<!doctype html><html lang="en"><title>Ana</title><link rel="stylesheet" href="page.css"><div id="root">${html}</div><script type="module" src="page.js"></script></html>`,
    );
    scripted = await startScriptedServer(pages);
  });
  afterAll(async () => {
    await scripted?.close();
    await project?.[Symbol.asyncDispose]();
    await rm(pages, { recursive: true, force: true });
  });

  /** What the page complained of: React's warnings are console errors. */
  async function open(): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage();
    page.setDefaultTimeout(15_000);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !/favicon/.test(message.location().url))
        complaints.push(message.text());
    });
    await page.goto(scripted.url);
    return { page, complaints };
  }

  it('renders the bell on a server', () => {
    expect(project.react).toMatch(new RegExp(`^${major}\\.`));
    expect(html).toContain('aria-label="Notifications"');
    expect(html).toContain('class="td-skeleton"');
    expect(html).not.toContain('style=');
  });

  it('takes over what the server has rendered without a warning, and works', async () => {
    scripted.model.add({ title: 'Before' });
    const { page, complaints } = await open();
    expect(await page.locator('html').getAttribute('data-react')).toMatch(new RegExp(`^${major}\\.`));
    const bell = page.getByRole('button', { name: 'Notifications, 1 unread' });
    await bell.waitFor();
    await page.getByRole('main').getByRole('article', { name: 'Before' }).waitFor();
    await page.getByRole('main').getByRole('heading', { name: 'Quiet hours' }).waitFor();
    await bell.click();
    await page.getByRole('dialog').getByRole('article', { name: 'Before' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    scripted.push({ title: 'Live' });
    await page.locator('.td-toast').getByText('Live').waitFor();
    await bell.or(page.getByRole('button', { name: 'Notifications, 2 unread' })).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });
});
