import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp } from '../../src/app.js';
import { silentLog } from '../../src/base/log.js';
import { startTestApp, testConfig, type TestApp } from '../support/app.js';
import { environmentOf } from '../support/environment.js';
import type { Gateway, NotificationView } from '../support/gateway.js';
import { deadUrl } from '../support/provider-server.js';
import { mailBy, SENDGRID, Vendor } from '../support/vendor.js';

let app: TestApp;
let vendor: Vendor;

beforeAll(async () => {
  [app, vendor] = await Promise.all([startTestApp(), Vendor.start()]);
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await vendor[Symbol.asyncDispose]();
});

const QUICK = { maxAttempts: 5, firstDelay: 'PT0.2S', factor: 3, maxDelay: 'PT10S', giveUpAfter: 'PT1M' };

/** An environment whose mail goes by this vendor. */
async function mailing(name: string, by = vendor): Promise<Gateway> {
  const gateway = await environmentOf(app.production, name);
  await gateway.integration('mail', ...mailBy(by));
  await gateway.category('orders', { channels: ['EMAIL'], retry: QUICK });
  return gateway;
}

const person = (name: string): { externalId: string; email: string } => ({
  externalId: name,
  email: `${name}@example.com`,
});
const attemptsOf = (notification: NotificationView) => notification.deliveries.flatMap((one) => one.attempts);
const outcomesOf = (notification: NotificationView): string[] => attemptsOf(notification).map((one) => one.outcome);
const gapsOf = (notification: NotificationView): number[] =>
  attemptsOf(notification)
    .map((attempt) => Date.parse(attempt.startedAt))
    .flatMap((at, nth, all) => (nth === 0 ? [] : [at - (all[nth - 1] as number)]));

describe('a vendor that fails', () => {
  test('twice and then takes it: three attempts in the log, each with the time of the next', async () => {
    const gateway = await mailing('twice');
    vendor.does = ({ nth }) => (nth <= 2 ? { status: 503 } : 'yes');
    const notification = await gateway.sendAndFinish(person('ana'), 'orders');
    expect(notification).toMatchObject({ state: 'COMPLETED', deliveries: [{ state: 'SENT', provider: 'sendgrid' }] });
    const attempts = attemptsOf(notification);
    expect(attempts.map(({ number, outcome, httpStatus }) => [number, outcome, httpStatus])).toEqual([
      [1, 'FAILED', 503],
      [2, 'FAILED', 503],
      [3, 'ACCEPTED', 202],
    ]);
    expect(attempts.map((attempt) => attempt.nextAttemptAt)).toEqual([
      attempts[1]?.startedAt,
      attempts[2]?.startedAt,
      null,
    ]);
    expect(vendor.to('ana@example.com').map((call) => call.taken)).toEqual([false, false, true]);
  });

  test('always: each pause is longer than the one before, until the attempts are used up', async () => {
    const gateway = await mailing('always');
    await gateway.category('orders', { channels: ['EMAIL'], retry: { ...QUICK, maxAttempts: 4 } });
    vendor.does = () => ({ status: 503 });
    const notification = await gateway.sendAndFinish(person('ben'), 'orders');
    expect(notification).toMatchObject({ state: 'FAILED', deliveries: [{ reason: 'RETRIES_EXHAUSTED' }] });
    const [first, second, third] = gapsOf(notification) as [number, number, number];
    expect(first).toBeGreaterThanOrEqual(150);
    expect(second).toBeGreaterThan(450);
    expect(third).toBeGreaterThan(1350);
    expect(vendor.to('ben@example.com')).toHaveLength(4);
  });

  test.each([
    [503, ['FAILED', 'ACCEPTED'], 'COMPLETED'],
    [429, ['RATE_LIMITED', 'ACCEPTED'], 'COMPLETED'],
    [400, ['REJECTED'], 'FAILED'],
  ])('with %i: worth another try or not', async (status, outcomes, state) => {
    const gateway = await mailing(`status-${status}`);
    vendor.does = ({ nth }) => (nth === 1 ? { status } : 'yes');
    const name = `cy-${status}`;
    const notification = await gateway.sendAndFinish(person(name), 'orders');
    expect([outcomesOf(notification), notification.state]).toEqual([outcomes, state]);
    expect(vendor.to(`${name}@example.com`)).toHaveLength(outcomes.length);
  });
});

describe('the policy of a category', () => {
  test('is its own: one gives up after two attempts, the other goes on to its third', async () => {
    const gateway = await mailing('two-kinds');
    await gateway.category('brief', { channels: ['EMAIL'], retry: { ...QUICK, maxAttempts: 2 } });
    await gateway.category('once', { channels: ['EMAIL'], retry: { maxAttempts: 1 } });
    vendor.does = ({ nth }) => (nth <= 2 ? { status: 503 } : 'yes');
    const [long, brief] = await Promise.all([
      gateway.sendAndFinish(person('dee'), 'orders'),
      gateway.sendAndFinish(person('eve'), 'brief'),
    ]);
    expect(outcomesOf(long)).toEqual(['FAILED', 'FAILED', 'ACCEPTED']);
    expect(outcomesOf(brief)).toEqual(['FAILED', 'FAILED']);
    const once = await gateway.sendAndFinish(person('fay'), 'once');
    expect(once).toMatchObject({ state: 'FAILED', deliveries: [{ attempts: [{ nextAttemptAt: null }] }] });
    expect(vendor.to('fay@example.com')).toHaveLength(1);
  });

  test('ends with its time, whatever number of attempts is left', async () => {
    const gateway = await mailing('give-up');
    const retry = { maxAttempts: 100, firstDelay: 'PT0.8S', factor: 1, maxDelay: 'PT1S', giveUpAfter: 'PT2S' };
    await gateway.category('codes', { channels: ['EMAIL'], retry });
    vendor.does = () => ({ status: 503 });
    const notification = await gateway.sendAndFinish(person('gus'), 'codes');
    expect(notification).toMatchObject({ state: 'FAILED', deliveries: [{ reason: 'RETRIES_EXHAUSTED' }] });
    const calls = vendor.to('gus@example.com');
    expect(calls.length).toBeGreaterThanOrEqual(2);
    expect(calls.length).toBeLessThanOrEqual(4);
  });

  test('ends with its relevance: a retry that would come later is not made', async () => {
    const gateway = await mailing('expiry');
    const retry = { maxAttempts: 100, firstDelay: 'PT30S', giveUpAfter: 'PT1H' };
    await gateway.category('flash', { channels: ['EMAIL'], expiresAfter: 'PT2S', retry });
    vendor.does = () => ({ status: 503 });
    const notification = await gateway.sendAndFinish(person('hal'), 'flash');
    expect(notification).toMatchObject({ state: 'EXPIRED', deliveries: [{ state: 'EXPIRED' }] });
    expect(vendor.to('hal@example.com')).toHaveLength(1);
  });

  test('counts relevance while nobody works, too: what comes too late is not sent', async () => {
    await using quiet = await startTestApp({ role: 'api' });
    await quiet.production.integration('mail', ...mailBy(vendor));
    await quiet.production.category('flash', { channels: ['EMAIL'], expiresAfter: 'PT1S' });
    vendor.does = () => 'yes';
    const { notificationIds } = await quiet.production.send([person('ida')], 'flash');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const worker = await startApp(testConfig(quiet.database.url, { role: 'worker' }), { log: silentLog });
    try {
      const notification = await quiet.production.finished(notificationIds[0] as string);
      expect(notification).toMatchObject({ state: 'EXPIRED', deliveries: [] });
      expect(vendor.to('ida@example.com')).toEqual([]);
    } finally {
      await worker.stop();
    }
  });
});

describe('what breaks on the way is named, and the mail goes by the next provider', () => {
  /** An environment with a broken first provider and a good second one. */
  async function withBackup(name: string, provider: string, settings: object, more: object): Promise<Gateway> {
    const gateway = await environmentOf(app.production, name);
    await gateway.integration('first', provider, settings, { ...more, order: 0 });
    await gateway.integration('second', ...mailBy(vendor, { order: 1 }));
    await gateway.category('orders', { channels: ['EMAIL'], retry: { ...QUICK, firstDelay: 'PT20S' } });
    vendor.does = () => 'yes';
    return gateway;
  }

  test('a refused connection', async () => {
    const settings = { from: 'a@example.com', baseUrl: await deadUrl() };
    const gateway = await withBackup('refused', 'sendgrid', settings, { credentials: SENDGRID });
    const notification = await gateway.sendAndFinish(person('joe'), 'orders');
    expect(attemptsOf(notification)).toMatchObject([
      { integration: 'first', outcome: 'FAILED', code: 'ECONNREFUSED' },
      { integration: 'second', outcome: 'ACCEPTED' },
    ]);
  });

  test('a certificate that nobody vouches for', async () => {
    // Its own certificate is self-signed.
    const server = new SMTPServer({ secure: true, authOptional: true });
    server.on('error', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    try {
      const { port } = server.server.address() as AddressInfo;
      const settings = { host: '127.0.0.1', port, from: 'a@example.com', secure: true, tls: 'verify' };
      const gateway = await withBackup('certificate', 'smtp', settings, {});
      const notification = await gateway.sendAndFinish(person('kim'), 'orders');
      const [first, second] = attemptsOf(notification);
      expect(first).toMatchObject({ integration: 'first', outcome: 'FAILED' });
      expect(`${first?.code} ${first?.detail}`).toMatch(/cert|self.signed|TLS/i);
      expect(second).toMatchObject({ integration: 'second', outcome: 'ACCEPTED' });
    } finally {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  });

  test('a server that never answers, at the deadline of ten seconds', async () => {
    await using slow = await Vendor.start();
    slow.does = () => 'hang';
    const gateway = await withBackup('slow', ...mailBy(slow));
    const notification = await gateway.sendAndFinish(person('lea'), 'orders', {}, 25_000);
    const [first, second] = attemptsOf(notification);
    expect(first).toMatchObject({ integration: 'first', outcome: 'UNKNOWN' });
    expect(`${first?.code} ${first?.detail}`).toMatch(/deadline|timeout|abort|cancel/i);
    expect(first?.durationMs).toBeGreaterThanOrEqual(9_900);
    expect(second).toMatchObject({ integration: 'second', outcome: 'ACCEPTED' });
  }, 40_000);
});
