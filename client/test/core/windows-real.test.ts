import { afterEach, describe, expect, it } from 'vitest';
import { realTabs, type RealTab } from '../support/real-tabs.ts';
import type { TabView } from '../support/windows-page.ts';
import { openWindows } from '../support/windows.ts';

const windows = openWindows();
const { until } = windows;

// Before the page's script has run there is no view.
const seen = async (tab: RealTab): Promise<Partial<TabView>> => (await tab.evaluate('globalThis.view')) ?? {};
const tabs: RealTab[] = [];
afterEach(async () => {
  for (const tab of tabs.splice(0)) await tab.close();
});

async function open(count: number): Promise<void> {
  const openTab = await realTabs(windows.browser);
  for (let n = 0; n < count; n += 1) {
    const tab = await openTab(`${windows.server.url}/`);
    tabs.push(tab);
    await until(async () => (await seen(tab)).status === 'live');
  }
}
async function has(tabs: readonly RealTab[], id: string): Promise<void> {
  for (const tab of tabs) {
    await until(async () => (await seen(tab)).items?.includes(id));
    expect((await seen(tab)).items?.filter((item) => item === id)).toEqual([id]);
  }
}
const toasts = (tabs: readonly RealTab[]): Promise<unknown[]> =>
  Promise.all(tabs.map(async (tab) => (await seen(tab)).toasts));

describe('tabs as people have them', () => {
  it('announce in the one in front', async () => {
    await open(3);
    const [leader, , last] = tabs as [RealTab, RealTab, RealTab];
    await has(tabs, windows.server.push());
    expect(await toasts(tabs)).toEqual([[], [], ['ii_0001']]);
    const { answers = 0 } = await seen(last);
    await leader.toFront();
    await until(async () => (await last.evaluate('document.visibilityState')) === 'hidden');
    await until(async () => (await leader.evaluate('document.hasFocus()')) === true);
    await until(async () => ((await seen(last)).answers ?? 0) > answers);
    await has(tabs, windows.server.push());
    expect(await toasts(tabs)).toEqual([['ii_0002'], [], ['ii_0001']]);
    expect(windows.server.most).toBe(1);
  });

  it('go on when the one with the socket is frozen; thawed it follows and has what it missed', async () => {
    await open(2);
    const [leader, other] = tabs as [RealTab, RealTab];
    await has(tabs, windows.server.push());
    windows.server.doorOpen = false;
    await leader.setFrozen(true);
    await until(() => windows.server.people().length === 0);
    const between = windows.server.push();
    windows.server.doorOpen = true;
    await has([other], between);
    await leader.setFrozen(false);
    await has(tabs, between);
    await has(tabs, windows.server.push());
    expect(windows.server.people()).toEqual(['ana']);
    expect(windows.server.most).toBe(1);
    expect(windows.server.resumedAfter).toEqual([0, 1]);
  });
});
