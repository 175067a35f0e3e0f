import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { alertsOf, environmentOf, healthOf } from '../support/environment.js';
import type { Gateway, NotificationView } from '../support/gateway.js';
import { until } from '../support/until.js';
import { mailBy, textsBy, Vendor } from '../support/vendor.js';

let app: TestApp;
let preferred: Vendor;
let backup: Vendor;

beforeAll(async () => {
  [app, preferred, backup] = await Promise.all([startTestApp(), Vendor.start(), Vendor.start()]);
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await preferred[Symbol.asyncDispose]();
  await backup[Symbol.asyncDispose]();
});

/** Patient enough that only failover can be quick. */
const PATIENT = { maxAttempts: 5, firstDelay: 'PT30S', giveUpAfter: 'PT1H' };

const person = (name: string, phone?: string): object => ({
  externalId: name,
  email: `${name}@example.com`,
  ...(phone ? { phone } : {}),
});
const tried = (notification: NotificationView): string[] =>
  notification.deliveries.flatMap(({ channel, attempts }) =>
    attempts.map((attempt) => `${channel} ${attempt.integration} ${attempt.outcome}`),
  );
const startsOf = (notification: NotificationView): number[] =>
  notification.deliveries.flatMap((one) => one.attempts.map((attempt) => Date.parse(attempt.startedAt)));

describe('another provider of the same channel', () => {
  async function twoVendors(name: string): Promise<Gateway> {
    const gateway = await environmentOf(app.production, name);
    await gateway.integration('preferred', ...mailBy(preferred, { order: 0 }));
    await gateway.integration('backup', ...mailBy(backup, { order: 1 }));
    await gateway.category('codes', { class: 'SECURITY', channels: ['EMAIL'], retry: PATIENT });
    backup.does = () => 'yes';
    return gateway;
  }

  test.each([401, 503])('goes at once when the preferred one answers %i', async (status) => {
    const gateway = await twoVendors(`at-once-${status}`);
    preferred.does = () => ({ status });
    const notification = await gateway.sendAndFinish(person(`ana-${status}`), 'codes');
    expect(tried(notification)).toEqual(['EMAIL preferred FAILED', 'EMAIL backup ACCEPTED']);
    expect(notification.timeline.map((entry) => entry.integration)).toEqual(
      expect.arrayContaining(['preferred', 'backup']),
    );
    const [first, second] = startsOf(notification) as [number, number];
    expect(second - first).toBeLessThan(3_000);
  });

  test('carries an outage, and the preferred one is used again when it works again', async () => {
    const gateway = await twoVendors('heals');
    preferred.does = () => ({ status: 503 });
    for (let n = 0; n < 5; n += 1) await gateway.sendAndFinish(person(`ben-${n}`), 'codes');
    await until(async () => (await healthOf(gateway, 'preferred')).state === 'OPEN', 'the circuit to open');
    expect(tried(await gateway.sendAndFinish(person('ben-without'), 'codes'))).toEqual(['EMAIL backup ACCEPTED']);
    expect(preferred.to('ben-without@example.com')).toEqual([]);

    preferred.does = () => 'yes';
    await until(async () => (await healthOf(gateway, 'preferred')).state === 'HALF_OPEN', 'a probe to be due', 15_000);
    expect(tried(await gateway.sendAndFinish(person('ben-probe'), 'codes'))).toEqual(['EMAIL preferred ACCEPTED']);
    await until(async () => (await healthOf(gateway, 'preferred')).state === 'HEALTHY', 'the circuit to close');
    expect(await alertsOf(gateway, 'preferred')).toEqual(['INTEGRATION_OPENED', 'INTEGRATION_CLOSED']);
    expect(tried(await gateway.sendAndFinish(person('ben-after'), 'codes'))).toEqual(['EMAIL preferred ACCEPTED']);
  }, 40_000);

  test('takes over the one country that fails, and no other', async () => {
    const gateway = await environmentOf(app.production, 'countries');
    await gateway.integration('preferred', ...textsBy(preferred, { order: 0 }));
    await gateway.integration('backup', ...textsBy(backup, { order: 1 }));
    await gateway.category('codes', { class: 'SECURITY', channels: ['SMS'], retry: PATIENT });
    preferred.does = ({ address }) => (address.startsWith('+44') ? { status: 503 } : 'yes');
    backup.does = () => 'yes';
    for (let n = 0; n < 8; n += 1) {
      const [british, american] = [`+4479460000${10 + n}`, `+141555501${10 + n}`];
      const there = await gateway.sendAndFinish({ externalId: `cy-${n}`, phone: british }, 'codes');
      expect(tried(there)).toEqual(['SMS preferred FAILED', 'SMS backup ACCEPTED']);
      const here = await gateway.sendAndFinish({ externalId: `dee-${n}`, phone: american }, 'codes');
      expect(tried(here)).toEqual(['SMS preferred ACCEPTED']);
    }
  });
});

describe('another channel', () => {
  async function mailAndTexts(name: string, category: object): Promise<Gateway> {
    const gateway = await environmentOf(app.production, name);
    await gateway.integration('texts', ...textsBy(preferred));
    await gateway.integration('mail', ...mailBy(backup));
    await gateway.category('codes', { class: 'SECURITY', channels: ['SMS', 'EMAIL'], ...category });
    backup.does = () => 'yes';
    return gateway;
  }

  test('takes what the first one refused, and both stand in one log', async () => {
    const gateway = await mailAndTexts('refusal', { retry: PATIENT });
    preferred.does = () => ({ status: 400 });
    const notification = await gateway.sendAndFinish(person('eve', '+14155550120'), 'codes');
    expect(notification.state).toBe('COMPLETED');
    expect(tried(notification)).toEqual(['SMS texts REJECTED', 'EMAIL mail ACCEPTED']);
  });

  test.each([
    ['AT_ONCE', ['SMS texts FAILED', 'EMAIL mail ACCEPTED']],
    ['AFTER_RETRIES', ['SMS texts FAILED', 'SMS texts ACCEPTED']],
  ])('follows the same failure %s, as the category says', async (failover, expected) => {
    const retry = { maxAttempts: 3, firstDelay: 'PT0.3S' };
    const gateway = await mailAndTexts(failover.toLowerCase().replace('_', '-'), { failover, retry });
    preferred.does = ({ nth }) => (nth === 1 ? { status: 503 } : 'yes');
    const phone = failover === 'AT_ONCE' ? '+14155550121' : '+14155550122';
    expect(tried(await gateway.sendAndFinish(person(`fay-${failover}`, phone), 'codes'))).toEqual(expected);
  });

  test('with every channel and provider broken, it ends for good, with one reason an attempt', async () => {
    const gateway = await mailAndTexts('all-broken', {
      retry: { maxAttempts: 2, firstDelay: 'PT0.2S', giveUpAfter: 'PT3S' },
    });
    preferred.does = () => ({ status: 503 });
    backup.does = () => ({ status: 401 });
    const notification = await gateway.sendAndFinish(person('gus', '+14155550123'), 'codes');
    expect(notification.state).toBe('FAILED');
    expect(notification.deliveries.map(({ channel, state, reason }) => [channel, state, reason])).toEqual([
      ['SMS', 'UNDELIVERED', 'RETRIES_EXHAUSTED'],
      ['EMAIL', 'UNDELIVERED', 'MISCONFIGURED'],
    ]);
    const attempts = notification.deliveries.flatMap((one) => one.attempts);
    expect(attempts.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['FAILED', '503'],
      ['FAILED', '503'],
      ['FAILED', '401'],
    ]);
    expect(attempts.at(-1)?.nextAttemptAt).toBeNull();
  });
});
