import { describe, expect, it } from 'vitest';
import { preferencesOf } from '../../src/core/preferences.ts';
import { openInbox, type InboxClient } from '../../src/core/store.ts';
import { plainWishes } from '../support/plain-wishes.ts';
import { ScriptedTransport } from '../support/scripted-transport.ts';

async function watched(): Promise<{ wire: ScriptedTransport; client: InboxClient }> {
  const wire = new ScriptedTransport();
  const client = openInbox(wire, { storage: null });
  preferencesOf(client).subscribe(() => {});
  await settled();
  return { wire, client };
}

async function settled(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await Promise.resolve();
}

describe('preferences', () => {
  it('are read by the first who watches them', async () => {
    const { client } = await watched();
    expect(preferencesOf(client).getSnapshot()).toEqual({
      value: plainWishes,
      loading: false,
      saving: false,
      problem: null,
    });
  });

  it('change at once on screen, one after the other on the server', async () => {
    const { wire, client } = await watched();
    wire.answering = false;
    const preferences = preferencesOf(client);
    const rules = [{ category: 'order-update', channel: 'EMAIL', enabled: false }];
    const changes = [preferences.update({ level: 'DIGESTS' }), preferences.update({ rules, channelsOff: ['SMS'] })];
    const { value, saving } = preferences.getSnapshot();
    expect(saving).toBe(true);
    expect(value).toMatchObject({ level: 'DIGESTS', channelsOff: ['SMS'] });
    expect(value?.sections[0]?.categories[0]?.rules[0]).toMatchObject({ enabled: false, cadence: 'INSTANT' });
    await settled();
    wire.release();
    expect(await Promise.all(changes)).toEqual([true, true]);
    expect(wire.saved).toEqual([{ level: 'DIGESTS' }, { rules, channelsOff: ['SMS'] }]);
    expect(preferences.getSnapshot()).toMatchObject({ saving: false, problem: null, value: { level: 'DIGESTS' } });
  });

  it('are taken back when they are not taken, and say so until the next success', async () => {
    const { wire, client } = await watched();
    const preferences = preferencesOf(client);
    wire.saves = 'refused';
    const pausedUntil = '2026-12-01T00:00:00.000Z';
    const saving = preferences.update({ pausedUntil, categories: [{ category: 'order-update', pausedUntil }] });
    expect(preferences.getSnapshot().value).toMatchObject({ pausedUntil });
    expect(preferences.getSnapshot().value?.sections[0]?.categories[0]).toMatchObject({ pausedUntil });
    expect(await saving).toBe(false);
    expect(preferences.getSnapshot()).toMatchObject({ value: plainWishes, problem: 'SAVE' });
    wire.saves = 'answered';
    expect(await preferences.update({ level: null })).toBe(true);
    expect(preferences.getSnapshot()).toMatchObject({ value: { level: 'EVERYTHING' }, problem: null });
  });

  it('that cannot be read say so, and can be asked for again', async () => {
    const wire = new ScriptedTransport();
    const preferences = preferencesOf(openInbox(wire, { storage: null }));
    wire.failReads = true;
    preferences.subscribe(() => {});
    await settled();
    expect(preferences.getSnapshot()).toMatchObject({ value: null, loading: false, problem: 'LOAD' });
    wire.failReads = false;
    await preferences.reload();
    expect(preferences.getSnapshot()).toMatchObject({ value: plainWishes, problem: null });
  });
});
