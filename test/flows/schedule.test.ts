import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type App } from '../../src/app.js';
import { silentLog } from '../../src/base/log.js';
import { startTestApp, testConfig, type TestApp } from '../support/app.js';
import { Gate } from '../support/gate.js';
import type { Gateway, NotificationView } from '../support/gateway.js';
import { until } from '../support/until.js';

let app: TestApp;
let gate: Gate;

beforeAll(async () => {
  app = await startTestApp();
  gate = await Gate.at(app.database.url);
  await app.development.category('orders', { channels: ['EMAIL'] });
});

afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();
const person = (name: string): object => ({ externalId: name, email: `${name}@example.com` });

/** From the time that was asked for to the first attempt. */
function delayOf(notification: NotificationView, sendAt: string): number {
  return Date.parse(notification.deliveries[0]?.attempts[0]?.startedAt ?? '') - Date.parse(sendAt);
}

test('what has a time goes within a second of it, never before', async () => {
  const times = [1.2, 1.9, 2.3, 3].map(inSeconds);
  const ended = await Promise.all(
    times.map((sendAt, n) => app.development.sendAndFinish(person(`ana-${n}`), 'orders', { sendAt })),
  );
  for (const [n, notification] of ended.entries()) {
    const delay = delayOf(notification, times[n] as string);
    expect([notification.state, delay >= 0, delay < 1_500]).toEqual(['COMPLETED', true, true]);
    const held = notification.timeline.find((entry) => entry.type === 'notification.held');
    expect(held).toMatchObject({ reason: 'SCHEDULED', detail: `until ${times[n]}` });
  }
});

test('what was canceled before its time does not go', async () => {
  const sendAt = inSeconds(2);
  const { id, notificationIds } = await app.development.send([person('ben')], 'orders', { sendAt });
  const [, going] = await Promise.all([
    app.development.mutate('cancelSend', { id }, 'canceledCount'),
    app.development.sendAndFinish(person('cy'), 'orders', { sendAt }),
  ]);
  expect(going.state).toBe('COMPLETED');
  expect((await app.development.finished(notificationIds[0] as string)).state).toBe('CANCELED');
  expect(await app.development.outbox('ben@example.com')).toEqual([]);
});

test('five hundred with one time are few jobs, and all go', async () => {
  const sendAt = inSeconds(6);
  const jobs = async (): Promise<{ id: string }[]> => gate.rows('select id from pgboss.job where start_after > now()');
  const before = new Set((await jobs()).map((job) => job.id));
  const sends = Array.from({ length: 500 }, (_, n) => ({
    to: [{ email: `dee-${n}@example.com` }],
    category: 'orders',
    content: { title: 'Later', body: 'B' },
    sendAt,
  }));
  await app.development.mutate('sendBatch', { sends }, 'results { index }');
  const held = async (state: string): Promise<number> => {
    const [row] = await gate.rows<{ count: number }>(
      `select count(*)::integer as count from notification n join send s on s.id = n.send_id
       where s.content ->> 'title' = 'Later' and n.state = $1`,
      [state],
    );
    return row?.count ?? 0;
  };
  await until(async () => (await held('HELD')) === 500, 'all to be held');
  expect((await jobs()).filter((job) => !before.has(job.id)).length).toBeLessThanOrEqual(20);
  await until(async () => (await held('COMPLETED')) === 500, 'all to go', 30_000);
  const [row] = await gate.rows<{ early: number; mails: number }>(
    `select count(*)::integer as mails, count(*) filter (where created_at < $1)::integer as early
     from outbox_message where title = 'Later'`,
    [sendAt],
  );
  expect(row).toEqual({ mails: 500, early: 0 });
}, 60_000);

test('a hundred reminders of one minute: the metrics say how late they were', async () => {
  const measured = async (): Promise<{ count: number; inTime: number }> => {
    const text = await (await fetch(`http://127.0.0.1:${app.app.port}/metrics`)).text();
    const figure = (name: string): number =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`tidings_lateness_seconds_${name} `))
          ?.split(' ')[1] ?? 0,
      );
    return { count: figure('count{lane="NORMAL"}'), inTime: figure('bucket{le="900",lane="NORMAL"}') };
  };
  const before = await measured();
  const sendAt = inSeconds(3);
  const to = Array.from({ length: 100 }, (_, n) => ({ email: `fay-${n}@example.com` }));
  const { notificationIds } = await app.development.send(to, 'orders', { sendAt });
  await Promise.all(notificationIds.map((id) => app.development.finished(id, 60_000)));
  // What goes at once is not late.
  await app.development.sendAndFinish(person('gil'), 'orders');
  const after = await measured();
  expect([after.count - before.count, after.inTime - before.inTime]).toEqual([100, 100]);
}, 90_000);

test('what one process took goes on time by another one', async () => {
  await using taking = await startTestApp({ role: 'api' });
  const worker: App = await startApp(testConfig(taking.database.url, { role: 'worker' }), { log: silentLog });
  try {
    const gateway: Gateway = taking.development;
    await gateway.category('orders', { channels: ['EMAIL'] });
    const sendAt = inSeconds(2.5);
    const notification = await gateway.sendAndFinish(person('eve'), 'orders', { sendAt });
    const delay = delayOf(notification, sendAt);
    expect([notification.state, delay >= 0, delay < 1_500]).toEqual(['COMPLETED', true, true]);
  } finally {
    await worker.stop();
  }
}, 60_000);
