import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { environmentOf } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';
import { mailBy, textsBy, Vendor } from '../support/vendor.js';

let app: TestApp;
let second: Awaited<ReturnType<TestApp['startSecond']>>;
let client: Client;

beforeAll(async () => {
  app = await startTestApp();
  second = await app.startSecond();
  client = new Client({ connectionString: app.database.url });
  await client.connect();
}, 60_000);

afterAll(async () => {
  await client.end();
  await second[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

/** An environment of its own through both processes, with a vendor of mail and texts. */
async function setUp(name: string, category: object): Promise<{ gateways: [Gateway, Gateway]; vendor: Vendor }> {
  const vendor = await Vendor.start();
  const first = await environmentOf(app.production, name);
  await first.integration('mail', ...mailBy(vendor));
  await first.integration('texts', ...textsBy(vendor));
  await first.category('news', { channels: ['EMAIL'], ...category });
  return { gateways: [first, new Gateway(second.production.port, first.key)], vendor };
}

/** So many sends to one address, all at once, through both processes. */
async function sendMany(gateways: [Gateway, Gateway], count: number, to: object, more: object = {}): Promise<string[]> {
  const sends = await Promise.all(
    Array.from({ length: count }, (_, nth) => (gateways[nth % 2] as Gateway).send([to], 'news', more)),
  );
  return sends.flatMap((send) => send.notificationIds);
}

/** How many notifications are in each state, for each reason of their first step. */
async function tally(gateway: Gateway, ids: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { state, plan } of await Promise.all(ids.map((id) => gateway.notification(id)))) {
    const key = `${state} ${plan?.steps[0]?.reason}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** Times at which notifications of an address went, by what was counted. */
async function usesOf(email: string): Promise<number[]> {
  const { rows } = await client.query<{ at: Date }>(
    `select u.at from cap_use u join recipient r on r.id = u.recipient_id
     where r.external_id = $1 and not u.waits order by u.at`,
    [`email:${email}`],
  );
  return rows.map((row) => row.at.getTime());
}

test('three a day with 50 sent at once: exactly three arrive, the others wait, and security passes', async () => {
  const { gateways, vendor } = await setUp('daily', { caps: [{ max: 3, per: 'P1D' }] });
  await using _vendor = vendor;
  const ana = { email: 'ana@example.com' };
  const ids = await sendMany(gateways, 50, ana);
  await until(async () => {
    const counts = await tally(gateways[0], ids);
    return counts['COMPLETED ACCEPTED'] === 3 && counts['HELD FREQUENCY_CAP'] === 47;
  }, 'three to arrive and 47 to wait');
  expect(vendor.to('ana@example.com')).toHaveLength(3);

  await gateways[0].category('codes', { class: 'SECURITY', channels: ['EMAIL'], caps: [{ max: 1, per: 'P1D' }] });
  for (let nth = 0; nth < 3; nth += 1) expect((await gateways[1].sendAndFinish(ana, 'codes')).state).toBe('COMPLETED');
  expect((await gateways[0].sendAndFinish({ email: 'ben@example.com' }, 'news')).state).toBe('COMPLETED');

  // A dry run says the same, and uses nothing up.
  const explain = async (email: string) => {
    const { explain: plans } = await gateways[0].query<{ explain: { outcome: string; sendAt: string | null }[] }>(
      `query($input: SendInput!) { explain(input: $input) { outcome sendAt } }`,
      { input: { to: [{ email }], category: 'news', content: { title: 'T', body: 'B' } } },
    );
    return plans[0];
  };
  const plan = await explain('ana@example.com');
  expect(plan?.outcome).toBe('HOLD');
  expect(Date.parse(plan?.sendAt as string)).toBeGreaterThan(Date.now() + 86_400_000);
  for (let nth = 0; nth < 5; nth += 1) expect((await explain('ben@example.com'))?.outcome).toBe('SEND');
  expect(await usesOf('ben@example.com')).toHaveLength(1);
}, 60_000);

test('two in two seconds: all five arrive, and no stretch of two seconds has more than two', async () => {
  const { gateways, vendor } = await setUp('seconds', { caps: [{ max: 2, per: 'PT2S' }] });
  await using _vendor = vendor;
  const ids = await sendMany(gateways, 5, { email: 'cy@example.com' });
  await Promise.all(ids.map((id) => gateways[0].finished(id, 60_000)));
  expect(vendor.to('cy@example.com')).toHaveLength(5);
  const uses = await usesOf('cy@example.com');
  expect(uses).toHaveLength(5);
  uses.forEach((at, nth) => {
    const afterNext = uses[nth + 2];
    if (afterNext !== undefined) expect(afterNext - at).toBeGreaterThanOrEqual(2_000);
  });
}, 90_000);

test('beyond a cap, a category may drop', async () => {
  const { gateways, vendor } = await setUp('dropped', { caps: [{ max: 2, per: 'P1D' }], onCap: 'DROP' });
  await using _vendor = vendor;
  const ids = await sendMany(gateways, 10, { email: 'dee@example.com' });
  const ended = await Promise.all(ids.map((id) => gateways[0].finished(id)));
  expect(ended.filter((one) => one.state === 'COMPLETED')).toHaveLength(2);
  const dropped = ended.filter((one) => one.state === 'SUPPRESSED');
  expect(dropped).toHaveLength(8);
  expect(dropped.map((one) => one.timeline.at(-1)?.reason)).toEqual(Array(8).fill('FREQUENCY_CAP'));
});

test('a cap on a channel lets the next channel go', async () => {
  const category = { channels: ['SMS', 'EMAIL'], caps: [{ max: 1, per: 'P1D', channel: 'SMS' }] };
  const { gateways, vendor } = await setUp('texts', category);
  await using _vendor = vendor;
  const eve = { externalId: 'eve', email: 'eve@example.com', phone: '+14155550123' };
  const ids = await sendMany(gateways, 5, eve);
  const ended = await Promise.all(ids.map((id) => gateways[0].finished(id)));
  expect(ended.map((one) => one.state)).toEqual(Array(5).fill('COMPLETED'));
  expect(vendor.to('+14155550123')).toHaveLength(1);
  expect(vendor.to('eve@example.com')).toHaveLength(4);
  const byMail = ended.filter((one) => one.deliveries[0]?.channel === 'EMAIL');
  expect(byMail.map((one) => one.plan.steps[0]?.reason)).toEqual(Array(4).fill('FREQUENCY_CAP'));
});

test("a person's own cap counts over all categories", async () => {
  const { gateways, vendor } = await setUp('own', {});
  await using _vendor = vendor;
  await gateways[0].category('offers', { channels: ['EMAIL'] });
  const fay = { externalId: 'fay', email: 'fay@example.com' };
  await gateways[0].person('fay', { email: 'fay@example.com' });
  await client.query(`update recipient set profile = $1 where external_id = 'fay'`, [
    JSON.stringify({ caps: [{ max: 1, periodMs: 3_600_000 }] }),
  ]);
  expect((await gateways[0].sendAndFinish(fay, 'offers')).state).toBe('COMPLETED');
  const [held] = await sendMany(gateways, 1, fay);
  await until(async () => (await gateways[1].notification(held as string)).state === 'HELD', 'the second to wait');
  expect(vendor.to('fay@example.com')).toHaveLength(1);
});

test('what every provider refused is given back', async () => {
  const { gateways, vendor } = await setUp('refused', { caps: [{ max: 1, per: 'P1D' }], onCap: 'DROP' });
  await using _vendor = vendor;
  const gus = { email: 'gus@example.com' };
  vendor.does = () => ({ status: 400 });
  expect((await gateways[0].sendAndFinish(gus, 'news')).state).toBe('FAILED');
  await until(async () => (await usesOf('gus@example.com')).length === 0, 'the use to be given back');
  vendor.does = () => 'yes';
  expect((await gateways[1].sendAndFinish(gus, 'news')).state).toBe('COMPLETED');
});

test('a throttle lets one of a key through, whatever the category, and ends the others', async () => {
  const { gateways, vendor } = await setUp('throttled', { class: 'SECURITY' });
  await using _vendor = vendor;
  const hal = { email: 'hal@example.com' };
  const throttle = { key: 'reset', period: 'PT1H' };
  const ids = await sendMany(gateways, 10, hal, { throttle });
  const ended = await Promise.all(ids.map((id) => gateways[0].finished(id)));
  expect(ended.filter((one) => one.state === 'COMPLETED')).toHaveLength(1);
  const others = ended.filter((one) => one.state === 'SUPPRESSED');
  expect(others.map((one) => one.timeline.at(-1)?.reason)).toEqual(Array(9).fill('THROTTLED_KEY'));
  expect((await gateways[0].sendAndFinish(hal, 'news', { throttle: { ...throttle, key: 'login' } })).state).toBe(
    'COMPLETED',
  );
  const other = { email: 'ida@example.com' };
  expect((await gateways[0].sendAndFinish(other, 'news', { throttle })).state).toBe('COMPLETED');
  expect(vendor.to('hal@example.com')).toHaveLength(2);
});

test('caps and throttles that mean nothing are refused, and a category keeps what is not said', async () => {
  const { gateways, vendor } = await setUp('words', { caps: [{ max: 3, per: 'P1D' }], onCap: 'DROP' });
  await using _vendor = vendor;
  const [gateway] = gateways;
  const bad = [
    { max: 0, per: 'P1D' },
    { max: 1, per: 'PT0.5S' },
    { max: 1_001, per: 'P367D' },
  ];
  const refused = await gateway.attempt('upsertCategory', { key: 'news', caps: bad }, 'category { key }');
  expect(refused.userErrors.map((error) => [error.code, error.field.join('.')])).toEqual([
    ['INVALID_CAP', 'input.caps.0.max'],
    ['INVALID_CAP', 'input.caps.1.per'],
    ['INVALID_CAP', 'input.caps.2.max'],
    ['INVALID_CAP', 'input.caps.2.per'],
  ]);
  const selection = 'category { caps { max per channel } onCap }';
  const kept = await gateway.mutate('upsertCategory', { key: 'news', name: 'News' }, selection);
  expect(kept).toMatchObject({ category: { caps: [{ max: 3, per: 'P1D', channel: null }], onCap: 'DROP' } });
  const cleared = await gateway.mutate('upsertCategory', { key: 'news', caps: [], onCap: 'HOLD' }, selection);
  expect(cleared).toMatchObject({ category: { caps: [], onCap: 'HOLD' } });
  const send = { to: [{ email: 'jo@example.com' }], category: 'news', content: { title: 'T', body: 'B' } };
  const throttle = { key: '', max: 0, period: 'P1D' };
  const answer = await gateway.attempt('send', { ...send, throttle }, 'send { id }');
  expect(answer.userErrors.map((error) => [error.code, error.field.join('.')])).toEqual([
    ['INVALID_THROTTLE', 'input.throttle.key'],
    ['INVALID_THROTTLE', 'input.throttle.max'],
  ]);
});
