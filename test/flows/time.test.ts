import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Profile } from '../../src/routing/profile.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Gate } from '../support/gate.js';
import type { Gateway, NotificationView } from '../support/gateway.js';
import { span } from '../support/local-times.js';
import { MovingClock } from '../support/moving-clock.js';
import { until } from '../support/until.js';

// A Wednesday. In Berlin it is 02:00, in Tokyo 09:00, in New York 20:00 of the day before.
const clock = new MovingClock('2024-06-05T00:00:00Z');
let app: TestApp;
let gate: Gate;
let gateway: Gateway;

beforeAll(async () => {
  app = await startTestApp({}, { clock });
  gate = await Gate.at(app.database.url);
  gateway = app.development;
  await gateway.advertises();
  await gateway.category('orders', { channels: ['EMAIL'] });
});

afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

/** Somebody with an e-mail address, who lives there and chose this. */
async function person(name: string, timeZone: string, profile: Profile = {}): Promise<{ externalId: string }> {
  await gateway.person(name, { email: `${name}@example.com`, timeZone });
  await choose(name, profile);
  return { externalId: name };
}

async function choose(name: string, profile: Profile): Promise<void> {
  await gate.rows('update recipient set profile = $2 where external_id = $1', [name, JSON.stringify(profile)]);
}

/** The clock shows that time, and whatever is due then goes on. */
async function moveTo(time: string): Promise<void> {
  clock.moveTo(time);
  // Whatever gets a time brings a job that looks for what is due; for the database, this time is past as well.
  const soon = new Date(clock.now().getTime() + 600_000).toISOString();
  await gateway.send([{ externalId: 'clock', email: 'clock@example.com' }], 'orders', { sendAt: soon });
}

async function sent(to: { externalId: string }, category: string, more: object = {}): Promise<string> {
  const { notificationIds } = await gateway.send([to], category, more);
  return notificationIds[0] as string;
}

/** What it waits for, and until when. */
async function held(id: string): Promise<{ reasons: string[]; until: string | null; notification: NotificationView }> {
  const notification = await until(async () => {
    const found = await gateway.notification(id);
    return found.state === 'HELD' ? found : null;
  }, 'it to be held');
  const { sendAt, steps } = notification.plan;
  return { reasons: [...new Set(steps.map((step) => step.reason))], until: sendAt, notification };
}

const startOf = ({ deliveries }: NotificationView): string | undefined =>
  deliveries[0]?.attempts[0]?.startedAt.slice(0, 16);

test('ten o’clock comes to Tokyo and to New York, to each on its own', async () => {
  const spans = [{ start: '10:00', end: '10:30' }];
  await gateway.category('news', { class: 'MARKETING', channels: ['EMAIL'], sendWindow: { spans } });
  const tokyo = await sent(await person('akira', 'Asia/Tokyo'), 'news');
  const york = await sent(await person('nora', 'America/New_York'), 'news');
  expect(await held(tokyo)).toMatchObject({ reasons: ['SEND_WINDOW'], until: '2024-06-05T01:00:00.000Z' });
  expect(await held(york)).toMatchObject({ reasons: ['SEND_WINDOW'], until: '2024-06-05T14:00:00.000Z' });
  await moveTo('2024-06-05T01:00:00Z');
  expect(startOf(await gateway.finished(tokyo))).toBe('2024-06-05T01:00');
  expect((await gateway.notification(york)).state).toBe('HELD');
  await moveTo('2024-06-05T14:00:00Z');
  expect(startOf(await gateway.finished(york))).toBe('2024-06-05T14:00');
});

test('quiet hours hold what comes at night until they end, but nothing that is urgent', async () => {
  const quietHours = span('22:00', '07:00');
  const ana = await person('ana', 'Europe/Berlin', { quietHours });
  await gateway.category('security', { class: 'SECURITY', channels: ['EMAIL'] });
  await gateway.category('pager', { lane: 'CRITICAL', channels: ['EMAIL'] });
  // 23:00 in Berlin.
  await moveTo('2024-06-05T21:00:00Z');
  const [plan] = (
    await gateway.query<{ explain: { outcome: string; sendAt: string; steps: { reason: string }[] }[] }>(
      `query($input: SendInput!) { explain(input: $input) { outcome sendAt steps { reason } } }`,
      { input: { to: [ana], category: 'orders', content: { title: 'Hello', body: 'World' } } },
    )
  ).explain;
  expect(plan).toMatchObject({
    outcome: 'HOLD',
    sendAt: '2024-06-06T05:00:00.000Z',
    steps: [{ reason: 'QUIET_HOURS' }],
  });
  const order = await sent(ana, 'orders');
  expect(await held(order)).toMatchObject({ reasons: ['QUIET_HOURS'], until: '2024-06-06T05:00:00.000Z' });
  const urgent = await Promise.all([
    gateway.sendAndFinish(ana, 'security'),
    gateway.sendAndFinish(ana, 'pager', { sendWindow: { preset: 'BUSINESS_HOURS' } }),
  ]);
  expect(urgent.map((one) => [one.state, startOf(one)])).toEqual([
    ['COMPLETED', '2024-06-05T21:00'],
    ['COMPLETED', '2024-06-05T21:00'],
  ]);
  const late = await sent(ana, 'orders', { expiresAt: '2024-06-06T03:00:00Z' });
  await held(late);
  await moveTo('2024-06-06T03:00:00Z');
  expect(await gateway.finished(late)).toMatchObject({ state: 'EXPIRED', deliveries: [] });
  expect((await gateway.notification(order)).state).toBe('HELD');
  await moveTo('2024-06-06T05:00:00Z');
  expect(startOf(await gateway.finished(order))).toBe('2024-06-06T05:00');
});

test('a mind that was changed while it waited counts when it is time', async () => {
  const ben = await person('ben', 'Europe/Berlin');
  const id = await sent(ben, 'orders', { sendAt: '2024-06-06T21:30:00Z' });
  expect(await held(id)).toMatchObject({ reasons: ['SCHEDULED'] });
  await choose('ben', { quietHours: span('22:00', '07:00') });
  await moveTo('2024-06-06T21:30:00Z');
  await until(async () => (await held(id)).reasons.includes('QUIET_HOURS'), 'the quiet hours to hold it');
  await moveTo('2024-06-07T05:00:00Z');
  expect((await gateway.finished(id)).state).toBe('COMPLETED');
});

test('ten or one: what comes at eleven goes at one', async () => {
  const cy = await person('cy', 'America/New_York');
  await moveTo('2024-06-07T15:00:00Z');
  const id = await sent(cy, 'orders', { sendWindow: { preset: 'MORNING_OR_NOON' } });
  expect(await held(id)).toMatchObject({ reasons: ['SEND_WINDOW'], until: '2024-06-07T17:00:00.000Z' });
  await moveTo('2024-06-07T17:00:00Z');
  expect(startOf(await gateway.finished(id))).toBe('2024-06-07T17:00');
});

test('business hours end on Friday and come again on Monday', async () => {
  const dee = await person('dee', 'Europe/Berlin', { quietHours: span('00:00', '10:00', 'MON') });
  await moveTo('2024-06-07T18:00:00Z');
  const id = await sent(dee, 'orders', { sendWindow: { preset: 'BUSINESS_HOURS' } });
  // And the quiet hours of Monday end at ten.
  expect(await held(id)).toMatchObject({ reasons: ['SEND_WINDOW'], until: '2024-06-10T08:00:00.000Z' });
  await moveTo('2024-06-10T08:00:00Z');
  expect(startOf(await gateway.finished(id))).toBe('2024-06-10T08:00');
});

test('the time of day puts other channels first', async () => {
  const eve = await person('eve', 'Europe/Berlin');
  await gateway.mutate('addEndpoint', { recipient: eve, channel: 'SLACK', address: 'U012AB3CD' }, 'created');
  await gateway.person('eve', { phone: '+4915112345678' });
  const channelsAt = [
    { start: '09:00', end: '17:00', channels: ['SLACK'] },
    { start: '17:00', end: '22:00', channels: ['SMS'] },
  ];
  await gateway.category('chatty', { channels: ['EMAIL', 'SLACK', 'SMS'], channelsAt });
  const channelAt = async (time: string): Promise<string | undefined> => {
    await moveTo(time);
    return (await gateway.sendAndFinish(eve, 'chatty')).deliveries[0]?.channel;
  };
  expect(await channelAt('2024-06-10T10:00:00Z')).toBe('SLACK');
  expect(await channelAt('2024-06-10T17:00:00Z')).toBe('SMS');
  expect(await channelAt('2024-06-10T21:00:00Z')).toBe('EMAIL');
});

test('a category shows what it says of time, until that is cleared', async () => {
  const fields = 'category { sendWindow { spans { start end days } } channelsAt { start end days channels } }';
  const save = (more: object) => gateway.attempt('upsertCategory', { key: 'timely', ...more }, fields);
  const workdays = ['MON', 'TUE', 'WED', 'THU', 'FRI'];
  const channelsAt = [{ start: '18:00', end: '22:00', days: ['SAT'], channels: ['INBOX'] }];
  const sendWindow = { spans: [{ start: '09:00', end: '17:00', days: workdays }] };
  expect(await save({ sendWindow: { preset: 'BUSINESS_HOURS' }, channelsAt })).toMatchObject({
    category: { sendWindow, channelsAt },
  });
  expect(await save({ name: 'Timely' })).toMatchObject({ category: { sendWindow, channelsAt } });
  expect(await save({ sendWindow: null, channelsAt: null })).toMatchObject({
    category: { sendWindow: null, channelsAt: [] },
  });
  expect(await save({ sendWindow: {} })).toMatchObject({
    category: null,
    userErrors: [{ field: ['input', 'sendWindow'], code: 'INVALID_SEND_WINDOW' }],
  });
});

test('the window is part of what a key stands for', async () => {
  const input = { to: [{ externalId: 'ana' }], category: 'orders', content: { title: 'T', body: 'B' } };
  const send = (more: object) =>
    gateway.attempt<{ deduplicated: boolean }>('send', { ...input, idempotencyKey: 'window', ...more }, 'deduplicated');
  const window = { sendWindow: { spans: [{ start: '10:00', end: '10:30' }] } };
  expect((await send(window)).deduplicated).toBe(false);
  expect((await send(window)).deduplicated).toBe(true);
  expect((await send({})).userErrors).toMatchObject([{ code: 'IDEMPOTENCY_CONFLICT' }]);
});
