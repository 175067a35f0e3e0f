import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Gateway, NotificationView } from '../support/gateway.js';
import { until } from '../support/until.js';

let app: TestApp;
let development: Gateway;

beforeAll(async () => {
  app = await startTestApp();
  development = app.development;
  const silence = { after: 'PT1.5S', then: 'NEXT_CHANNEL' };
  await development.category('plain', { channels: ['EMAIL', 'SMS'] });
  await development.category('next', { channels: ['EMAIL', 'SMS'], silence });
  await development.category('again', {
    channels: ['EMAIL', 'SMS'],
    silence: { after: 'PT1S', then: 'RESEND', times: 2 },
  });
  await development.category('in-app', { channels: ['INBOX', 'EMAIL'], silence, ackTimeout: 'PT5S' });
});

afterAll(() => app[Symbol.asyncDispose]());

let phones = 200;
const person = (name: string) => ({
  externalId: name,
  email: `${name}@example.com`,
  phone: `+14155550${(phones += 1)}`,
});
const channels = (notification: NotificationView): string[] =>
  notification.deliveries.map(({ channel, state }) => `${channel} ${state}`);
const report = (delivery: string | undefined, what: string): Promise<unknown> =>
  development.mutate('simulateReport', { delivery, report: what, detail: '550 no such user' }, 'notification { id }');
const engage = (notification: string, kind: string): Promise<{ recorded: boolean }> =>
  development.mutate('recordEngagement', { notification, kind }, 'recorded');

/** Sends, and answers the id once a channel took it. */
async function sendTo(who: object, category: string): Promise<string> {
  const { notificationIds } = await development.send([who], category);
  const id = notificationIds[0] as string;
  await until(async () => (await development.notification(id)).deliveries[0]?.state === 'SIMULATED', 'it to be taken');
  return id;
}

describe('a bounce of what had long been accepted', () => {
  test('opens it again: the next channel takes it, once', async () => {
    const first = await development.sendAndFinish(person('ana'), 'plain');
    expect([first.state, ...channels(first)]).toEqual(['COMPLETED', 'EMAIL SIMULATED']);
    await report(first.deliveries[0]?.id, 'BOUNCED');
    const second = await until(async () => {
      const notification = await development.notification(first.id);
      // State and deliveries are read one after the other: while it begins anew they may be of two moments.
      const isTaken = notification.deliveries[1]?.state === 'SIMULATED';
      return notification.state === 'COMPLETED' && isTaken && notification;
    }, 'the next channel');
    expect(channels(second)).toEqual(['EMAIL BOUNCED', 'SMS SIMULATED']);
    await report(first.deliveries[0]?.id, 'BOUNCED');
    await report(first.deliveries[0]?.id, 'DELIVERED');
    expect(channels(await development.finished(first.id))).toEqual(['EMAIL BOUNCED', 'SMS SIMULATED']);
    expect(second.timeline.find((entry) => entry.type === 'delivery.bounced')).toMatchObject({
      channel: 'EMAIL',
      detail: '550 no such user',
    });
  });

  test('of the last channel ends it as failed', async () => {
    const first = await development.sendAndFinish({ externalId: 'ben', email: 'ben@example.com' }, 'plain');
    await report(first.deliveries[0]?.id, 'BOUNCED');
    const ended = await until(async () => {
      const notification = await development.notification(first.id);
      return notification.state === 'FAILED' && notification;
    }, 'it to fail');
    expect(ended.deliveries).toMatchObject([{ state: 'BOUNCED', reason: 'BOUNCED' }]);
  });
});

describe('silence', () => {
  test('leads to the next channel, and not before its time', async () => {
    const { notificationIds } = await development.send([person('cy')], 'next');
    const notification = await development.finished(notificationIds[0] as string);
    expect(channels(notification)).toEqual(['EMAIL SIMULATED', 'SMS SIMULATED']);
    const [first, second] = notification.deliveries.map((one) => Date.parse(one.attempts[0]?.startedAt ?? ''));
    expect((second as number) - (first as number)).toBeGreaterThanOrEqual(1_500);
    expect(notification.timeline.filter((entry) => entry.type === 'notification.silent')).toHaveLength(1);
  });

  test('leads to the same channel again, so often and no more', async () => {
    const notification = await development.sendAndFinish(person('dee'), 'again');
    expect(channels(notification)).toEqual(['EMAIL SIMULATED', 'EMAIL SIMULATED', 'EMAIL SIMULATED']);
    expect(await development.outbox('dee@example.com')).toHaveLength(3);
  });

  test.each(['OPENED', 'CLICKED', 'READ', 'ACTED'])('ends with %s: what would follow is not sent', async (kind) => {
    const name = `eve-${kind.toLowerCase()}`;
    const who = person(name);
    const id = await sendTo(who, 'next');
    expect(await engage(id, kind)).toMatchObject({ recorded: true });
    const notification = await development.finished(id);
    expect([notification.state, ...channels(notification)]).toEqual(['COMPLETED', 'EMAIL SIMULATED']);
    expect(notification.timeline.some((entry) => entry.type === 'notification.silent')).toBe(false);
    expect(await engage(id, kind)).toMatchObject({ recorded: false });
    expect(await development.outbox(who.phone)).toEqual([]);
  });

  test('goes on after SEEN: a screen that nobody looked at is no answer', async () => {
    const id = await sendTo(person('fay'), 'next');
    await engage(id, 'SEEN');
    expect(channels(await development.finished(id))).toEqual(['EMAIL SIMULATED', 'SMS SIMULATED']);
  });

  test('in the app ends with a mark, and without one the mail goes', async () => {
    for (const name of ['gus', 'hal']) await development.person(name, { email: `${name}@example.com` });
    await using gus = await development.online('gus');
    await using hal = await development.online('hal');
    const [read, left] = await Promise.all(
      ['gus', 'hal'].map((externalId) => development.send([{ externalId }], 'in-app')),
    );
    const { item } = await gus.addedTitle('Hello');
    await gus.gateway.mutate('markInboxItems', { ids: [item?.id], mark: 'READ' }, 'items { id }');
    await hal.addedTitle('Hello');
    const [opened, unopened] = await Promise.all(
      [read, left].map((send) => development.finished(send?.notificationIds[0] as string)),
    );
    expect(channels(opened as NotificationView)).toEqual(['INBOX DELIVERED']);
    expect(channels(unopened as NotificationView)).toEqual(['INBOX DELIVERED', 'EMAIL SIMULATED']);
    expect(await development.outbox('gus@example.com')).toEqual([]);
  });
});
