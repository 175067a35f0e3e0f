import { describe, expect, it } from 'vitest';
import { eventually, useStage } from './stage/stage.ts';

const stage = useStage();
const now = (): string => new Date().toISOString();
const focused = (): Promise<string | null> =>
  stage.page.evaluate(
    () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? null,
  );

describe('the menu of a row', () => {
  it('goes by arrows, Home, End and letters, closes by Escape alone, and gives the focus back', async () => {
    stage.server.model.add({ title: 'Parcel' });
    await stage.openPanel();
    const { page } = stage;
    await stage.openMenu('Parcel');
    expect(await focused()).toBe('Mark as read');
    for (const [key, goal] of [
      ['ArrowDown', 'Pin'],
      ['End', 'Delete'],
      ['ArrowDown', 'Mark as read'],
      ['ArrowUp', 'Delete'],
      ['Home', 'Mark as read'],
      ['s', 'Snooze'],
    ] as const) {
      await page.keyboard.press(key);
      expect(await focused()).toBe(goal);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'hidden' });
    await eventually(focused).toBe('Actions: Parcel');
    expect(await page.getByRole('dialog', { name: 'Notifications' }).isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Notifications' }).waitFor({ state: 'hidden' });
    await eventually(focused).toBe('Notifications, 1 unread');
  });

  it('pins, puts off until tomorrow, brings back, and archives; the focus goes to the neighbour', async () => {
    for (const title of ['One', 'Two', 'Three']) stage.server.model.add({ title });
    await stage.openPanel();
    const { page } = stage;
    await stage.openMenu('One');
    await page.getByRole('menuitem', { name: 'Pin' }).click();
    await stage.article('One').getByText('Pinned').waitFor();
    expect(await page.getByRole('article').first().getAttribute('data-item-id')).toBe('ii_0001');
    await stage.openMenu('Three');
    await page.getByRole('menuitem', { name: 'Archive' }).click();
    await stage.article('Three').waitFor({ state: 'detached' });
    await eventually(() => page.evaluate(() => document.activeElement?.getAttribute('data-item-id'))).toBe('ii_0002');
    await stage.openMenu('Two');
    await page.getByRole('menuitem', { name: 'Snooze' }).click();
    await page.getByRole('menuitem', { name: 'Tomorrow' }).click();
    await stage.article('Two').waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: 'Snoozed' }).click();
    await stage
      .article('Two')
      .getByText(/Snoozed until .*9:00/)
      .waitFor();
    await stage.openMenu('Two');
    await page.getByRole('menuitem', { name: 'Bring back now' }).click();
    await page.getByText('Nothing snoozed').waitFor();
    await page.getByRole('tab', { name: 'Archived' }).click();
    await stage.openMenu('Three');
    await page.getByRole('menuitem', { name: 'Move to inbox' }).click();
    await page.getByText('Nothing archived').waitFor();
    expect(stage.server.marked.map(({ mark }) => mark).filter((mark) => mark !== 'SEEN')).toEqual([
      'PINNED',
      'ARCHIVED',
      'SNOOZED',
      'UNSNOOZED',
      'UNARCHIVED',
    ]);
  });

  it('puts off until a moment that is typed, and refuses one in the past', async () => {
    stage.server.model.add({ title: 'Parcel' });
    await stage.openPanel();
    const { page } = stage;
    await stage.openMenu('Parcel');
    await page.getByRole('menuitem', { name: 'Snooze' }).click();
    await page.getByRole('menuitem', { name: 'Pick a time' }).click();
    await page.getByLabel('Snooze until').fill('2020-01-01T09:00');
    await page.getByRole('button', { name: 'Snooze', exact: true }).click();
    expect(await stage.article('Parcel').count()).toBe(1);
    const nextYear = `${new Date(Date.now() + 300 * 86_400_000).toISOString().slice(0, 10)}T09:30`;
    await page.getByLabel('Snooze until').fill(nextYear);
    await page.getByRole('button', { name: 'Snooze', exact: true }).click();
    await stage.article('Parcel').waitFor({ state: 'detached' });
    await eventually(() => stage.server.model.list({ snoozed: true })[0]?.snoozedUntil).toBe(
      new Date(nextYear).toISOString(),
    );
  });

  it('asks once before it deletes', async () => {
    stage.server.model.add({ title: 'Parcel' });
    await stage.openPanel();
    const { page } = stage;
    await stage.openMenu('Parcel');
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByText('Delete this notification for good?').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await stage.article('Parcel').count()).toBe(1);
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('all caught up').waitFor();
    await eventually(() => stage.server.model.list().length).toBe(0);
  });
});

describe('groups', () => {
  it('are one row, open and close, and are marked as one', async () => {
    for (const who of ['Ben', 'Chloé', 'Ana']) stage.server.model.add({ title: who, groupKey: 'plan' });
    stage.server.model.add({ title: 'Parcel' });
    await stage.openPanel();
    const { page } = stage;
    const title = page.getByRole('button', { name: 'Ana and 2 others', exact: true });
    await title.waitFor();
    expect(await page.getByRole('article').count()).toBe(2);
    await title.press('Enter');
    expect(await title.getAttribute('aria-expanded')).toBe('true');
    expect(await page.getByRole('article').count()).toBe(5);
    expect(await page.getByRole('article').last().getAttribute('aria-posinset')).toBe('5');
    await title.press('Enter');
    expect(await page.getByRole('article').count()).toBe(2);
    await stage.openMenu('Ana and 2 others');
    await page.getByRole('menuitem', { name: 'Mark as read' }).click();
    await page.getByRole('button', { name: 'Notifications, 1 unread' }).waitFor();
    expect(stage.server.marked.at(-1)?.ids.length).toBe(3);
  });
});

describe('the whole list', () => {
  it('is marked read, its read part is archived, then all of it', async () => {
    const { model } = stage.server;
    model.add({ title: 'Finished', readAt: now(), seenAt: now() });
    for (const title of ['One', 'Two']) model.add({ title });
    await stage.openPanel();
    const { page } = stage;
    await stage.article('One').waitFor();
    const menu = page.getByRole('button', { name: 'All notifications' });
    await menu.click();
    await page.getByRole('menuitem', { name: 'Archive what is read' }).click();
    await stage.article('Finished').waitFor({ state: 'detached' });
    expect(await page.getByRole('article').count()).toBe(2);
    await page.getByRole('button', { name: 'Mark all read' }).click();
    await page.getByRole('button', { name: 'Notifications', exact: true }).waitFor();
    await menu.click();
    await page.getByRole('menuitem', { name: 'Archive all' }).click();
    await page.getByText('all caught up').waitFor();
    await eventually(() => model.list({ archived: true }).length).toBe(3);
  });

  it('has tabs with counts that go by arrows, also from right to left', async () => {
    const { model } = stage.server;
    model.add({ title: 'Order', category: { key: 'order-update', name: 'Order update' } });
    model.add({ title: 'Team', category: { key: 'chat', name: 'Chat' }, tags: ['team'] });
    await stage.openPanel('tabs&dir=rtl');
    const { page } = stage;
    await page.getByRole('tab', { name: 'All 2 unread' }).waitFor();
    await page.getByRole('tab', { name: 'Orders 1 unread' }).waitFor();
    await page.getByRole('tab', { name: 'All' }).focus();
    await page.keyboard.press('ArrowLeft');
    await eventually(() => page.getByRole('tab', { selected: true }).textContent()).toContain('Orders');
    await stage.article('Team').waitFor({ state: 'detached' });
    await page.keyboard.press('End');
    await stage.article('Team').waitFor();
    await page.keyboard.press('ArrowLeft');
    await eventually(() => page.getByRole('tab', { selected: true }).textContent()).toContain('All');
  });

  it('reads on while it is scrolled, and keeps only what is in sight of a long one', async () => {
    for (let n = 1; n <= 260; n += 1) stage.server.model.add({ title: `Item ${n}`, seenAt: now() });
    await stage.openPanel('size=100');
    const { page } = stage;
    await stage.article('Item 260').waitFor();
    await eventually(async () => {
      await page.locator('.td-list').evaluate((list) => list.scrollTo(0, list.scrollHeight));
      return page.getByRole('article').last().getAttribute('aria-posinset');
    }).toBe('260');
    await eventually(() => page.getByRole('article').count()).toBeLessThan(60);
    await page.getByRole('article').last().focus();
    await page.keyboard.press('PageUp');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-posinset'))).toBe('259');
  });
});

describe('presses', () => {
  it('follow links by the router of the host, tell the host, and are reported', async () => {
    stage.server.model.add({
      title: 'Invitation',
      url: '/invitation',
      actions: [
        { key: 'no', label: 'Decline', url: null, primary: false },
        { key: 'yes', label: 'Accept', url: '/accept', primary: true },
        { key: 'bad', label: 'Bad', url: 'javascript:document.title="bad"', primary: false },
      ],
    });
    await stage.openPanel('router');
    const { page } = stage;
    const item = stage.article('Invitation');
    expect(await item.locator('.td-button').allTextContents()).toEqual(['Accept', 'Decline', 'Bad']);
    await item.getByRole('button', { name: 'Decline' }).click();
    await item.getByRole('button', { name: 'Bad' }).click();
    await item.getByRole('link', { name: 'Accept' }).click();
    await page.getByRole('dialog', { name: 'Notifications' }).waitFor({ state: 'hidden' });
    await page.locator('.td-bell').click();
    await item.getByRole('link', { name: 'Invitation' }).click({ button: 'right' });
    await item.getByRole('link', { name: 'Invitation' }).click();
    const { pressed, went } = await stage.noted();
    expect(pressed).toEqual(['Invitation/no', 'Invitation/bad', 'Invitation/yes', 'Invitation/']);
    expect(went).toEqual(['/accept', '/invitation']);
    expect(page.url()).not.toContain('invitation');
    await eventually(() => stage.server.engaged.map(({ kind }) => kind)).toEqual([
      'ACTED',
      'ACTED',
      'ACTED',
      'CLICKED',
    ]);
  });
});

describe('parts of the host', () => {
  it('stand where they belong', async () => {
    stage.server.model.add({ title: 'Parcel' });
    await stage.openPanel('slots=own&count=unseen');
    const { page } = stage;
    await page.getByText('own head').waitFor();
    await page.getByText('own foot').waitFor();
    await stage.article('Parcel').locator('.own-item em').getByText('Body').waitFor();
    await page.getByRole('tab', { name: 'Unread 1' }).waitFor();
    await page.getByRole('tab', { name: 'Archived' }).click();
    await page.getByText('Nothing in archived').waitFor();
  });

  it('cannot blank the page when they fail', async () => {
    stage.server.model.add({ title: 'Parcel' });
    await stage.open('slots=broken');
    const { page } = stage;
    await page.locator('.td-bell').click();
    await eventually(async () => (await stage.noted()).errors).toContain('Error: a slot that fails');
    expect(await page.getByRole('heading', { name: 'Stage' }).isVisible()).toBe(true);
    expect(await page.locator('.td-bell').isVisible()).toBe(true);
  });
});
