import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { openWindows } from '../support/windows.ts';

declare const look: (visible: boolean, focused: boolean) => void;
declare const retry: () => void;
declare const showToasts: (shows: boolean) => void;

const windows = openWindows();
const { tab, seen, is, has, until } = windows;

const turn = (page: Page, visible: boolean, focused: boolean): Promise<void> =>
  page.evaluate(([visible, focused]) => look(visible!, focused!), [visible, focused]);
/** A follower turns, and the leader has heard of it. */
async function tell(page: Page, visible: boolean, focused: boolean): Promise<void> {
  const { answers } = await seen(page);
  await turn(page, visible, focused);
  await until(async () => (await seen(page)).answers > answers);
}

describe('who shows a toast', () => {
  const toasts = (pages: readonly Page[]): Promise<string[][]> =>
    Promise.all(pages.map(async (page) => (await seen(page)).toasts));
  async function shown(pages: readonly Page[]): Promise<string[][]> {
    await has(pages, windows.server.push());
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

  it('one that shows toasts, whoever has the focus; and as soon as it does', async () => {
    const pages = [await tab('look=focused&quiet'), await tab('look=visible'), await tab('look=visible&quiet')];
    const [leader, , late] = pages as [Page, Page, Page];
    expect(await shown(pages)).toEqual([[], ['ii_0001'], []]);
    const { answers } = await seen(late);
    await turn(late, true, true);
    await late.evaluate(() => showToasts(true));
    await until(async () => (await seen(late)).answers >= answers + 2);
    await turn(leader, true, false);
    expect(await shown(pages)).toEqual([[], ['ii_0001'], ['ii_0002']]);
    await leader.evaluate(() => showToasts(true));
    await turn(leader, true, true);
    await tell(late, true, false);
    expect(await shown(pages)).toEqual([['ii_0003'], ['ii_0001'], ['ii_0002']]);
  });

  it('nobody, where the visible tabs show none', async () => {
    const pages = [await tab('look=focused&quiet'), await tab('look=visible&quiet'), await tab('look=hidden')];
    expect(await shown(pages)).toEqual([[], [], []]);
  });

  it('each that is visible, where they do not share', async () => {
    const pages = [await tab('look=focused&alone'), await tab('look=visible&alone'), await tab('look=hidden&alone')];
    expect(await shown(pages)).toEqual([['ii_0001'], ['ii_0001'], []]);
    expect(windows.server.presence).toEqual([]);
  });

  it('nobody, of what was replayed, of what is quiet, and of what was made long ago', async () => {
    const pages = [await tab('look=focused'), await tab('look=visible')];
    windows.server.doorOpen = false;
    windows.server.cut(1012);
    await is(pages[0]!, 'offline');
    const old = windows.server.push({ createdAt: new Date(Date.now() - 5_000).toISOString() });
    windows.server.doorOpen = true;
    await pages[0]!.evaluate(() => retry());
    await has(pages, old);
    await has(pages, windows.server.push({ toast: false }));
    expect(await toasts(pages)).toEqual([[], []]);
  });
});

describe('presence', () => {
  beforeEach(() => windows.context.clock.install());
  const pass = (seconds: number): Promise<void> => windows.context.clock.fastForward(seconds * 1_000);
  const told = (presence: string[]): Promise<void> =>
    until(() => JSON.stringify(windows.server.presence) === JSON.stringify(presence));

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
    /** What the follower asks when time jumps is answered before it jumps again. */
    const passTogether = async (seconds: number): Promise<void> => {
      await pass(seconds);
      const { answers } = await seen(other);
      await other.evaluate(() => window.dispatchEvent(new Event('blur')));
      await until(async () => (await seen(other)).answers > answers);
    };
    await told(['ACTIVE']);
    await turn(leader, false, false);
    await passTogether(12);
    expect(windows.server.presence).toEqual(['ACTIVE']);
    await tell(other, false, false);
    await passTogether(12);
    await told(['ACTIVE', 'AWAY']);
    await tell(other, true, true);
    await passTogether(6);
    await told(['ACTIVE', 'AWAY', 'ACTIVE']);
    await leader.close();
    await until(() => windows.server.inits.length === 2);
    await told(['ACTIVE', 'AWAY', 'ACTIVE', 'ACTIVE']);
    await other.close({ runBeforeUnload: false });
    await told(['ACTIVE', 'AWAY', 'ACTIVE', 'ACTIVE', 'AWAY']);
    // Whichever tab reports, it is one browser.
    expect(windows.server.reporters.size).toBe(1);
  });

  it('keeps silent about failures, and is told ever more rarely', async () => {
    windows.server.presenceWorks = false;
    await tab('look=focused');
    await told(['ACTIVE']);
    await pass(2);
    expect(windows.server.presence).toHaveLength(1);
    windows.server.presenceWorks = true;
    await pass(40);
    await told(['ACTIVE', 'ACTIVE']);
  });
});
