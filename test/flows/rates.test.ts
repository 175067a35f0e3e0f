import { afterAll, beforeAll, expect, test } from 'vitest';
import { CallClock, mostWithin } from '../support/call-clock.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { environmentOf } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ProductProcess } from '../support/process.js';
import { until } from '../support/until.js';
import { mailBy, textsBy, Vendor } from '../support/vendor.js';

let database: FreshDatabase;
let processes: ProductProcess[];

beforeAll(async () => {
  database = await freshDatabase();
  const env = { DATABASE_URL: database.url, DATABASE_POOL: '6' };
  const first = await ProductProcess.start(env);
  processes = [first, ...(await Promise.all([ProductProcess.start(env), ProductProcess.start(env)]))];
}, 120_000);

afterAll(async () => {
  await Promise.all(processes.map((one) => one[Symbol.asyncDispose]()));
  await database[Symbol.asyncDispose]();
});

/** The same environment through every process. */
async function through(name: string): Promise<[Gateway, Gateway, Gateway]> {
  const first = await environmentOf((processes[0] as ProductProcess).production, name);
  return processes.map((one) => new Gateway(one.port, first.key)) as [Gateway, Gateway, Gateway];
}

const crowd = (name: string, count: number): object[] =>
  Array.from({ length: count }, (_, n) => ({
    to: [{ email: `${name}-${n}@example.com` }],
    category: 'news',
    content: { title: name, body: 'B' },
  }));
const sendBatch = (gateway: Gateway, sends: object[]): Promise<unknown> =>
  gateway.mutate('sendBatch', { sends }, 'results { index }');

test('a rate holds over all processes, whatever comes at once, and everybody is sent to once, in their turn', async () => {
  await using vendor = await Vendor.start();
  await using clock = await CallClock.before(vendor.url);
  const gateways = await through('trickle');
  await gateways[0].integration('mail', ...mailBy(clock, { rateLimit: { count: 50, period: 'PT1S' } }));
  await gateways[0].category('news', { channels: ['EMAIL'] });
  const undecided = '{ notifications(first: 1, filter: { state: [PENDING, ROUTED] }) { nodes { id } } }';
  for (const [nth, name] of ['ana', 'ben', 'cy', 'dee'].entries()) {
    await sendBatch(gateways[nth % 3] as Gateway, crowd(name, 100));
    // The next ones come when these stand in line.
    await until(async () => {
      const { notifications } = await gateways[0].query<{ notifications: { nodes: object[] } }>(undecided);
      return notifications.nodes.length === 0;
    }, `${name} to stand in line`);
  }
  await until(() => vendor.taken.length >= 400, 'all 400', 60_000);
  expect(vendor.calls).toHaveLength(400);
  expect(new Set(vendor.calls.map((call) => call.address)).size).toBe(400);
  const times = await clock.times();
  expect(times).toHaveLength(400);
  expect(mostWithin(times, 1_000)).toBeLessThanOrEqual(50);
  const place = (name: string): number => {
    const places = vendor.calls.flatMap((call, nth) => (call.title === name ? [nth] : []));
    return places.reduce((sum, nth) => sum + nth, 0) / places.length;
  };
  const places = ['ana', 'ben', 'cy', 'dee'].map(place);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
}, 90_000);

test('who waits for their turn makes way for what is critical, and does not hold up another integration', async () => {
  await using mails = await Vendor.start();
  await using texts = await Vendor.start();
  await using clock = await CallClock.before(mails.url);
  const [first, second] = await through('overtaking');
  await first.integration('mail', ...mailBy(clock, { rateLimit: { count: 5, period: 'PT1S' } }));
  await first.integration('texts', ...textsBy(texts));
  await first.category('news', { channels: ['EMAIL'], lane: 'BULK' });
  await first.category('codes', { channels: ['EMAIL'], lane: 'CRITICAL' });
  await first.category('chat', { channels: ['SMS'], lane: 'BULK' });
  await sendBatch(first, crowd('eve', 60));
  await until(() => mails.calls.length >= 3, 'the first ones');
  const [code, text] = await Promise.all([
    second.sendAndFinish({ email: 'fay@example.com' }, 'codes'),
    second.sendAndFinish({ phone: '+14155550140' }, 'chat'),
  ]);
  expect([code.state, text.state]).toEqual(['COMPLETED', 'COMPLETED']);
  expect(mails.to('fay@example.com')).toHaveLength(1);
  expect(mails.calls.findIndex((call) => call.address === 'fay@example.com')).toBeLessThan(30);
  const { sends } = await first.query<{ sends: { nodes: { notifications: { nodes: { timeline: object[] }[] } }[] } }>(
    '{ sends(first: 30) { nodes { notifications { nodes { timeline { type integration reason } } } } } }',
  );
  const throttled = { type: 'notification.throttled', integration: 'mail', reason: 'THROTTLED' };
  expect(sends.nodes.flatMap((send) => send.notifications.nodes.flatMap((one) => one.timeline))).toContainEqual(
    throttled,
  );
  expect(mostWithin(await clock.times(), 1_000)).toBeLessThanOrEqual(5);
}, 60_000);

test('never more calls at once than were allowed, over all processes, and nobody is left waiting', async () => {
  await using vendor = await Vendor.start();
  const gateways = await through('narrow');
  await gateways[0].integration('mail', ...mailBy(vendor, { concurrency: 3 }));
  await gateways[0].category('news', { channels: ['EMAIL'] });
  vendor.does = () => new Promise((resolve) => setTimeout(() => resolve('yes'), 100));
  await Promise.all([sendBatch(gateways[0], crowd('gus', 40)), sendBatch(gateways[1], crowd('hal', 40))]);
  await until(() => vendor.taken.length >= 80, 'all 80', 40_000);
  expect(vendor.calls).toHaveLength(80);
  expect(vendor.busiest).toBe(3);
  // 80 calls of 100 ms, three at a time, take 2.7 s where places are handed on at once.
  const [first, last] = [vendor.calls[0], vendor.calls.at(-1)];
  expect((last?.at as number) - (first?.at as number)).toBeLessThan(15_000);
}, 60_000);

test('an address that was given up stays so, though the next one waits for its turn', async () => {
  await using vendor = await Vendor.start();
  const [gateway] = await through('two-addresses');
  await gateway.integration('mail', ...mailBy(vendor, { rateLimit: { count: 1, period: 'PT4S' } }));
  const retry = { maxAttempts: 5, firstDelay: 'PT2S', maxDelay: 'PT2S', giveUpAfter: 'PT1S' };
  await gateway.category('news', { channels: ['EMAIL'], retry });
  const ivy = { externalId: 'ivy', email: 'ivy@example.com' };
  const second = { recipient: { externalId: 'ivy' }, channel: 'EMAIL', address: 'ivy@home.example' };
  await gateway.mutate('upsertRecipient', ivy, 'recipient { id }');
  await gateway.mutate('addEndpoint', second, 'created');
  vendor.does = ({ address }) => (address === 'ivy@example.com' ? { status: 503 } : 'yes');
  const sent = await gateway.sendAndFinish({ externalId: 'ivy' }, 'news');
  expect(sent).toMatchObject({ state: 'COMPLETED' });
  expect(vendor.calls.map((call) => call.address)).toEqual(['ivy@example.com', 'ivy@home.example']);
});
