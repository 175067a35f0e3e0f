import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from './world.ts';

/** Resolves when everything that was accepted, here and by the baseline, has been carried out. */
export async function settled({ database, naive }: World): Promise<void> {
  const response = await fetch(`${naive}/idle`, { method: 'POST' });
  if (!response.ok) throw new Error(`the baseline: ${await response.text()}`);
  for (let tries = 0; tries < 1200; tries += 1) {
    const { rows } = await database.query('select 1 from notification where finished_at is null limit 1');
    if (rows.length === 0) return;
    await sleep(200);
  }
  throw new Error('the gateway did not come to rest');
}
