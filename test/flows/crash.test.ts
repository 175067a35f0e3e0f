import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { ProductProcess } from '../support/process.js';
import { SmtpSink } from '../support/smtp-sink.js';
import { until } from '../support/until.js';

let database: FreshDatabase;
let sink: SmtpSink;

beforeAll(async () => {
  [database, sink] = await Promise.all([freshDatabase(), SmtpSink.start()]);
});

afterAll(async () => {
  await sink[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const SENDS = 2000;
const CALLERS = 32;

test('killed in the middle of 2,000 sends and started again: every acknowledged send ends, and no mail goes twice unless marked UNKNOWN', async () => {
  const env = { DATABASE_URL: database.url, DATABASE_POOL: '8' };
  const first = await ProductProcess.start(env);
  await first.production.integration('mail', 'smtp', sink.settings);
  await first.production.category('orders', { channels: ['EMAIL'], class: 'TRANSACTIONAL' });

  const acknowledged: { sendId: string; address: string }[] = [];
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let n = next++; n < SENDS; n = next++) {
      const address = `person-${n}@example.com`;
      try {
        const { id } = await first.production.send([{ externalId: `person-${n}`, email: address }], 'orders');
        acknowledged.push({ sendId: id, address });
      } catch {
        // The kill cut this one off; it was not acknowledged.
        return;
      }
    }
  };
  const callers = Array.from({ length: CALLERS }, caller);
  await until(() => sink.mails.length >= 500, 'the work to be in full swing', 60_000);
  first.signal('SIGKILL');
  await Promise.all(callers);
  expect(acknowledged.length).toBeGreaterThan(400);
  expect(acknowledged.length).toBeLessThan(SENDS);

  await using second = await ProductProcess.start(env);
  const unfinished = async (): Promise<number> => {
    const data = await second.production.query<{ notifications: { nodes: unknown[] } }>(
      '{ notifications(first: 100, filter: { state: [PENDING, HELD, ROUTED, IN_PROGRESS] }) { nodes { id } } }',
    );
    return data.notifications.nodes.length;
  };
  await until(async () => (await unfinished()) === 0, 'every notification to end', 90_000);

  const attempts = new Map<string, { state: string; address: string; outcomes: string[] }>();
  for (let after: string | null = null, more = true; more;) {
    const data: {
      notifications: {
        nodes: { state: string; deliveries: { address: string; attempts: { outcome: string }[] }[] }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
    } = await second.production.query(
      'query($a: String) { notifications(first: 100, after: $a) { nodes { state deliveries { address attempts { outcome } } } pageInfo { hasNextPage endCursor } } }',
      { a: after },
    );
    for (const node of data.notifications.nodes) {
      const [delivery] = node.deliveries;
      if (delivery)
        attempts.set(delivery.address, {
          state: node.state,
          address: delivery.address,
          outcomes: delivery.attempts.map((attempt) => attempt.outcome),
        });
    }
    after = data.notifications.pageInfo.endCursor;
    more = data.notifications.pageInfo.hasNextPage;
  }
  for (const { address } of acknowledged) {
    const found = attempts.get(address);
    expect(found?.state, address).toBe('COMPLETED');
    expect(sink.to(address).length, address).toBeGreaterThanOrEqual(1);
  }
  for (const { address, outcomes } of attempts.values()) {
    const unknown = outcomes.filter((outcome) => outcome === 'UNKNOWN').length;
    expect(sink.to(address).length - 1, `${address}: ${outcomes.join()}`).toBeLessThanOrEqual(unknown);
  }
}, 240_000);

test("a killed process's people are offline within five seconds, and what comes next goes by e-mail", async () => {
  const env = { DATABASE_URL: database.url, DATABASE_POOL: '8' };
  await using survivor = await ProductProcess.start(env);
  const doomed = await ProductProcess.start(env);
  await survivor.production.category('chat', { channels: ['INBOX', 'EMAIL'] });
  await survivor.production.person('ana', { email: 'ana@example.com' });
  await using widget = await doomed.production.online('ana');
  expect(await survivor.production.isOnline('ana')).toBe(true);
  doomed.signal('SIGKILL');
  await until(async () => !(await survivor.production.isOnline('ana')), 'ana to be offline', 5_000);
  const notification = await survivor.production.sendAndFinish({ externalId: 'ana' }, 'chat');
  expect(notification.deliveries.map((delivery) => delivery.channel)).toEqual(['EMAIL']);
  expect(widget.added).toEqual([]);
}, 60_000);

test('SIGTERM under load hands back what runs: nothing is lost, nothing goes twice', async () => {
  const env = { DATABASE_URL: database.url, DATABASE_POOL: '8' };
  const first = await ProductProcess.start(env);
  await using second = await ProductProcess.start(env);
  await first.production.category('orders', { channels: ['EMAIL'], class: 'TRANSACTIONAL' });
  const sent: string[] = [];
  const callers = Array.from({ length: 8 }, async (_, c) => {
    for (let n = 0; n < 40; n += 1) {
      const address = `term-${c}-${n}@example.com`;
      const gateway = n % 2 === 0 ? first.production : second.production;
      try {
        await gateway.send([{ email: address }], 'orders');
        sent.push(address);
      } catch {
        // Refused or cut off by the stop: not acknowledged.
      }
    }
  });
  await until(() => sent.length >= 60, 'the work to be in full swing', 30_000);
  first.signal('SIGTERM');
  expect((await first.ended()).code).toBe(0);
  await Promise.all(callers);
  await until(() => sent.every((address) => sink.to(address).length > 0), 'all mail to arrive', 60_000);
  expect(sent.filter((address) => sink.to(address).length !== 1)).toEqual([]);
}, 120_000);
