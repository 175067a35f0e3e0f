import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});

afterAll(() => app[Symbol.asyncDispose]());

interface Followed {
  state: string;
  plan: { sendAt: string | null };
  deliveries: { channel: string; attempts: { startedAt: string; outcome: string; nextAttemptAt: string | null }[] }[];
}

async function follow(id: string): Promise<Followed> {
  const { notification } = await app.development.query<{ notification: Followed }>(
    `query($id: ID!) { notification(id: $id) {
      state plan { sendAt } deliveries { channel attempts { startedAt outcome nextAttemptAt } } } }`,
    { id },
  );
  return notification;
}

const breakDown = (address: string) =>
  app.development.mutate('setSimulatorBehavior', { address, behavior: 'FAIL' }, 'behavior');

test('a failed attempt says when the next one will be, while it waits', async () => {
  await breakDown('ana@example.com');
  await app.development.category('slow', { channels: ['EMAIL'], retry: { firstDelay: 'PT1H', maxDelay: 'PT2H' } });
  const { notificationIds } = await app.development.send([{ externalId: 'ana', email: 'ana@example.com' }], 'slow');
  const waiting = await until(async () => {
    const notification = await follow(notificationIds[0] as string);
    return notification.plan.sendAt !== null && notification.deliveries.length === 1 && notification;
  }, 'it to wait for its next attempt');
  expect(waiting.deliveries[0]?.attempts).toMatchObject([{ outcome: 'FAILED', nextAttemptAt: waiting.plan.sendAt }]);
});

test('a failed attempt says when the next one was, here or elsewhere, once it is over', async () => {
  await breakDown('ben@example.com');
  await app.development.category('quick', {
    channels: ['EMAIL', 'SMS'],
    retry: { maxAttempts: 2, firstDelay: 'PT0.1S', maxDelay: 'PT0.2S' },
  });
  const person = { externalId: 'ben', email: 'ben@example.com', phone: '+14155550100' };
  const { id } = await app.development.sendAndFinish(person, 'quick');
  const [mail, phone] = (await follow(id)).deliveries;
  const [first, second] = mail?.attempts ?? [];
  expect(first?.nextAttemptAt).toBe(second?.startedAt);
  expect(second?.nextAttemptAt).toBe(phone?.attempts[0]?.startedAt);
  expect(phone?.attempts).toMatchObject([{ outcome: 'ACCEPTED', nextAttemptAt: null }]);
});
