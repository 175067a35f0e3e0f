import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { environmentOf } from '../support/environment.js';
import type { Gateway, NotificationView } from '../support/gateway.js';
import { until } from '../support/until.js';
import { mailBy, Vendor } from '../support/vendor.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});

afterAll(() => app[Symbol.asyncDispose]());

const QUICK = { maxAttempts: 5, firstDelay: 'PT0.2S' };
const person = (name: string): object => ({ externalId: name, email: `${name}@example.com` });
const outcomesOf = (notification: NotificationView): string[] =>
  notification.deliveries.flatMap((one) => one.attempts.map((attempt) => attempt.outcome));

describe('a vendor that takes it and drops the connection', () => {
  async function droppedBy(vendor: Vendor, name: string, kind: string): Promise<Gateway> {
    const gateway = await environmentOf(app.production, name);
    await gateway.integration('mail', ...mailBy(vendor));
    await gateway.advertises();
    await gateway.category('orders', { class: kind, channels: ['EMAIL'], retry: QUICK });
    return gateway;
  }

  test('is sent to once more where the category would rather have it twice than never', async () => {
    await using vendor = await Vendor.start();
    vendor.does = ({ nth }) => (nth === 1 ? 'drop' : 'yes');
    const gateway = await droppedBy(vendor, 'resend', 'TRANSACTIONAL');
    const notification = await gateway.sendAndFinish(person('ana'), 'orders');
    expect([notification.state, outcomesOf(notification)]).toEqual(['COMPLETED', ['UNKNOWN', 'ACCEPTED']]);
    expect(vendor.calls).toHaveLength(2);
  });

  test('every time, is sent to once more and never again', async () => {
    await using vendor = await Vendor.start();
    vendor.does = () => 'drop';
    const gateway = await droppedBy(vendor, 'resend-once', 'TRANSACTIONAL');
    const notification = await gateway.sendAndFinish(person('ben'), 'orders');
    expect([notification.state, outcomesOf(notification)]).toEqual(['FAILED', ['UNKNOWN', 'UNKNOWN']]);
    expect(notification.timeline.at(-1)).toMatchObject({ type: 'notification.failed', reason: 'AMBIGUOUS' });
    expect(vendor.calls).toHaveLength(2);
  });

  test('is not sent to again where the category would rather have it never than twice', async () => {
    await using vendor = await Vendor.start();
    vendor.does = () => 'drop';
    const gateway = await droppedBy(vendor, 'never-twice', 'MARKETING');
    const notification = await gateway.sendAndFinish(person('cy'), 'orders');
    expect(notification).toMatchObject({ state: 'FAILED', deliveries: [{ state: 'UNKNOWN' }] });
    expect(notification.timeline.at(-1)).toMatchObject({ reason: 'AMBIGUOUS' });
    expect(vendor.calls).toHaveLength(1);
  });
});

describe('the vendor says later what became of it', () => {
  const report = (delivery: string, what: string): Promise<unknown> =>
    app.development.mutate('simulateReport', { delivery, report: what }, 'notification { id }');

  /** A notification whose one attempt ended UNKNOWN, and which would be sent again in half a minute. */
  async function inDoubt(name: string): Promise<NotificationView> {
    const { notificationIds } = await app.development.send([person(name)], 'orders');
    return until(
      async () => {
        const notification = await app.development.notification(notificationIds[0] as string);
        return outcomesOf(notification)[0] === 'UNKNOWN' && notification;
      },
      `${name}’s attempt to be given up waiting for`,
      20_000,
    );
  }

  test('before it is sent again: then it is not', async () => {
    const names = ['dee', 'eve', 'fay', 'gus', 'hal'];
    const retry = { maxAttempts: 5, firstDelay: 'PT30S', giveUpAfter: 'PT1H' };
    await app.development.category('orders', { class: 'TRANSACTIONAL', channels: ['EMAIL'], retry });
    await app.development.category('quick', { class: 'TRANSACTIONAL', channels: ['EMAIL'], retry: QUICK });
    for (const name of [...names, 'ida'])
      await app.development.mutate(
        'setSimulatorBehavior',
        { address: `${name}@example.com`, behavior: 'HANG' },
        'behavior',
      );
    // Ida is nobody's report: she is sent to twice, and proves that the others would have been.
    const ida = app.development.sendAndFinish(person('ida'), 'quick', {}, 30_000);
    const doubts = await Promise.all(names.map(inDoubt));
    const [dee, eve, fay, gus, hal] = doubts.map((one) => ({ id: one.id, delivery: one.deliveries[0]?.id as string }));
    expect(doubts.map((one) => [one.state, one.deliveries[0]?.state])).toEqual(
      names.map(() => ['IN_PROGRESS', 'UNKNOWN']),
    );
    const next = doubts[0]?.deliveries[0]?.attempts[0]?.nextAttemptAt as string;
    expect(Date.parse(next)).toBeGreaterThan(Date.now());

    await report(dee?.delivery as string, 'ACCEPTED');
    expect(await app.development.finished(dee?.id as string)).toMatchObject({
      state: 'COMPLETED',
      deliveries: [{ state: 'SENT', attempts: [{ outcome: 'ACCEPTED' }] }],
    });
    await report(eve?.delivery as string, 'DELIVERED');
    expect(await app.development.finished(eve?.id as string)).toMatchObject({
      state: 'COMPLETED',
      deliveries: [{ state: 'DELIVERED', attempts: [{ number: 1 }] }],
    });
    await report(fay?.delivery as string, 'DEFERRED');
    await report(fay?.delivery as string, 'DEFERRED');
    const deferred = await app.development.notification(fay?.id as string);
    expect(deferred).toMatchObject({ state: 'IN_PROGRESS', deliveries: [{ state: 'UNKNOWN' }] });
    expect(deferred.timeline.filter((entry) => entry.type === 'delivery.deferred')).toHaveLength(1);
    await report(fay?.delivery as string, 'DELIVERED');
    expect(await app.development.finished(fay?.id as string)).toMatchObject({
      state: 'COMPLETED',
      deliveries: [{ state: 'DELIVERED', attempts: [{ number: 1 }] }],
    });
    await report(gus?.delivery as string, 'REJECTED');
    expect(await app.development.finished(gus?.id as string)).toMatchObject({
      state: 'FAILED',
      deliveries: [{ state: 'UNDELIVERED', attempts: [{ outcome: 'REJECTED' }] }],
    });
    await report(hal?.delivery as string, 'BOUNCED');
    expect(await app.development.finished(hal?.id as string)).toMatchObject({
      state: 'FAILED',
      deliveries: [{ state: 'BOUNCED', attempts: [{ number: 1 }] }],
    });
    expect(outcomesOf(await ida)).toEqual(['UNKNOWN', 'UNKNOWN']);
  }, 60_000);

  test('that it goes on trying: what it took is neither failed nor sent again', async () => {
    await app.development.category('plain', { channels: ['EMAIL', 'SMS'] });
    const taken = await app.development.sendAndFinish({ email: 'joe@example.com', phone: '+14155550150' }, 'plain');
    const delivery = taken.deliveries[0]?.id as string;
    await report(delivery, 'DEFERRED');
    await report(delivery, 'DELIVERED');
    await report(delivery, 'DEFERRED');
    const notification = await until(async () => {
      const seen = await app.development.notification(taken.id);
      return seen.deliveries[0]?.state === 'DELIVERED' && seen;
    }, 'the delivery to be known as such');
    expect(notification.state).toBe('COMPLETED');
    expect(notification.timeline.map((entry) => entry.type)).toContain('delivery.deferred');
    expect(await app.development.outbox('joe@example.com')).toHaveLength(1);
    expect(await app.development.outbox('+14155550150')).toEqual([]);
  });
});
