import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { addCrowd } from '../support/crowd.js';
import { Gate } from '../support/gate.js';
import type { NotificationView } from '../support/gateway.js';
import { until } from '../support/until.js';

let app: TestApp;
let gate: Gate;

beforeAll(async () => {
  app = await startTestApp();
  gate = await Gate.at(app.database.url);
  await addCrowd(gate, 'development', 'everybody', 20_000);
  await app.development.advertises();
  await app.development.category('newsletter', { class: 'MARKETING', channels: ['EMAIL'] });
  await app.development.category('codes', { class: 'SECURITY', channels: ['EMAIL'] });
  await app.development.category('orders', { class: 'TRANSACTIONAL', channels: ['EMAIL'] });
}, 120_000);

afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

interface Progress {
  recipientCount: number;
  finishedCount: number;
}

async function progressOf(id: string): Promise<Progress> {
  const query = 'query($id: ID!) { send(id: $id) { progress { recipientCount finishedCount } } }';
  return (await app.development.query<{ send: { progress: Progress } }>(query, { id })).send.progress;
}

/** Begins a send to all 20,000 and answers its id once it is in full swing. */
async function broadcast(category: string, more: object = {}): Promise<string> {
  const content = { title: 'News', body: 'B' };
  const { send } = await app.development.mutate<{ send: { id: string } }>(
    'send',
    { topic: 'everybody', category, content, ...more },
    'send { id }',
  );
  await until(async () => (await progressOf(send.id)).finishedCount > 0, 'the broadcast to go', 30_000);
  return send.id;
}

/** From being accepted to the first attempt. */
function delayOf(notification: NotificationView): number {
  const attempt = notification.deliveries[0]?.attempts[0];
  return Date.parse(attempt?.startedAt ?? '') - Date.parse(notification.timeline[0]?.at ?? '');
}

const AT_ONCE_MS = 3_000;

test('a sign-in code goes at once while a newsletter to 20,000 people is under way', async () => {
  const id = await broadcast('newsletter');
  for (const name of ['ana', 'ben', 'cy']) {
    const code = await app.development.sendAndFinish({ email: `${name}@example.com` }, 'codes');
    expect([code.state, delayOf(code) < AT_ONCE_MS]).toEqual(['COMPLETED', true]);
  }
  expect((await progressOf(id)).finishedCount).toBeLessThan(20_000);
  await app.development.mutate('cancelSend', { id }, 'canceledCount');
}, 90_000);

test('one message of a tenant goes at once behind 20,000 of another one in the same lane', async () => {
  const id = await broadcast('orders', { tenant: 'large' });
  await until(async () => (await progressOf(id)).recipientCount >= 10_000, 'half of it to wait', 60_000);
  const small = await app.development.sendAndFinish({ email: 'dee@example.com' }, 'orders', { tenant: 'small' });
  expect([small.state, delayOf(small) < AT_ONCE_MS]).toEqual(['COMPLETED', true]);
  expect((await progressOf(id)).finishedCount).toBeLessThan(20_000);
  await app.development.mutate('cancelSend', { id }, 'canceledCount');
}, 120_000);

test('one message of a tenant goes at once behind 3,000 single sends of another one', async () => {
  const batch = (name: string): Promise<unknown> =>
    app.development.mutate(
      'sendBatch',
      {
        sends: Array.from({ length: 1_000 }, (_, n) => ({
          to: [{ email: `${name}-${n}@example.com` }],
          category: 'orders',
          content: { title: 'Order', body: 'B' },
          tenant: 'large',
        })),
      },
      'results { index }',
    );
  await Promise.all(['eve', 'fay', 'gus'].map(batch));
  const waiting = async (): Promise<number> => {
    const [row] = await gate.rows<{ count: number }>(
      `select count(*)::integer as count from notification n join send s on s.id = n.send_id
       where n.finished_at is null and s.content ->> 'title' = 'Order'`,
    );
    return row?.count ?? 0;
  };
  expect(await waiting()).toBeGreaterThan(0);
  const small = await app.development.sendAndFinish({ email: 'hal@example.com' }, 'orders', { tenant: 'small' });
  expect([small.state, delayOf(small) < AT_ONCE_MS]).toEqual(['COMPLETED', true]);
  await until(async () => (await waiting()) === 0, 'everything to end', 60_000);
  expect(await app.development.outbox('gus-999@example.com')).toHaveLength(1);
}, 120_000);
