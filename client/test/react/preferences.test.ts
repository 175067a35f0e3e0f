import { describe, expect, it } from 'vitest';
import { eventually, useStage } from './stage/stage.ts';

const stage = useStage();
const group = (name: string) => stage.page.getByRole('group', { name });
const rulesOf = (key: string) =>
  stage.server.wishes.sections.flatMap(({ categories }) => categories).find(({ category }) => category.key === key)
    ?.rules;

describe('the preferences', () => {
  it('open in the panel, lead back, and keep the focus', async () => {
    await stage.openPanel();
    const { page } = stage;
    await page.getByRole('button', { name: 'Notification preferences' }).press('Enter');
    await page.getByRole('heading', { name: 'Notification preferences' }).waitFor();
    await eventually(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Back');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Notifications' }).waitFor();
    await eventually(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
      'Notification preferences',
    );
  });

  it('save every choice at once', async () => {
    await stage.open('show=preferences');
    const { page, server } = stage;
    const order = group('Order update');
    await order.getByRole('switch', { name: 'E-mail' }).click();
    await page.getByRole('status').getByText('Saved').waitFor();
    expect(rulesOf('order-update')?.map(({ enabled }) => enabled)).toEqual([true, false, false]);
    await order.getByLabel('How often').selectOption('Once a day');
    await eventually(() => rulesOf('order-update')?.map(({ cadence }) => cadence)).toEqual([
      'INSTANT',
      'DAILY',
      'DAILY',
    ]);
    await page.getByLabel('How much do you want?').selectOption('Only what is critical');
    await page.getByText('Security, and what cannot wait.').waitFor();
    await eventually(() => server.wishes.level).toBe('CRITICAL');
    await group('Channels').getByRole('switch', { name: 'Browser' }).click();
    await eventually(() => server.wishes.channelsOff).toEqual(['WEB_PUSH']);
  });

  it('say why something is locked, and leave it as it is', async () => {
    await stage.open('show=preferences');
    const locked = group('Security alert').getByRole('switch', { name: 'E-mail' });
    await locked.click({ force: true });
    await locked.press('Space');
    expect(await locked.isChecked()).toBe(true);
    expect(await locked.getAttribute('aria-disabled')).toBe('true');
    await group('Security alert').getByText('Always on').waitFor();
    const advertising = group('Offers').getByRole('switch', { name: 'E-mail' });
    await advertising.click({ force: true });
    expect(await advertising.isChecked()).toBe(false);
    await group('Offers').getByText('it needs your agreement').waitFor();
    expect(rulesOf('security-alert')?.every(({ enabled }) => enabled)).toBe(true);
  });

  it('take a choice back that was not saved, and say so', async () => {
    await stage.open('show=preferences');
    const wish = group('Order update').getByRole('switch', { name: 'Browser' });
    await wish.waitFor();
    stage.server.mutationsWork = false;
    await wish.click();
    await stage.page.getByRole('status').getByText('could not be saved').waitFor();
    await eventually(() => wish.isChecked()).toBe(false);
    await stage.axe();
  });

  it('hold quiet hours and a pause', async () => {
    await stage.open('show=preferences');
    const { page, server } = stage;
    await page.getByLabel('From').fill('21:30');
    await page.getByLabel('From').blur();
    await eventually(() => server.wishes.quietHours?.start).toBe('21:30');
    await group('Days').getByRole('checkbox', { name: 'Monday' }).press('Space');
    await eventually(() => server.wishes.quietHours?.days).toEqual(['MON', 'SAT', 'SUN']);
    await page.getByRole('switch', { name: 'Meanwhile things wait' }).click();
    await eventually(() => server.wishes.quietHours).toBe(null);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Everything is paused until').waitFor();
    await stage.axe();
    await page.getByRole('button', { name: 'Resume' }).click();
    await eventually(() => server.wishes.pausedUntil).toBe(null);
  });

  it('can be read again where that failed', async () => {
    await stage.openPanel();
    stage.server.readsWork = false;
    await stage.page.getByRole('button', { name: 'Notification preferences' }).click();
    await stage.page.getByText('could not be loaded').waitFor();
    stage.server.readsWork = true;
    await stage.page.getByRole('button', { name: 'Try again' }).click();
    await group('Offers').waitFor();
  });

  it('can be narrowed to some categories', async () => {
    await stage.open('show=part');
    await group('Offers').waitFor();
    expect(await stage.page.getByRole('group').count()).toBe(1);
    expect(await stage.page.getByText('Quiet hours').count()).toBe(0);
  });
});
