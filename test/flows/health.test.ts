import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { alertsOf, environmentOf, healthOf } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';
import { mailBy, textsBy, Vendor } from '../support/vendor.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});

afterAll(() => app[Symbol.asyncDispose]());

const crowd = (name: string, count: number): { externalId: string; email: string }[] =>
  Array.from({ length: count }, (_, n) => ({ externalId: `${name}-${n}`, email: `${name}-${n}@example.com` }));

/** Waits until everybody of a crowd was sent to, and checks that nobody was twice, unless an attempt is in doubt. */
async function eachOnce(gateway: Gateway, vendor: Vendor, count: number, timeoutMs = 30_000): Promise<void> {
  const addresses = (): Set<string> => new Set(vendor.taken.map((call) => call.address));
  await until(() => addresses().size >= count, `${count} to be taken`, timeoutMs);
  await allCompleted(gateway);
  expect(addresses().size).toBe(count);
  const query = `query($e: String!) { notifications(first: 1, filter: { email: $e }) {
    nodes { deliveries { attempts { outcome } } } } }`;
  for (const [address, calls] of Map.groupBy(vendor.taken, (call) => call.address)) {
    if (calls.length === 1) continue;
    // On a machine that is too busy to hear an answer in time, an attempt may end UNKNOWN, and is repeated once.
    const { notifications } = await gateway.query<{
      notifications: { nodes: { deliveries: { attempts: { outcome: string }[] }[] }[] };
    }>(query, { e: address });
    const attempts = notifications.nodes.flatMap((node) => node.deliveries.flatMap((one) => one.attempts));
    const doubts = attempts.filter((attempt) => attempt.outcome === 'UNKNOWN').length;
    expect(calls.length - 1, address).toBeLessThanOrEqual(doubts);
  }
}

/** No notification of this environment is unfinished. */
async function allCompleted(gateway: Gateway): Promise<void> {
  const count = async (state: string[]): Promise<number> => {
    const query = 'query($s: [NotificationState!]) { notifications(first: 1, filter: { state: $s }) { nodes { id } } }';
    return (await gateway.query<{ notifications: { nodes: [] } }>(query, { s: state })).notifications.nodes.length;
  };
  await until(async () => (await count(['PENDING', 'HELD', 'ROUTED', 'IN_PROGRESS'])) === 0, 'everything to end');
  expect(await count(['FAILED', 'EXPIRED', 'UNROUTABLE', 'SUPPRESSED', 'CANCELED'])).toBe(0);
}

describe('a key that the vendor refuses', () => {
  test('costs few attempts, alerts once, and all goes out when it is mended', async () => {
    await using vendor = await Vendor.start();
    vendor.does = ({ secret }) => (secret === 'Bearer mended' ? 'yes' : { status: 401 });
    const gateway = await environmentOf(app.production, 'rotated');
    await gateway.integration('mail', ...mailBy(vendor));
    await gateway.category('orders', { channels: ['EMAIL'] });
    await gateway.send(crowd('ana', 100), 'orders');
    await until(async () => (await healthOf(gateway, 'mail')).state === 'MISCONFIGURED', 'the alarm');
    await until(async () => (await healthOf(gateway, 'mail')).waitingCount === 100, 'all to wait');
    expect(vendor.calls.length).toBeLessThanOrEqual(10);
    expect(await alertsOf(gateway, 'mail')).toEqual(['INTEGRATION_MISCONFIGURED']);

    await gateway.integration('mail', ...mailBy(vendor, { credentials: { apiKey: 'mended' } }));
    await eachOnce(gateway, vendor, 100);
    expect(await healthOf(gateway, 'mail')).toMatchObject({ state: 'HEALTHY', waitingCount: 0 });
  }, 60_000);

  test('now and then is taken for a hiccup where that was said', async () => {
    await using vendor = await Vendor.start();
    vendor.does = ({ nth }) => (nth <= 2 ? { status: 401 } : 'yes');
    const gateway = await environmentOf(app.production, 'hiccup');
    await gateway.integration('mail', ...mailBy(vendor, { authRetries: 2 }));
    await gateway.category('orders', { channels: ['EMAIL'], retry: { maxAttempts: 5, firstDelay: 'PT0.2S' } });
    const [person] = crowd('ben', 1);
    const notification = await gateway.sendAndFinish(person as object, 'orders');
    expect(notification.deliveries[0]?.attempts.map(({ outcome, httpStatus }) => [outcome, httpStatus])).toEqual([
      ['FAILED', 401],
      ['FAILED', 401],
      ['ACCEPTED', 202],
    ]);
    expect(await healthOf(gateway, 'mail')).toMatchObject({ state: 'HEALTHY' });
    expect(await alertsOf(gateway, 'mail')).toEqual([]);
  });

  test('is forgiven by the provider for which that was said, after another one failed', async () => {
    await using first = await Vendor.start();
    await using vendor = await Vendor.start();
    first.does = () => ({ status: 503 });
    vendor.does = ({ nth }) => (nth === 1 ? { status: 401 } : 'yes');
    const gateway = await environmentOf(app.production, 'second-hiccup');
    await gateway.integration('first', ...mailBy(first, { order: 0 }));
    await gateway.integration('mail', ...mailBy(vendor, { order: 1, authRetries: 1 }));
    const retry = { maxAttempts: 6, firstDelay: 'PT0.3S', factor: 1 };
    await gateway.category('orders', { channels: ['EMAIL'], retry });
    const [person] = crowd('cy', 1);
    const notification = await gateway.sendAndFinish(person as object, 'orders');
    expect(notification.state).toBe('COMPLETED');
    expect(vendor.calls.map((call) => call.taken)).toEqual([false, true]);
    expect(await alertsOf(gateway, 'mail')).toEqual([]);
  });
});

describe('an outage', () => {
  test('lets other channels go meanwhile, and ends with everybody sent to once', async () => {
    await using mails = await Vendor.start();
    await using texts = await Vendor.start();
    mails.does = () => ({ status: 503 });
    const gateway = await environmentOf(app.production, 'outage');
    await gateway.integration('mail', ...mailBy(mails));
    await gateway.integration('texts', ...textsBy(texts));
    await gateway.category('news', { channels: ['EMAIL'], retry: { maxAttempts: 20, firstDelay: 'PT2S' } });
    await gateway.category('codes', { channels: ['SMS'] });
    for (const half of ['dee', 'eve']) await gateway.send(crowd(half, 1000), 'news');
    await until(async () => (await healthOf(gateway, 'mail')).state === 'OPEN', 'the circuit to open', 20_000);
    await until(async () => (await healthOf(gateway, 'mail')).waitingCount > 1_000, 'most to wait', 20_000);
    const sentAt = Date.now();
    const code = await gateway.sendAndFinish({ externalId: 'fay', phone: '+14155550130' }, 'codes');
    expect(Date.parse(code.deliveries[0]?.attempts[0]?.startedAt ?? '') - sentAt).toBeLessThan(3_000);

    mails.does = () => 'yes';
    await eachOnce(gateway, mails, 2_000, 60_000);
    await until(async () => (await healthOf(gateway, 'mail')).state === 'HEALTHY', 'the circuit to close');
    expect(await alertsOf(gateway, 'mail')).toEqual(['INTEGRATION_OPENED', 'INTEGRATION_CLOSED']);
  }, 120_000);

  test('is probed by one at a time', async () => {
    await using vendor = await Vendor.start();
    vendor.does = () => ({ status: 503 });
    const gateway = await environmentOf(app.production, 'probes');
    await gateway.integration('mail', ...mailBy(vendor));
    await gateway.category('news', { channels: ['EMAIL'], retry: { maxAttempts: 20, firstDelay: 'PT0.5S' } });
    await gateway.send(crowd('gus', 40), 'news');
    await until(async () => (await healthOf(gateway, 'mail')).state === 'OPEN', 'the circuit to open', 20_000);
    await until(() => vendor.busy === 0, 'calls to end');
    const before = vendor.calls.length;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    vendor.does = () => held.then(() => 'yes' as const);
    await until(() => vendor.calls.length > before, 'a probe', 20_000);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(vendor.calls.length - before).toBe(1);
    release();
    await eachOnce(gateway, vendor, 40);
  }, 60_000);
});

test('a pause that a vendor asks for is kept by everybody, in every process', async () => {
  await using vendor = await Vendor.start();
  await using second = await app.startSecond();
  const gateway = await environmentOf(app.production, 'pauses');
  const other = new Gateway(second.app.port, gateway.key);
  await gateway.integration('mail', ...mailBy(vendor));
  await gateway.category('news', { channels: ['EMAIL'] });
  vendor.does = ({ nth, address }) =>
    nth === 1 && address.startsWith('hal') ? { status: 429, headers: { 'retry-after': '4' } } : 'yes';
  await gateway.send([{ externalId: 'hal', email: 'hal@example.com' }], 'news');
  const paused = await until(async () => {
    const health = await healthOf(other, 'mail');
    return health.state === 'PAUSED' && health;
  }, 'the pause');
  expect(Date.parse(paused.until as string)).toBeGreaterThan(Date.now());
  await Promise.all([gateway.send(crowd('ida', 20), 'news'), other.send(crowd('joe', 20), 'news')]);
  await eachOnce(gateway, vendor, 41);
  const [refused, ...rest] = vendor.calls;
  const soonest = Math.min(...rest.map((call) => call.at));
  expect(soonest - (refused?.at as number)).toBeGreaterThanOrEqual(4_000);
}, 60_000);
