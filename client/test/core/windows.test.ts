import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { launchBrowser } from '../../../test/support/chromium.ts';
import type { TabView } from '../support/windows-page.ts';
import { buildWindowsPage, startWindowsServer, tokenOf, type WindowsServer } from '../support/windows-server.ts';

declare const view: TabView;
declare const look: (visible: boolean, focused: boolean) => void;
declare const retry: () => void;
declare const stop: () => void;

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

async function until(truth: () => unknown): Promise<void> {
  await vi.waitFor(async () => expect(await truth()).toBe(true), { timeout: 20_000, interval: 30 });
}
const seen = (page: Page): Promise<TabView> => page.evaluate(() => view);
const turn = (page: Page, visible: boolean, focused: boolean): Promise<void> =>
  page.evaluate(([visible, focused]) => look(visible!, focused!), [visible, focused]);
/** A follower turns, and the leader has heard of it. */
async function tell(page: Page, visible: boolean, focused: boolean): Promise<void> {
  const { answers } = await seen(page);
  await turn(page, visible, focused);
  await until(async () => (await seen(page)).answers > answers);
}
const is = (page: Page, status: string): Promise<void> => until(async () => (await seen(page)).status === status);

async function open(query = 'look=visible'): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${server.url}/?${query}`);
  return page;
}

/** Opens a tab and waits until it is live. The first has the socket. */
async function tab(query?: string): Promise<Page> {
  const page = await open(query);
  await is(page, 'live');
  return page;
}

/** Every one of these tabs lists this item, and nothing was applied twice: the page would complain. */
async function has(pages: readonly Page[], id: string): Promise<void> {
  for (const page of pages) {
    await until(async () => (await seen(page)).items.includes(id));
    const { items } = await seen(page);
    expect(items.filter((item) => item === id)).toEqual([id]);
  }
}

/** Ends the leader by `end` while nobody can connect, so that something happens in between. */
async function handOver(end: (leader: Page) => Promise<unknown>): Promise<{ leader: Page; others: Page[] }> {
  const leader = await tab();
  const others = [await tab(), await tab()];
  await has([leader, ...others], server.push());
  server.doorOpen = false;
  await end(leader);
  await until(() => server.people().length === 0);
  const between = server.push();
  server.doorOpen = true;
  for (const page of others) await is(page, 'live');
  await has(others, between);
  await has(others, server.push());
  expect(server.people()).toEqual(['ana']);
  expect(server.resumedAfter).toEqual([0, 1]);
  for (const page of others) {
    expect((await seen(page)).events).toEqual(['InboxItemAdded 1', 'InboxItemAdded 2', 'InboxItemAdded 3']);
    expect((await seen(page)).missed).toBe(0);
  }
  return { leader, others };
}

describe('tabs of one person', () => {
  it('share one socket, and every one has every item once', async () => {
    const pages = [await tab(), await tab()];
    await has(pages, server.push());
    pages.push(await tab());
    await has(pages, server.push());
    expect(server.people()).toEqual(['ana']);
    expect(server.most).toBe(1);
    expect(server.inits).toEqual([{ authorization: `Bearer ${server.tokens[0]}`, platform: 'WEB' }]);
    expect(await Promise.all(pages.map(async (page) => (await seen(page)).missed))).toEqual([0, 0, 0]);
  });

  it('go on when the one with the socket is closed', async () => {
    await handOver((leader) => leader.close());
    expect(server.most).toBe(1);
  });

  it('go on when the one with the socket crashes', async () => {
    await handOver(async (leader) => {
      const devtools = await context.newCDPSession(leader);
      const crashed = leader.waitForEvent('crash');
      void devtools.send('Page.crash').catch(() => {});
      await crashed;
    });
  });

  it('go on when the one with the socket stops, and take it back when it starts again', async () => {
    await handOver((leader) => leader.evaluate(() => stop()));
  });

  // Headless, a page is always in front and cannot be frozen for good: these are the words in which a page hears of it.
  it.each([
    ['is frozen', () => document.dispatchEvent(new Event('freeze')), () => document.dispatchEvent(new Event('resume'))],
    [
      'is kept for the way back',
      () => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })),
      () => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })),
    ],
  ])(
    'go on when the one with the socket %s; coming back it follows and has what it missed',
    async (_what, away, back) => {
      const { leader, others } = await handOver((leader) => leader.evaluate(away));
      await leader.evaluate(back);
      await has([leader, ...others], server.push());
      await has([leader], 'ii_0002');
      expect(server.people()).toEqual(['ana']);
      expect(server.most).toBe(1);
    },
  );

  it('rob a leader that answers nobody; it steps down and follows', async () => {
    await context.clock.install();
    const leader = await tab();
    const others = [await tab(), await tab()];
    await leader.evaluate(() => {
      const { postMessage } = BroadcastChannel.prototype;
      BroadcastChannel.prototype.postMessage = () => {};
      Object.assign(window, { speak: () => Object.assign(BroadcastChannel.prototype, { postMessage }) });
    });
    await others[0]!.clock.fastForward(16_000);
    expect(server.inits).toHaveLength(1);
    await others[0]!.clock.fastForward(16_000);
    await until(() => server.inits.length >= 2 && server.people().length === 1);
    await leader.evaluate('speak()');
    await has(others, server.push());
    // It spoke into the void when it stepped down, and is heard at its next look.
    await leader.clock.fastForward(16_000);
    await has([leader, ...others], server.push());
    expect(server.people()).toEqual(['ana']);
  });

  it('notice what got lost between them, and read again', async () => {
    const [leader, other] = [await tab(), await tab()];
    await leader.evaluate(() => {
      const { postMessage } = BroadcastChannel.prototype;
      BroadcastChannel.prototype.postMessage = function once(message: { kind: string }) {
        if (message.kind === 'event') BroadcastChannel.prototype.postMessage = postMessage;
        else postMessage.call(this, message);
      };
    });
    const lost = server.push();
    await has([leader], lost);
    const told = server.push();
    await has([leader, other], told);
    await has([leader, other], lost);
    expect((await seen(other)).missed).toBe(1);
    expect((await seen(leader)).missed).toBe(0);
  });

  it('have the status of the leader, and any of them can ask for another try', async () => {
    const pages = [await tab(), await tab()];
    server.doorOpen = false;
    server.cut(1011);
    for (const page of pages) await is(page, 'offline');
    server.doorOpen = true;
    await pages[1]!.evaluate(() => retry());
    for (const page of pages) await is(page, 'live');
    expect(server.people()).toEqual(['ana']);
  });

  it('are live again after the network was gone', async () => {
    const pages = [await tab(), await tab()];
    await context.setOffline(true);
    server.cut(1011);
    for (const page of pages) await is(page, 'offline');
    const missed = server.push();
    await context.setOffline(false);
    for (const page of pages) await is(page, 'live');
    await has(pages, missed);
  });

  it('have a socket each without locks, without channels, when told so, and when nobody knows whose tabs they are', async () => {
    const refusals: [string, string][] = [
      ['look=visible&alone', ''],
      [`look=visible&token=opaque`, ''],
      ['look=visible', 'delete Navigator.prototype.locks'],
      ['look=visible', 'delete window.BroadcastChannel'],
    ];
    for (const [query, without] of refusals) {
      await context.addInitScript(without);
      const pages = [await tab(query), await tab(query)];
      await until(() => server.people().length === 2);
      await has(pages, server.push());
      for (const page of pages) await page.close();
      await until(() => server.people().length === 0);
    }
  });

  it('share by the id that the host gives when the token is not to be read', async () => {
    const query = 'look=visible&token=opaque&recipient=ana';
    const pages = [await tab(query), await tab(query)];
    await has(pages, server.push());
    expect(server.most).toBe(1);
  });
});

describe('who shows a toast', () => {
  const toasts = (pages: readonly Page[]): Promise<string[][]> =>
    Promise.all(pages.map(async (page) => (await seen(page)).toasts));
  async function shown(pages: readonly Page[]): Promise<string[][]> {
    await has(pages, server.push());
    return toasts(pages);
  }

  it('the focused tab, whichever has the socket', async () => {
    const pages = [await tab('look=visible'), await tab('look=focused'), await tab('look=hidden')];
    const [leader, focused] = pages as [Page, Page];
    expect(await shown(pages)).toEqual([[], ['ii_0001'], []]);
    await tell(focused, true, false);
    await turn(leader, true, true);
    expect(await shown(pages)).toEqual([['ii_0002'], ['ii_0001'], []]);
  });

  it('without a focused one the visible tab that was used last, without a visible one nobody', async () => {
    const pages = [await tab('look=focused'), await tab('look=visible'), await tab('look=hidden')];
    const [leader, other] = pages as [Page, Page];
    await turn(leader, true, false);
    await tell(other, true, true);
    await tell(other, true, false);
    expect(await shown(pages)).toEqual([[], ['ii_0001'], []]);
    await tell(other, false, false);
    expect(await shown(pages)).toEqual([['ii_0002'], ['ii_0001'], []]);
    await turn(leader, false, false);
    expect(await shown(pages)).toEqual([['ii_0002'], ['ii_0001'], []]);
  });

  it('nobody, when the tab that had the focus is gone and the others are hidden', async () => {
    const [leader, other] = [await tab('look=hidden'), await tab('look=focused')];
    expect(await shown([leader, other])).toEqual([[], ['ii_0001']]);
    await other.close();
    expect(await shown([leader])).toEqual([[]]);
  });

  it('nobody, of what was replayed, of what is quiet, and of what was made long ago', async () => {
    const pages = [await tab('look=focused'), await tab('look=visible')];
    server.doorOpen = false;
    server.cut(1012);
    await is(pages[0]!, 'offline');
    const old = server.push({ createdAt: new Date(Date.now() - 5_000).toISOString() });
    server.doorOpen = true;
    await pages[0]!.evaluate(() => retry());
    await has(pages, old);
    await has(pages, server.push({ toast: false }));
    expect(await toasts(pages)).toEqual([[], []]);
  });
});

describe('presence', () => {
  beforeEach(() => context.clock.install());
  const pass = (seconds: number): Promise<void> => context.clock.fastForward(seconds * 1_000);
  const told = (presence: string[]): Promise<void> =>
    until(() => JSON.stringify(server.presence) === JSON.stringify(presence));

  it('is active, idle without input, away hidden for a while; and is renewed while it holds', async () => {
    const page = await tab('look=focused');
    await told(['ACTIVE']);
    await pass(46);
    await told(['ACTIVE', 'ACTIVE']);
    await pass(90);
    await told(['ACTIVE', 'ACTIVE', 'IDLE']);
    await pass(6);
    await page.mouse.move(5, 5);
    await pass(0);
    await told(['ACTIVE', 'ACTIVE', 'IDLE', 'ACTIVE']);
    await turn(page, false, false);
    await pass(3);
    await turn(page, true, true);
    await pass(2);
    await turn(page, false, false);
    await pass(11);
    await told(['ACTIVE', 'ACTIVE', 'IDLE', 'ACTIVE', 'AWAY']);
  });

  it('is that of all tabs together: the most active wins, and the last to go says so', async () => {
    const [leader, other] = [await tab('look=focused'), await tab('look=visible')];
    await told(['ACTIVE']);
    await turn(leader, false, false);
    await pass(12);
    expect(server.presence).toEqual(['ACTIVE']);
    await tell(other, false, false);
    await pass(12);
    await told(['ACTIVE', 'AWAY']);
    await tell(other, true, true);
    await pass(6);
    await told(['ACTIVE', 'AWAY', 'ACTIVE']);
    await leader.close();
    await until(() => server.inits.length === 2);
    await told(['ACTIVE', 'AWAY', 'ACTIVE', 'ACTIVE']);
    await other.close({ runBeforeUnload: false });
    await told(['ACTIVE', 'AWAY', 'ACTIVE', 'ACTIVE', 'AWAY']);
  });

  it('keeps silent about failures, and is told ever more rarely', async () => {
    server.presenceWorks = false;
    await tab('look=focused');
    await told(['ACTIVE']);
    await pass(2);
    expect(server.presence).toHaveLength(1);
    server.presenceWorks = true;
    await pass(40);
    await told(['ACTIVE', 'ACTIVE']);
  });
});

describe('tokens', () => {
  it('that ran out are replaced, and what came meanwhile is there', async () => {
    const pages = [await tab(), await tab()];
    server.refused.add(server.tokens[0]!);
    server.doorOpen = false;
    server.cut(4403);
    await until(() => server.people().length === 0);
    const between = server.push();
    server.doorOpen = true;
    await has(pages, between);
    for (const page of pages) await is(page, 'live');
    expect(server.people()).toEqual(['ana']);
    expect(server.inits.at(-1)).not.toEqual(server.inits[0]);
  });

  it('of somebody else: every tab begins anew, as that person', async () => {
    const pages = [await tab(), await tab(), await tab()];
    await has(pages, server.push());
    server.person = 'ben';
    server.cut(4403);
    for (const page of pages) {
      await until(async () => (await seen(page)).userChanged === 1);
      await is(page, 'live');
    }
    await has(pages, server.push());
    expect(server.people()).toEqual(['ben']);
    for (const page of pages) expect((await seen(page)).userChanged).toBe(1);
  });

  it('of two people never meet', async () => {
    const ana = await tab();
    server.person = 'ben';
    const ben = await tab();
    await has([ana, ben], server.push());
    expect(server.people().sort()).toEqual(['ana', 'ben']);
  });

  it('that are dead: the lead goes to a tab with a better one', async () => {
    const dead = tokenOf('ana', 'dead');
    server.refused.add(dead);
    const old = await open(`look=visible&token=${dead}`);
    await is(old, 'offline');
    const good = await open();
    await is(good, 'live');
    await is(old, 'live');
    await has([old, good], server.push());
    expect(server.people()).toEqual(['ana']);
  });
});
