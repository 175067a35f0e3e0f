import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { eventually, useStage, type StandIns } from './stage/stage.ts';

const former = createRequire(new URL('../../../test/react-18/package.json', import.meta.url));
const formerly = (name: string): string => former.resolve(name);

const libraries: Record<string, StandIns> = {
  'React 18': [
    { find: /^react$/, replacement: formerly('react') },
    { find: /^react-dom\/client$/, replacement: formerly('react-dom/client') },
    { find: /^react\/jsx-runtime$/, replacement: formerly('react/jsx-runtime') },
    { find: /^react\/jsx-dev-runtime$/, replacement: formerly('react/jsx-dev-runtime') },
  ],
  Preact: [
    { find: /^react$/, replacement: 'preact/compat' },
    { find: /^react-dom\/client$/, replacement: 'preact/compat/client' },
    { find: /^react\/jsx(-dev)?-runtime$/, replacement: 'preact/jsx-runtime' },
  ],
};

describe.each(Object.entries(libraries))('on %s', (name, standIns) => {
  const stage = useStage(standIns);
  const group = (of: string) => stage.page.getByRole('group', { name: of });

  it('is the library that it should be', () => {
    if (name === 'React 18') expect((former('react') as { version: string }).version).toMatch(/^18\./);
  });

  it('the list works: menu, snooze, groups, tabs', async () => {
    stage.server.model.add({ title: 'Old' });
    for (const title of ['Ben', 'Ana']) stage.server.model.add({ title, groupKey: 'plan' });
    stage.server.model.add({ title: 'Parcel' });
    await stage.openPanel();
    const { page } = stage;
    await stage.openMenu('Parcel');
    await page.getByRole('menuitem', { name: 'Snooze' }).click();
    await page.getByRole('menuitem', { name: 'Tomorrow' }).click();
    await stage.article('Parcel').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Ana and 1 other', exact: true }).click();
    await eventually(() => page.getByRole('article').count()).toBe(4);
    await page.getByRole('tab', { name: 'Snoozed' }).click();
    await stage.article('Parcel').waitFor();
    await page.keyboard.press('Home');
    await stage.article('Old').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await eventually(() => page.evaluate(() => document.activeElement?.className)).toContain('td-bell');
  });

  it('the preferences work, and what is locked stays as it is', async () => {
    await stage.open('show=preferences');
    const { page, server } = stage;
    const free = group('Order update').getByRole('switch', { name: 'E-mail' });
    await free.click();
    await page.getByText('Saved').waitFor();
    expect(await free.isChecked()).toBe(false);
    const locked = group('Security alert').getByRole('switch', { name: 'E-mail' });
    await locked.click({ force: true });
    expect(await locked.isChecked()).toBe(true);
    await page.getByLabel('From').fill('21:30');
    await page.getByLabel('From').blur();
    await eventually(() => server.wishes.quietHours?.start).toBe('21:30');
    await page.getByLabel('How much do you want?').selectOption('CRITICAL');
    await eventually(() => server.wishes.level).toBe('CRITICAL');
  });

  it('toasts come, stay under the focus, and go', async () => {
    await stage.open();
    stage.server.push({ title: 'Fire', urgent: true });
    await stage.page.getByRole('button', { name: 'Dismiss: Fire' }).press('Escape');
    await stage.page.locator('.td-toast').waitFor({ state: 'detached' });
    expect(stage.server.acknowledged).toEqual(['ii_0001']);
  });
});
