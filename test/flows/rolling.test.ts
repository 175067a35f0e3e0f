import { expect, test } from 'vitest';
import { freshDatabase } from '../support/database.js';
import { Gateway } from '../support/gateway.js';
import { ProductProcess } from '../support/process.js';
import { SmtpSink } from '../support/smtp-sink.js';
import { until } from '../support/until.js';

const CALLERS = 6;
const TRIES = 30;

test('three processes are replaced one after the other under load: every send is taken, every mail goes once', async () => {
  await using database = await freshDatabase();
  await using sink = await SmtpSink.start();
  const env = { DATABASE_URL: database.url, DATABASE_POOL: '5' };
  const first = await ProductProcess.start(env);
  const fleet = [first, ...(await Promise.all([ProductProcess.start(env), ProductProcess.start(env)]))];
  const ports = fleet.map((one) => one.port);
  await first.production.integration('mail', 'smtp', sink.settings);
  await first.production.category('orders', { class: 'TRANSACTIONAL', channels: ['EMAIL'] });

  const over = new AbortController();
  let again = 0;
  const taken: string[] = [];
  const refused: string[] = [];
  /** As callers are told to: the same key, at another process, after a moment. */
  async function deliver(name: string, nth: number): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const gateway = new Gateway(ports[(nth + tries) % ports.length] as number, 'process-key');
      try {
        await gateway.send([{ email: `${name}@example.com` }], 'orders', { idempotencyKey: name });
        taken.push(name);
        return;
      } catch {
        again += 1;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    refused.push(name);
  }
  const callers = Array.from({ length: CALLERS }, async (_, caller) => {
    for (let n = 0; !over.signal.aborted; n += 1) {
      await deliver(`person-${caller}-${n}`, caller + n);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  });
  try {
    for (const [slot, old] of fleet.entries()) {
      const before = taken.length;
      await until(() => taken.length >= before + 20, 'the work to be in full swing', 30_000);
      old.signal('SIGTERM');
      expect((await old.ended()).code).toBe(0);
      fleet[slot] = await ProductProcess.start({ ...env, PORT: String(ports[slot]) });
    }
    const before = taken.length;
    await until(() => taken.length >= before + 20, 'the new ones to work', 30_000);
  } finally {
    over.abort();
    await Promise.all(callers);
  }
  expect(refused).toEqual([]);
  // Otherwise nobody was ever away.
  expect(again).toBeGreaterThan(0);
  await until(() => taken.every((name) => sink.to(`${name}@example.com`).length > 0), 'all mail to arrive', 60_000);
  expect(taken.filter((name) => sink.to(`${name}@example.com`).length !== 1)).toEqual([]);
  expect(sink.mails).toHaveLength(taken.length);
  await Promise.all(fleet.map((one) => one[Symbol.asyncDispose]()));
}, 180_000);
