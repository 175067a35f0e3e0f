import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { tokenOf } from '../support/windows-server.ts';
import { openWindows } from '../support/windows.ts';

declare const voice: { words: 'heard' | 'lost' | 'events lost' };
declare const retry: () => void;
declare const stop: () => void;

const windows = openWindows();
const { open, tab, seen, is, has, until } = windows;

/** Ends the leader by `end` while nobody can connect, so that something happens in between. */
async function handOver(end: (leader: Page) => Promise<unknown>): Promise<{ leader: Page; others: Page[] }> {
  const leader = await tab();
  const others = [await tab(), await tab()];
  await has([leader, ...others], windows.server.push());
  windows.server.doorOpen = false;
  await end(leader);
  await until(() => windows.server.people().length === 0);
  const between = windows.server.push();
  windows.server.doorOpen = true;
  for (const page of others) await is(page, 'live');
  await has(others, between);
  await has(others, windows.server.push());
  expect(windows.server.people()).toEqual(['ana']);
  expect(windows.server.resumedAfter).toEqual([0, 1]);
  for (const page of others) {
    expect((await seen(page)).events).toEqual(['InboxItemAdded 1', 'InboxItemAdded 2', 'InboxItemAdded 3']);
    expect((await seen(page)).missed).toBe(0);
  }
  return { leader, others };
}

describe('tabs of one person', () => {
  it('share one socket, and every one has every item once', async () => {
    const pages = [await tab(), await tab()];
    await has(pages, windows.server.push());
    pages.push(await tab());
    await has(pages, windows.server.push());
    expect(windows.server.people()).toEqual(['ana']);
    expect(windows.server.most).toBe(1);
    expect(windows.server.inits).toEqual([{ authorization: `Bearer ${windows.server.tokens[0]}`, platform: 'WEB' }]);
    expect(await Promise.all(pages.map(async (page) => (await seen(page)).missed))).toEqual([0, 0, 0]);
  });

  it('go on when the one with the socket is closed', async () => {
    await handOver((leader) => leader.close());
    expect(windows.server.most).toBe(1);
  });

  it('go on when the one with the socket crashes', async () => {
    await handOver(async (leader) => {
      const devtools = await windows.context.newCDPSession(leader);
      const crashed = leader.waitForEvent('crash');
      void devtools.send('Page.crash').catch(() => {});
      await crashed;
    });
  });

  it('go on when the one with the socket stops, and take it back when it starts again', async () => {
    await handOver((leader) => leader.evaluate(() => stop()));
  });

  // Playwright's pages cannot be frozen for good (those of windows-real.test.ts can): these are the words in which a page hears of it.
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
      await has([leader, ...others], windows.server.push());
      await has([leader], 'ii_0002');
      expect(windows.server.people()).toEqual(['ana']);
      expect(windows.server.most).toBe(1);
    },
  );

  it('rob a leader that answers nobody; it steps down and follows', async () => {
    await windows.context.clock.install();
    const leader = await tab();
    const others = [await tab(), await tab()];
    await leader.evaluate(() => void (voice.words = 'lost'));
    await others[0]!.clock.fastForward(16_000);
    expect(windows.server.inits).toHaveLength(1);
    await others[0]!.clock.fastForward(16_000);
    await until(() => windows.server.inits.length >= 2 && windows.server.people().length === 1);
    await leader.evaluate(() => void (voice.words = 'heard'));
    await has(others, windows.server.push());
    // It spoke into the void when it stepped down, and is heard at its next look.
    await leader.clock.fastForward(16_000);
    await has([leader, ...others], windows.server.push());
    expect(windows.server.people()).toEqual(['ana']);
  });

  it('notice what got lost between them, and read again', async () => {
    const [leader, other] = [await tab(), await tab()];
    await leader.evaluate(() => void (voice.words = 'events lost'));
    const lost = windows.server.push();
    await has([leader], lost);
    await leader.evaluate(() => void (voice.words = 'heard'));
    const told = windows.server.push();
    await has([leader, other], told);
    await has([leader, other], lost);
    expect((await seen(other)).missed).toBe(1);
    expect((await seen(leader)).missed).toBe(0);
  });

  it('have the status of the leader, and any of them can ask for another try', async () => {
    const pages = [await tab(), await tab()];
    windows.server.doorOpen = false;
    windows.server.cut(1011);
    for (const page of pages) await is(page, 'offline');
    windows.server.doorOpen = true;
    await pages[1]!.evaluate(() => retry());
    for (const page of pages) await is(page, 'live');
    expect(windows.server.people()).toEqual(['ana']);
  });

  it('are live again after the network was gone', async () => {
    const pages = [await tab(), await tab()];
    await windows.context.setOffline(true);
    windows.server.cut(1011);
    for (const page of pages) await is(page, 'offline');
    const missed = windows.server.push();
    await windows.context.setOffline(false);
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
      await windows.context.addInitScript(without);
      const pages = [await tab(query), await tab(query)];
      await until(() => windows.server.people().length === 2);
      await has(pages, windows.server.push());
      for (const page of pages) await page.close();
      await until(() => windows.server.people().length === 0);
    }
  });

  it('share by the id that the host gives when the token is not to be read', async () => {
    const query = 'look=visible&token=opaque&recipient=ana';
    const pages = [await tab(query), await tab(query)];
    await has(pages, windows.server.push());
    expect(windows.server.most).toBe(1);
  });
});

describe('tokens', () => {
  it('that ran out are replaced, and what came meanwhile is there', async () => {
    const pages = [await tab(), await tab()];
    windows.server.refused.add(windows.server.tokens[0]!);
    windows.server.doorOpen = false;
    windows.server.cut(4403);
    await until(() => windows.server.people().length === 0);
    const between = windows.server.push();
    windows.server.doorOpen = true;
    await has(pages, between);
    for (const page of pages) await is(page, 'live');
    expect(windows.server.people()).toEqual(['ana']);
    expect(windows.server.inits.at(-1)).not.toEqual(windows.server.inits[0]);
  });

  it('of somebody else: every tab begins anew, as that person', async () => {
    const pages = [await tab(), await tab(), await tab()];
    await has(pages, windows.server.push());
    windows.server.person = 'ben';
    windows.server.cut(4403);
    for (const page of pages) {
      await until(async () => (await seen(page)).userChanged === 1);
      await is(page, 'live');
    }
    await has(pages, windows.server.push());
    expect(windows.server.people()).toEqual(['ben']);
    for (const page of pages) expect((await seen(page)).userChanged).toBe(1);
  });

  it('of two people never meet', async () => {
    const ana = await tab();
    windows.server.person = 'ben';
    const ben = await tab();
    await has([ana, ben], windows.server.push());
    expect(windows.server.people().sort()).toEqual(['ana', 'ben']);
  });

  it('that are dead: the lead goes to a tab with a better one', async () => {
    const dead = tokenOf('ana', 'dead');
    windows.server.refused.add(dead);
    const old = await open(`look=visible&token=${dead}`);
    await is(old, 'offline');
    const good = await open();
    await is(good, 'live');
    await is(old, 'live');
    await has([old, good], windows.server.push());
    expect(windows.server.people()).toEqual(['ana']);
  });
});
