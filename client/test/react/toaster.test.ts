import { describe, expect, it } from 'vitest';
import { eventually, useStage } from './stage/stage.ts';

const stage = useStage();
const toasts = () => stage.page.locator('.td-toast');
const alert = () => stage.page.getByRole('alert');

/** Lets so much time pass for the page, without waiting for it. */
async function pass(ms: number): Promise<void> {
  await stage.page.clock.runFor(ms);
}

async function openWithClock(parts = ''): Promise<void> {
  await stage.open(parts);
  await stage.page.clock.install();
}

describe('toasts', () => {
  it('are acknowledged once painted, spoken together, and leave by themselves', async () => {
    await openWithClock();
    stage.server.push({ title: 'One' });
    stage.server.push({ title: 'Two' });
    await toasts().getByText('Two').waitFor();
    await pass(1000);
    await eventually(() => stage.server.acknowledged).toEqual(['ii_0001', 'ii_0002']);
    await stage.page
      .getByRole('status')
      .filter({ hasText: '2 new notifications: One, Two' })
      .waitFor({ state: 'attached' });
    expect((await stage.noted()).arrived.toSorted()).toEqual(['One', 'Two', 'hook One', 'hook Two']);
    await pass(7000);
    await eventually(() => toasts().count()).toBe(0);
    await stage.page.getByRole('button', { name: 'Notifications, 2 unread' }).waitFor();
  });

  it('stay while the pointer or the focus is on any of them', async () => {
    await openWithClock();
    stage.server.push({ title: 'One' });
    stage.server.push({ title: 'Two' });
    await toasts().getByText('One').hover();
    await pass(60_000);
    expect(await toasts().count()).toBe(2);
    await stage.page.getByRole('button', { name: 'Dismiss: Two' }).focus();
    await stage.page.mouse.move(10, 300);
    await pass(60_000);
    expect(await toasts().count()).toBe(2);
    await stage.page.locator('.td-bell').focus();
    await pass(7000);
    await eventually(() => toasts().count()).toBe(0);
  });

  it('that are urgent interrupt and stay until they are dismissed', async () => {
    await openWithClock();
    stage.server.push({ title: 'Fire', body: 'Leave the house.', urgent: true });
    await alert().getByText('Urgent: Fire. Leave the house.').waitFor({ state: 'attached' });
    await pass(60_000);
    expect(await toasts().count()).toBe(1);
    // By the page's clock they are new.
    const createdAt = new Date(Date.now() + 61_000).toISOString();
    for (let n = 1; n <= 5; n += 1) stage.server.push({ title: `News ${n}`, createdAt });
    await toasts().getByText('News 5').waitFor();
    await eventually(() => toasts().count()).toBe(4);
    expect(await toasts().getByText('Fire').count()).toBe(1);
    await stage.page.getByRole('button', { name: 'Dismiss: Fire' }).click();
    await pass(300);
    await toasts().getByText('Fire').waitFor({ state: 'detached' });
  });

  it('are left by Escape, one after the other, and the focus goes back to where it was', async () => {
    await openWithClock();
    await stage.page.locator('.td-bell').focus();
    stage.server.push({ title: 'One' });
    stage.server.push({ title: 'Two' });
    await toasts().getByText('Two').waitFor();
    await stage.page.getByRole('button', { name: 'Dismiss: Two' }).focus();
    await stage.page.keyboard.press('Escape');
    expect(await stage.page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Dismiss: One');
    await stage.page.keyboard.press('Escape');
    await pass(300);
    await eventually(() => toasts().count()).toBe(0);
    await eventually(() => stage.page.evaluate(() => document.activeElement?.className)).toContain('td-bell');
  });

  it('have the buttons of the item, and go when the item is read', async () => {
    await openWithClock('slots=own');
    const actions = [{ key: 'yes', label: 'Accept', url: null, primary: true }];
    stage.server.push({ title: 'Invitation', actions });
    await toasts().locator('.own-toast').getByRole('button', { name: 'Accept' }).click();
    await eventually(() => toasts().count()).toBe(0);
    expect((await stage.noted()).pressed).toEqual(['Invitation/yes']);
    await eventually(() => stage.server.model.counts().unread).toBe(0);
  });
});
