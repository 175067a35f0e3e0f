import { describe, expect, it } from 'vitest';
import { eventually, useStage } from './stage/stage.ts';

const stage = useStage();
const now = (): string => new Date().toISOString();

/** Something of everything that a row can show. */
function fill(): void {
  const { model } = stage.server;
  model.add({ title: 'Old news', readAt: now(), seenAt: now(), url: '/old' });
  for (const who of ['Ben', 'Chloé', 'Dora']) model.add({ title: `${who} commented`, groupKey: 'launch' });
  model.add({
    title: 'Maja invites you',
    body: 'Friday 14:00, room Aurora.',
    actions: [
      { key: 'no', label: 'Decline', url: null, primary: false },
      { key: 'yes', label: 'Accept', url: '/yes', primary: true },
    ],
  });
  model.add({ title: 'Parcel', url: '/parcel', pinnedAt: now() });
}

const looks: Record<string, Parameters<typeof stage.openPanel>> = {
  light: [],
  'dark by the page': ['', { colorScheme: 'dark' }],
  'dark by the host': ['theme=dark'],
  'from right to left': ['dir=rtl'],
  'in German': ['german'],
  'in forced colours': ['', { forcedColors: 'active' }],
  'on a phone': ['', { viewport: { width: 360, height: 740 } }],
};

/** What is most unlike the rest. */
const some = Object.entries(looks).filter(([name]) => /light|page|forced|left/.test(name));

describe('axe finds nothing', () => {
  it.each(Object.entries(looks))('in the list, its menu and its question: %s', async (name, [parts, options]) => {
    fill();
    await stage.openPanel(parts, options);
    const { page } = stage;
    await stage.article('Parcel').waitFor();
    await stage.axe();
    await page
      .getByRole('button', { name: /3 others|2 others|2 weitere/ })
      .first()
      .click();
    await page
      .getByRole('button', { name: /: Maja invites you$/ })
      .last()
      .click();
    await page.getByRole('menu').waitFor();
    await stage.axe();
    await page.getByRole('menuitem').last().click();
    await page.getByRole('dialog').getByText(/\?$/).waitFor();
    await stage.axe();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name).toBe(true);
  });

  it.each(some)('in the preferences: %s', async (_name, [parts, options]) => {
    await stage.openPanel(parts, options);
    await stage.page.locator('.td-head [data-turn]').click();
    await stage.page.getByText('Your orders').waitFor();
    await stage.axe();
  });

  it.each(some)('in toasts: %s', async (_name, [parts, options]) => {
    await stage.open(parts, options);
    stage.server.push({ title: 'Calm' });
    stage.server.push({ title: 'Fire', urgent: true, actions: [{ key: 'a', label: 'Go', url: '/go', primary: true }] });
    await stage.page.locator('.td-toast[data-urgent]').waitFor();
    await stage.page.getByRole('status').filter({ hasText: 'Calm' }).waitFor({ state: 'attached' });
    await stage.axe();
  });

  it('with the panel closed, in the snooze menu and its field for a time', async () => {
    fill();
    await stage.open();
    await stage.page.getByRole('button', { name: 'Notifications, 5 unread' }).waitFor();
    await stage.axe();
    await stage.page.locator('.td-bell').click();
    await stage.openMenu('Parcel');
    await stage.page.getByRole('menuitem', { name: 'Snooze' }).click();
    await stage.axe();
    await stage.page.getByRole('menuitem', { name: 'Pick a time' }).click();
    await stage.page.getByLabel('Snooze until').waitFor();
    await stage.axe();
  });

  it('in every empty tab, each with its words', async () => {
    await stage.openPanel();
    for (const [tab, words] of [
      ['All', 'all caught up'],
      ['Unread', 'Nothing left to read'],
      ['Snoozed', 'Nothing snoozed'],
      ['Archived', 'Nothing archived'],
    ] as const) {
      await stage.page.getByRole('tab', { name: tab }).click();
      await stage.page.getByText(words).waitFor();
      await stage.axe();
    }
  });

  it('where a list cannot be read, and it can be read again', async () => {
    stage.server.model.add({ title: 'Put away', archivedAt: now() });
    await stage.openPanel();
    stage.server.readsWork = false;
    await stage.page.getByRole('tab', { name: 'Archived' }).click();
    await stage.page.getByText('could not be loaded').waitFor();
    await stage.axe();
    stage.server.readsWork = true;
    await stage.page.getByRole('button', { name: 'Try again' }).click();
    await stage.article('Put away').waitFor();
  });

  it('offline, with marks that wait, which then arrive', async () => {
    fill();
    await stage.openPanel();
    await stage.article('Parcel').waitFor();
    await eventually(() => stage.server.marked.map(({ mark }) => mark)).toContain('SEEN');
    stage.server.reachable = false;
    stage.server.cut();
    await stage.page.getByText('You are offline').waitFor();
    await stage.openMenu('Parcel');
    await stage.page.getByRole('menuitem', { name: 'Archive' }).click();
    await stage.page.getByText('1 change waits').waitFor();
    await stage.axe();
    expect(await stage.article('Parcel').count()).toBe(0);
    stage.server.reachable = true;
    await stage.page.getByRole('button', { name: 'Try again' }).click();
    await eventually(() => stage.server.marked.map(({ mark }) => mark)).toContain('ARCHIVED');
    await stage.page.getByText('waits for the connection').waitFor({ state: 'detached' });
  });

  it.each([
    ['as a page with tabs of the host', 'show=page&tabs'],
    ['as one list', 'show=list'],
    ['in preferences in a page', 'show=preferences'],
    ['in a part of the preferences', 'show=part'],
    ['with parts of the host', 'show=page&slots=own'],
  ])('%s', async (_name, parts) => {
    fill();
    await stage.open(parts);
    await stage.page.locator('.td-item, .td-category').first().waitFor();
    await stage.axe();
  });
});
