import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;

const FAST = { maxAttempts: 3, firstDelay: 'PT0.1S', maxDelay: 'PT0.3S', giveUpAfter: 'PT30S' };

beforeAll(async () => {
  app = await startTestApp();
  await app.development.category('orders', { channels: ['EMAIL', 'SMS'], retry: FAST });
});

afterAll(() => app[Symbol.asyncDispose]());

const tell = (address: string, behavior: string, delay?: string): Promise<unknown> =>
  app.development.mutate('setSimulatorBehavior', { address, behavior, ...(delay ? { delay } : {}) }, 'behavior');

async function sendTo(name: string) {
  const person = { externalId: name, email: `${name}@example.com`, phone: '+14155550100' };
  const notification = await app.development.sendAndFinish(person, 'orders', {}, 30_000);
  return {
    notification,
    deliveries: notification.deliveries.map(({ channel, state, reason }) => [channel, state, reason]),
    outcomes: notification.deliveries.map((delivery) => delivery.attempts.map((attempt) => attempt.outcome)),
  };
}

test('taken: it lies in the outbox, and nobody was reached', async () => {
  const { deliveries } = await sendTo('ana');
  expect(deliveries).toEqual([['EMAIL', 'SIMULATED', null]]);
  expect(await app.development.outbox('ana@example.com')).toMatchObject([
    { title: 'Hello', body: 'World', channel: 'EMAIL' },
  ]);
});

test('refused for good: the next channel goes at once', async () => {
  await tell('ben@example.com', 'REJECT');
  const { deliveries, outcomes, notification } = await sendTo('ben');
  expect(deliveries).toEqual([
    ['EMAIL', 'UNDELIVERED', 'PROVIDER_REJECTED'],
    ['SMS', 'SIMULATED', null],
  ]);
  expect(outcomes).toEqual([['REJECTED'], ['ACCEPTED']]);
  expect(notification.plan.steps.map((step) => [step.channel, step.decision, step.reason])).toEqual([
    ['EMAIL', 'SKIP', 'PROVIDER_REJECTED'],
    ['SMS', 'SEND', 'ACCEPTED'],
  ]);
});

test('an outage: every attempt that the policy allows, then the next channel', async () => {
  await tell('cy@example.com', 'FAIL');
  const { deliveries, outcomes } = await sendTo('cy');
  expect(outcomes).toEqual([['FAILED', 'FAILED', 'FAILED'], ['ACCEPTED']]);
  expect(deliveries[0]).toEqual(['EMAIL', 'UNDELIVERED', 'RETRIES_EXHAUSTED']);
});

test('gone: the address is retired, and the next send does not try it', async () => {
  await tell('dee@example.com', 'GONE');
  expect((await sendTo('dee')).deliveries).toEqual([
    ['EMAIL', 'UNDELIVERED', 'ENDPOINT_GONE'],
    ['SMS', 'SIMULATED', null],
  ]);
  const { deliveries, notification } = await sendTo('dee');
  expect(deliveries).toEqual([['SMS', 'SIMULATED', null]]);
  expect(notification.plan.steps[0]).toMatchObject({ channel: 'EMAIL', reason: 'ENDPOINT_RETIRED' });
});

test('bounced after acceptance: the next channel goes', async () => {
  await tell('eve@example.com', 'BOUNCE');
  expect((await sendTo('eve')).deliveries).toEqual([
    ['EMAIL', 'BOUNCED', 'BOUNCED'],
    ['SMS', 'SIMULATED', null],
  ]);
});

test('rate limited: not before the time that was named', async () => {
  await tell('fay@example.com', 'RATE_LIMIT');
  const { outcomes, notification } = await sendTo('fay');
  expect(outcomes[0]).toEqual(['RATE_LIMITED', 'RATE_LIMITED', 'RATE_LIMITED']);
  const starts = notification.timeline
    .filter((entry) => entry.type === 'attempt.started' && entry.channel === 'EMAIL')
    .map((entry) => Date.parse(entry.at));
  const ends = notification.timeline
    .filter((entry) => entry.type === 'attempt.rate_limited')
    .map((entry) => Date.parse(entry.at));
  for (const n of [1, 2]) expect((starts[n] as number) - (ends[n - 1] as number)).toBeGreaterThanOrEqual(990);
});

test('never answered: UNKNOWN, resent once where the category says so, and never more', async () => {
  await tell('gus@example.com', 'HANG');
  const { outcomes, notification } = await sendTo('gus');
  expect(outcomes).toEqual([['UNKNOWN', 'UNKNOWN']]);
  expect(notification).toMatchObject({ state: 'FAILED', deliveries: [{ state: 'UNKNOWN' }] });
  expect(await app.development.outbox('gus@example.com')).toEqual([]);
});

test('never answered, and the category does not resend: one attempt', async () => {
  await app.development.advertises();
  await app.development.category('ads', { class: 'MARKETING', channels: ['EMAIL'] });
  await tell('hal@example.com', 'HANG');
  const notification = await app.development.sendAndFinish(
    { externalId: 'hal', email: 'hal@example.com' },
    'ads',
    {},
    30_000,
  );
  expect(notification.deliveries[0]?.attempts.map((attempt) => attempt.outcome)).toEqual(['UNKNOWN']);
  expect(notification.timeline.at(-1)).toMatchObject({ type: 'notification.failed', reason: 'AMBIGUOUS' });
}, 30_000);

test('every channel failed: FAILED with every attempt and reason', async () => {
  await tell('ida@example.com', 'REJECT');
  await tell('+14155550199', 'REJECT');
  const notification = await app.development.sendAndFinish(
    { externalId: 'ida', email: 'ida@example.com', phone: '+14155550199' },
    'orders',
  );
  expect(notification.state).toBe('FAILED');
  expect(notification.deliveries.map((delivery) => delivery.reason)).toEqual([
    'PROVIDER_REJECTED',
    'PROVIDER_REJECTED',
  ]);
});

test('a LIVE environment takes the simulator only where it is asked for by name', async () => {
  await app.production.category('orders', { channels: ['EMAIL'] });
  const person = { externalId: 'joe', email: 'joe@example.com' };
  expect((await app.production.sendAndFinish(person, 'orders')).plan.steps[0]?.reason).toBe('NO_INTEGRATION');
  await app.production.integration('pretend', 'simulator', {});
  expect((await app.production.sendAndFinish(person, 'orders')).deliveries[0]?.state).toBe('SIMULATED');
});
