import type { Page, Route } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { eventually, useStage } from './stage/stage.ts';

const stage = useStage();
const code = '**/opened-*.js';
const panel = () => stage.page.getByRole('dialog', { name: 'Notifications' });
const focused = (): Promise<string> => stage.page.evaluate(() => document.activeElement?.className ?? '');
const refuse = (page: Page): Promise<unknown> => page.route(code, (route) => route.abort());

/** Holds the answer to whoever asks for what is behind the bell, until it is let go. */
function held(): { first: (page: Page) => Promise<unknown>; asked: () => number; letGo: () => Promise<void> } {
  const routes: Route[] = [];
  let open = false;
  return {
    first: (page) => page.route(code, (route) => (open ? route.continue() : void routes.push(route))),
    asked: () => routes.length,
    async letGo() {
      open = true;
      for (const route of routes) await route.continue();
    },
  };
}

/** Top and height of what stands in the panel or the page: heading, tabs, rows. */
const places = (): Promise<number[][]> =>
  stage.page.evaluate(() =>
    [...document.querySelectorAll('.td-head, .td-heading, .td-tabs, .td-list')].map((element) => {
      const { top, height } = element.getBoundingClientRect();
      return element.matches('.td-list') ? [top] : [top, height];
    }),
  );

describe('what is behind the bell', () => {
  it('is loaded when nothing else is to be done, and then needs no network', async () => {
    stage.server.model.add({ title: 'Parcel' });
    await stage.open();
    await eventually(() =>
      stage.page.evaluate(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('opened-'))),
    ).toBe(true);
    await stage.page.waitForLoadState('networkidle');
    await stage.page.route('**/*.js', (route) => route.abort());
    await stage.page.locator('.td-bell').click();
    await stage.article('Parcel').waitFor();
    expect((await stage.noted()).errors).toEqual([]);
  });

  it.each(['pointer', 'focus'])('is loaded when the %s comes to the bell, if not before', async (by) => {
    const hold = held();
    await stage.open('', {}, async (page) => {
      await hold.first(page);
      // A browser that is never idle.
      await page.addInitScript(() => {
        window.requestIdleCallback = () => 0;
      });
    });
    const bell = stage.page.locator('.td-bell');
    await bell.waitFor();
    expect(hold.asked()).toBe(0);
    await (by === 'focus' ? bell.focus() : bell.hover());
    await eventually(hold.asked).toBe(1);
    await hold.letGo();
  });

  it('has its frame until then, which Escape closes, and in which nothing jumps', async () => {
    const hold = held();
    stage.server.model.add({ title: 'Parcel' });
    await stage.open('', {}, hold.first);
    const { page } = stage;
    const bell = page.locator('.td-bell');
    await bell.press('Enter');
    await panel().getByRole('heading', { name: 'Notifications' }).waitFor();
    await panel().getByText('Loading').waitFor({ state: 'attached' });
    await eventually(focused).toContain('td-panel');
    await stage.axe();
    await page.keyboard.press('Escape');
    await panel().waitFor({ state: 'hidden' });
    await eventually(focused).toContain('td-bell');
    await bell.press('Enter');
    await panel().getByRole('button', { name: 'Close' }).focus();
    const before = await places();
    expect(before).toHaveLength(4);
    await hold.letGo();
    await stage.article('Parcel').waitFor();
    expect(await places()).toEqual(before);
    // The button that had it is another one now.
    await eventually(focused).toContain('td-panel');
  });

  it('says that it could not be loaded, tells the host, and is loaded by "Try again"', async () => {
    stage.server.model.add({ title: 'Parcel' });
    await stage.open('', {}, refuse);
    const { page } = stage;
    await page.locator('.td-bell').click();
    await panel().getByRole('alert').getByText('could not be loaded').waitFor();
    await panel().getByRole('heading', { name: 'Notifications' }).waitFor();
    await stage.axe();
    expect((await stage.noted()).errors.join()).toContain('import');
    await page.getByRole('button', { name: 'Try again' }).click();
    await panel().getByRole('alert').getByText('could not be loaded').waitFor();
    await eventually(focused).toContain('td-panel');
    await page.unroute(code);
    await page.getByRole('button', { name: 'Try again' }).click();
    await stage.article('Parcel').waitFor();
    await eventually(focused).toContain('td-panel');
  });

  it('is tried again by whoever opens it anew', async () => {
    stage.server.model.add({ title: 'Parcel' });
    await stage.open('', {}, refuse);
    const { page } = stage;
    await page.locator('.td-bell').press('Enter');
    await panel().getByRole('alert').waitFor();
    await page.keyboard.press('Escape');
    await page.unroute(code);
    await page.locator('.td-bell').press('Enter');
    await stage.article('Parcel').waitFor();
  });
});

describe('parts in the page', () => {
  it.each([
    ['the inbox', 'show=page', '.td-item'],
    ['a list', 'show=list', '.td-item'],
    ['preferences', 'show=preferences', '.td-category'],
  ])('%s: stands in its frame until it is there, and does not jump', async (_name, parts, content) => {
    const hold = held();
    stage.server.model.add({ title: 'Parcel' });
    await stage.open(parts, {}, hold.first);
    await stage.page.getByText('Loading').waitFor({ state: 'attached' });
    await stage.axe();
    const before = await places();
    await hold.letGo();
    await stage.page.locator(content).first().waitFor();
    expect(await places()).toEqual(before);
  });

  it('say that they could not be loaded, and are by "Try again"', async () => {
    await stage.open('show=preferences', {}, refuse);
    await stage.page.getByText('Your preferences could not be loaded.').waitFor();
    await stage.axe();
    await stage.page.unroute(code);
    await stage.page.getByRole('button', { name: 'Try again' }).click();
    await stage.page.getByRole('group', { name: 'Offers' }).waitFor();
  });
});
