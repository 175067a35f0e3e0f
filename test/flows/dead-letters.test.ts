import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { alertsOf } from '../support/environment.js';
import { Gate } from '../support/gate.js';
import { until } from '../support/until.js';

let app: TestApp;
let gate: Gate;

beforeAll(async () => {
  app = await startTestApp();
  gate = await Gate.at(app.database.url);
  await app.development.category('orders', { channels: ['EMAIL'], retry: { maxAttempts: 5, firstDelay: 'PT2S' } });
});

afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

const person = (name: string): object => ({ externalId: name, email: `${name}@example.com` });
const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();
const OF = `notification_id in (select n.id from notification n join recipient r on r.id = n.recipient_id
  where r.external_id = $1)`;

/** Breaks what is stored of a person's notification, so that it cannot be read any more. Answers how to mend it. */
async function corrupt(name: string, type: string, field: string): Promise<() => Promise<unknown>> {
  const [row] = await gate.rows<{ data: object }>(`select data from event where ${OF} and type = $2`, [name, type]);
  const write = (data: object): Promise<object[]> =>
    gate.rows(`update event set data = $3 where ${OF} and type = $2`, [name, type, JSON.stringify(data)]);
  await write({ ...row?.data, [field]: 'nonsense' });
  return () => write(row?.data as object);
}

interface DeadLetter {
  notificationId: string;
  failures: number;
  error: string;
  notification: { state: string } | null;
}

async function deadLetters(): Promise<DeadLetter[]> {
  const { deadLetters: found } = await app.development.query<{ deadLetters: { nodes: DeadLetter[] } }>(
    '{ deadLetters(first: 10) { nodes { notificationId failures error notification { state } } } }',
  );
  return found.nodes;
}

const redrive = (input: object) =>
  app.development.attempt<{ redrivenCount: number }>('redriveDeadLetters', input, 'redrivenCount');

/** Waits for its first stumble, and lets it stumble on without the minutes in between. */
async function untilDead(name: string, id: string): Promise<DeadLetter> {
  await until(async () => (await gate.rows(`select 1 from dead_letter where ${OF}`, [name])).length > 0, 'a stumble');
  await gate.rows(`update dead_letter set failures = failures + 3 where ${OF}`, [name]);
  return until(
    async () => {
      await gate.rows(`update timer set at = now() where ${OF}`, [name]);
      // What is due is looked at when the time of anything comes.
      await app.development.sendAndFinish(person('clock'), 'orders', { sendAt: inSeconds(0.5) });
      return (await deadLetters()).find((letter) => letter.notificationId === id);
    },
    `${name} to be given up on`,
    20_000,
  );
}

test('one that cannot be read stumbles alone, is given up on with an alert, and goes when it is mended', async () => {
  const { notificationIds } = await app.development.send(['ana', 'ben', 'cy'].map(person), 'orders', {
    sendAt: inSeconds(2),
  });
  const held = (): Promise<object[]> => gate.rows(`select 1 from notification where state = 'HELD'`);
  await until(async () => (await held()).length === 3, 'them to be held');
  const mend = await corrupt('ana', 'notification.held', 'until');
  for (const name of ['ben', 'cy'])
    await until(
      async () => (await app.development.outbox(`${name}@example.com`)).length === 1,
      `${name} to be sent to`,
    );
  // Who went out can be read; the one that cannot is Ana's.
  const unread = await Promise.all(
    notificationIds.map((id) =>
      app.development.notification(id).then(
        () => [],
        () => [id],
      ),
    ),
  );
  const [ana] = unread.flat() as [string];
  const letter = await untilDead('ana', ana);
  expect(letter).toMatchObject({ failures: 5, notification: { state: 'FAILED' } });
  expect(letter.error).toMatch(/nonsense/);
  expect(await alertsOf(app.development, null)).toEqual(['NOTIFICATION_DEAD']);

  await mend();
  expect(await redrive({ notifications: [ana] })).toMatchObject({ redrivenCount: 1, userErrors: [] });
  const ended = await app.development.finished(ana);
  expect(ended).toMatchObject({ state: 'COMPLETED', deliveries: [{ attempts: [{ number: 1 }] }] });
  expect(ended.timeline.map((entry) => entry.type)).toContain('notification.redriven');
  for (const name of ['ana', 'ben', 'cy']) expect(await app.development.outbox(`${name}@example.com`)).toHaveLength(1);
  expect(await deadLetters()).toEqual([]);
  expect(await redrive({ notifications: [ana] })).toMatchObject({
    redrivenCount: 0,
    userErrors: [{ field: ['input', 'notifications', '0'], code: 'NOT_FOUND' }],
  });
}, 60_000);

test('one that was to be tried again when it died, goes on there when it is redriven', async () => {
  await app.development.mutate('setSimulatorBehavior', { address: 'dee@example.com', behavior: 'FAIL' }, 'behavior');
  const { notificationIds } = await app.development.send([person('dee')], 'orders');
  const id = notificationIds[0] as string;
  await until(async () => (await app.development.notification(id)).deliveries[0]?.state === 'RETRYING', 'a failure');
  const mend = await corrupt('dee', 'attempt.started', 'leaseUntil');
  await untilDead('dee', id);
  await mend();
  await app.development.mutate('setSimulatorBehavior', { address: 'dee@example.com', behavior: 'ACCEPT' }, 'behavior');
  expect(await redrive({ all: true })).toMatchObject({ redrivenCount: 1 });
  const ended = await app.development.finished(id);
  expect(ended).toMatchObject({
    state: 'COMPLETED',
    deliveries: [{ state: 'SIMULATED', reason: null, attempts: [{ outcome: 'FAILED' }, { outcome: 'ACCEPTED' }] }],
  });
}, 60_000);
