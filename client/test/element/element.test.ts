import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import express from 'express';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { launchBrowser } from '../../../test/support/chromium.ts';
import { inboxPackage } from '../../build/library.ts';
import { buildWhenChanged, dist } from '../../build/when-changed.ts';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';

const policy =
  "default-src 'self'; style-src 'self'; script-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";
/** What a host's own script does, before the element's own: it listens, and sets what no attribute can say. */
const hostScript = `window.heard = [];
window.violations = [];
document.addEventListener('securitypolicyviolation', ({ violatedDirective, sourceFile }) => violations.push(violatedDirective + ' ' + sourceFile));
for (const type of ['notification', 'press', 'status'])
  document.addEventListener(type, ({ detail, target, composedPath }) => heard.push({ type, detail, id: target.id }));
`;

let pages: string;
let browser: Browser;
let server: ScriptedServer;
let context: BrowserContext;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  await buildWhenChanged(inboxPackage);
  pages = await mkdtemp(join(tmpdir(), 'tidings-element-'));
  await cp(join(dist, 'inbox'), join(pages, 'inbox'), { recursive: true });
  await writeFile(join(pages, 'host.js'), hostScript);
  await writeFile(join(pages, 'token.txt'), 'token-of-ana\n');
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
  const violations = await page.evaluate(() => (window as unknown as { violations: string[] }).violations);
  await context.close();
  await server.close();
  if (violations.length + complaints.length > 0) throw new Error([...violations, ...complaints].join('\n'));
});

/** A page of a host under the strictest policy, with these elements in it. */
async function open(
  body: string,
  options: Parameters<Browser['newContext']>[0] & { lang?: string; script?: string } = {},
  first = async (): Promise<void> => {},
): Promise<void> {
  const { lang = 'en', script = 'inbox/tidings-inbox.js', ...rest } = options;
  const origin = /^https?:/.test(script) ? new URL(script).origin : '';
  await writeFile(
    join(pages, 'index.html'),
    `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>Host</title>
<meta http-equiv="content-security-policy" content="${policy.replace("script-src 'self'", `script-src 'self' ${origin}`)}">
<script src="host.js"></script><script src="${script}" defer></script></head>
<body><header>${body}</header><main><h1>Host</h1><p>Its own text.</p></main></body></html>`,
  );
  context = await browser.newContext(rest);
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  await first();
  await page.goto(server.url);
}

const element = '<tidings-inbox id="one" url="/graphql" recipient="ana" token-url="token.txt"></tidings-inbox>';
const bell = (name: string | RegExp = /^Notifications/) => page.getByRole('button', { name });
const toast = (title: string) => page.locator('.td-toast').getByText(title);
const heard = (type: string): Promise<{ detail: unknown; id: string }[]> =>
  page.evaluate(
    (wanted) =>
      (window as unknown as { heard: { type: string; detail: never; id: string }[] }).heard.filter(
        (one) => one.type === wanted,
      ),
    type,
  );
const live = (): Promise<void> =>
  vi.waitFor(async () => expect((await heard('status')).at(-1)?.detail).toBe('live'), 10_000);

async function axe(): Promise<void> {
  // A colour on its way is no colour to measure.
  await page.waitForTimeout(400);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
}

describe('the script tag', () => {
  it('shows bell, list and toasts under the strictest policy, and breaks none of it', async () => {
    server.model.add({ title: 'Before', body: 'It was there.' });
    await open(element);
    await bell('Notifications, 1 unread').waitFor();
    await axe();
    await live();
    server.push({ title: 'Live' });
    await toast('Live').waitFor();
    await axe();
    await bell('Notifications, 2 unread').click();
    await page.getByRole('dialog').getByRole('article', { name: 'Before' }).waitFor();
    await axe();
    expect(await page.evaluate(() => document.querySelectorAll('style, [style]').length)).toBe(0);
  });

  it('is used by the keyboard, and gives the focus back', async () => {
    server.model.add({ title: 'Before' });
    server.model.add({ title: 'After' });
    await open(element);
    await bell('Notifications, 2 unread').press('Enter');
    const panel = page.getByRole('dialog');
    await panel.getByRole('article', { name: 'Before' }).waitFor();
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const inside = document.activeElement?.shadowRoot?.activeElement;
        return `${inside?.className} ${inside?.textContent}`;
      });
    await vi.waitFor(async () => expect(await focused()).toContain('td-panel'));
    await panel.getByRole('tab').first().focus();
    await page.keyboard.press('ArrowRight');
    await vi.waitFor(async () =>
      expect(await panel.getByRole('tab', { selected: true }).textContent()).toContain('Unread'),
    );
    expect(await focused()).toContain('td-tab Unread');
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'hidden' });
    await vi.waitFor(async () => expect(await focused()).toContain('td-bell'));
  });

  it('finds its second file beside itself, also on another origin, where that answers every page', async () => {
    server.model.add({ title: 'Before' });
    const files = express().use((_request, response, next) => {
      response.setHeader('access-control-allow-origin', '*');
      next();
    }, express.static(pages));
    const other = files.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const origin = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    server.scriptsFrom = origin;
    await open(element, { script: `${origin}/inbox/tidings-inbox.js` });
    await bell('Notifications, 1 unread').click();
    await page.getByRole('article', { name: 'Before' }).waitFor();
    other.close();
  });

  it('says that its second file could not be loaded, and asks for it by another address then', async () => {
    server.model.add({ title: 'Before' });
    const asked: string[] = [];
    await open(element, {}, async () => {
      await page.route('**/tidings-inbox-opened-*', (route) => {
        asked.push(new URL(route.request().url()).search);
        return route.abort();
      });
    });
    const told = page.evaluate(
      () =>
        new Promise((resolve) => {
          document
            .querySelector('#one')!
            .addEventListener('error', (event) => resolve(String((event as CustomEvent).detail)));
        }),
    );
    await bell('Notifications, 1 unread').click();
    await page.getByText('could not be loaded').waitFor();
    expect(await told).toContain('import');
    await axe();
    await page.unroute('**/tidings-inbox-opened-*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('article', { name: 'Before' }).waitFor();
    expect(new Set(asked).size).toBe(asked.length);
    await page.getByRole('button', { name: 'Notification preferences' }).click();
    await page.getByText('Quiet hours').first().waitFor();
  });

  it('tells the page what happens, across its shadow root', async () => {
    await open(element);
    await live();
    server.push({ title: 'Pressed', url: '#there', data: { order: 17 } });
    await toast('Pressed').click();
    await vi.waitFor(() => expect(page.url()).toContain('#there'));
    expect(await heard('notification')).toEqual([
      { type: 'notification', id: 'one', detail: expect.objectContaining({ title: 'Pressed', data: { order: 17 } }) },
    ]);
    expect(await heard('press')).toEqual([
      { type: 'press', id: 'one', detail: { action: null, item: expect.objectContaining({ title: 'Pressed' }) } },
    ]);
    expect((await heard('status')).map(({ detail }) => detail)).toEqual(['connecting', 'live']);
  });

  it('waits for a token that comes by a property, also one that was set before its script had come', async () => {
    await open('<tidings-inbox id="one" url="/graphql"></tidings-inbox>');
    expect(await bell().count()).toBe(0);
    await page.evaluate(() => {
      const early = document.createElement('tidings-inbox') as HTMLElement & { tokenProvider: unknown };
      document.querySelector<HTMLElement & { tokenProvider: unknown }>('#one')!.tokenProvider = async () => 'token';
      early.id = 'two';
    });
    await bell().waitFor();
    await live();
  });

  it('says by an event that no token could be had, and lives on', async () => {
    await open('<tidings-inbox id="one" url="/graphql"></tidings-inbox>');
    const told = page.evaluate(
      () =>
        new Promise((resolve) => {
          const one = document.querySelector('#one')!;
          one.addEventListener('error', (event) => resolve(String((event as CustomEvent).detail)));
          one.setAttribute('token-url', 'nowhere');
        }),
    );
    await bell().waitFor();
    expect(await told).toContain('404');
    await page.evaluate(() => document.querySelector('#one')!.setAttribute('token-url', 'token.txt'));
    await live();
  });

  it('speaks the language of its locale, of the page, or of the host', async () => {
    await open(element, { lang: 'de-AT' });
    await page.getByRole('button', { name: /^Benachrichtigungen|^Mitteilungen/ }).waitFor();
    await page.evaluate(() => document.querySelector('#one')!.setAttribute('locale', 'nl'));
    await page.getByRole('button', { name: /^Meldingen/ }).waitFor();
    await page.evaluate(() => {
      const one = document.querySelector('#one') as HTMLElement & { labels: object };
      one.labels = { bell: () => 'Post' };
      one.setAttribute('locale', 'tlh');
    });
    await page.getByRole('button', { name: 'Post' }).waitFor();
  });

  it('is as dark, as wide and as coloured as its page wants it', async () => {
    server.model.add({ title: 'Before' });
    await open(element.replace('id=', 'theme="dark" dir="rtl" mode="page" id='), {
      viewport: { width: 360, height: 700 },
    });
    await page.getByRole('article', { name: 'Before' }).waitFor();
    await axe();
    const looks = await page.evaluate(() => {
      const one = document.querySelector<HTMLElement>('#one')!;
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('tidings-inbox { --td-surface: rgb(1, 2, 3) }');
      document.adoptedStyleSheets = [sheet];
      const part = one.shadowRoot!.querySelector('.tidings')!;
      const { direction, colorScheme } = getComputedStyle(part);
      return { direction, colorScheme, surface: getComputedStyle(part).getPropertyValue('--td-surface').trim() };
    });
    expect(looks).toEqual({ direction: 'rtl', colorScheme: 'dark', surface: 'rgb(1, 2, 3)' });
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });

  it('goes on when it is moved, and ends when it is taken out', async () => {
    server.model.add({ title: 'Before' });
    await open(element);
    await live();
    await page.evaluate(() => document.querySelector('main')!.append(document.querySelector('#one')!));
    await bell('Notifications, 1 unread').click();
    await page.getByRole('article', { name: 'Before' }).waitFor();
    expect(server.resumedAfter).toHaveLength(1);
    await page.evaluate(() => {
      const one = document.querySelector('#one')!;
      Object.assign(window, { one });
      one.remove();
    });
    await vi.waitFor(async () => expect((await heard('status')).at(-1)?.detail).toBe('live'));
    server.push({ title: 'Unheard' });
    await page.evaluate(() => document.querySelector('main')!.append((window as unknown as { one: Element }).one));
    await bell('Notifications, 2 unread').waitFor();
    expect(await heard('notification')).toEqual([]);
    expect(await toast('Unheard').count()).toBe(0);
  });

  it('stands on a page several times, for the same person or another one', async () => {
    server.model.add({ title: 'Before' });
    await open(`${element}${element.replace('one', 'two').replace('id=', 'mode="page" toasts="off" id=')}`);
    await bell('Notifications, 1 unread').waitFor();
    await page.locator('#two').getByRole('article', { name: 'Before' }).waitFor();
    await page.locator('#two').getByRole('button', { name: 'Before', exact: true }).click();
    await bell(/^Notifications$/).waitFor();
  });

  it('pops up one toast for a person whose inbox is on the page twice', async () => {
    await open(`${element}${element.replace('one', 'two')}`);
    await vi.waitFor(
      async () => expect((await heard('status')).filter(({ detail }) => detail === 'live')).toHaveLength(2),
      10_000,
    );
    server.push({ title: 'Once' });
    await toast('Once').waitFor();
    await page.getByRole('button', { name: 'Notifications, 1 unread' }).nth(1).waitFor();
    expect(await toast('Once').count()).toBe(1);
    await vi.waitFor(() => expect(server.acknowledged).toEqual(['ii_0001']));
    // One of them has the connection of both.
    expect(server.resumedAfter).toHaveLength(1);
  });

  it('pops it up wherever there are toasts, and goes on when that element leaves', async () => {
    const silent = element.replace('one', 'zero').replace('id=', 'toasts="off" id=');
    await open(`${silent}${element}${element.replace('one', 'two')}`, { lang: 'de' });
    await page
      .getByRole('button', { name: /^Benachrichtigungen/ })
      .nth(2)
      .waitFor();
    await vi.waitFor(async () => expect((await heard('status')).at(-1)?.detail).toBe('live'), 10_000);
    server.push({ title: 'First' });
    await page.locator('#one').getByText('First').waitFor();
    expect(await toast('First').count()).toBe(1);
    await page.evaluate(() => document.querySelector('#one')!.remove());
    server.push({ title: 'Second' });
    await page.locator('#two').getByText('Second').waitFor();
    expect(await toast('Second').count()).toBe(1);
    expect(server.resumedAfter).toHaveLength(1);
  });
});
