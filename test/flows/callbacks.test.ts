import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp } from '../../src/app.js';
import { silentLog } from '../../src/base/log.js';
import { DatabaseProxy } from '../chaos/proxy.js';
import { startTestApp, testConfig, type TestApp } from '../support/app.js';
import { alertsOf } from '../support/environment.js';
import { Gate } from '../support/gate.js';
import type { Gateway, NotificationView } from '../support/gateway.js';
import { signed, told, WEBHOOK_PUBLIC_KEY, type SendgridEvent } from '../support/sendgrid-events.js';
import { until } from '../support/until.js';
import { mailBy, SENDGRID, textsBy, Vendor, type VendorAnswer } from '../support/vendor.js';

let app: TestApp;
let gate: Gate;
let vendor: Vendor;
let production: Gateway;
let mail: string;

beforeAll(async () => {
  app = await startTestApp();
  gate = await Gate.at(app.database.url);
  vendor = await Vendor.start();
  production = app.production;
  const credentials = { ...SENDGRID, webhookPublicKey: WEBHOOK_PUBLIC_KEY };
  mail = (await production.integration('mail', ...mailBy(vendor, { credentials }))).integration.id;
  await production.integration('texts', ...textsBy(vendor));
  await production.category('orders', { channels: ['EMAIL', 'SMS'], class: 'TRANSACTIONAL' });
});

afterAll(async () => {
  await vendor[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

function post(body: string, headers: Record<string, string>, id = mail): Promise<Response> {
  return fetch(`http://127.0.0.1:${app.app.port}/webhooks/${id}`, { method: 'POST', headers, body });
}

/** SendGrid tells it, and what follows has been folded. */
async function tell(...events: SendgridEvent[]): Promise<void> {
  const body = JSON.stringify(events);
  expect((await post(body, signed(body))).status).toBe(200);
  await folded();
}

async function folded(): Promise<void> {
  const waiting = 'select count(*)::integer as count from callback where due_at <= now()';
  await until(async () => (await gate.rows<{ count: number }>(waiting))[0]?.count === 0, 'callbacks to be folded');
}

let phones = 100;
async function sent(name: string, more: object = {}): Promise<NotificationView> {
  const phone = `+14155550${(phones += 1)}`;
  return production.sendAndFinish({ externalId: name, email: `${name}@example.com`, phone }, 'orders', more);
}

const channels = ({ deliveries }: NotificationView): string[] =>
  deliveries.map(({ channel, state }) => `${channel} ${state}`);
/** Reports are decided upon right after they are folded. */
const becomes = (id: string, expected: readonly string[]): Promise<NotificationView> =>
  until(async () => {
    const now = await production.notification(id);
    return channels(now).join() === expected.join() && now;
  }, expected.join());
const types = ({ timeline }: NotificationView): string[] => timeline.map((entry) => entry.type);
const engagements = async (id: string): Promise<string[]> => {
  const query = 'query($id: ID!) { notification(id: $id) { engagements { kind } } }';
  const { notification } = await production.query<{ notification: { engagements: { kind: string }[] } }>(query, { id });
  return notification.engagements.map(({ kind }) => kind);
};

describe('what a vendor tells', () => {
  test('accepted is not delivered, and who took it is told apart from who has it', async () => {
    const ana = await sent('ana');
    expect(channels(ana)).toEqual(['EMAIL SENT']);
    await tell(told('deferred', `${ana.id}.0.1`, { response: '421 later' }));
    expect(channels(await production.notification(ana.id))).toEqual(['EMAIL SENT']);
    await tell(told('delivered', `${ana.id}.0.1`));
    const after = await becomes(ana.id, ['EMAIL DELIVERED']);
    const told2 = ['attempt.accepted', 'delivery.deferred', 'delivery.delivered'];
    expect(types(after).filter((type) => told2.includes(type))).toEqual(told2);
  });

  test('in whatever order and however often it comes, ends the same: clicked stays clicked', async () => {
    const words = ['processed', 'delivered', 'open', 'click'];
    const orders = words
      .flatMap((a) => words.flatMap((b) => words.flatMap((c) => words.map((d) => [a, b, c, d]))))
      .filter((order) => new Set(order).size === words.length);
    expect(orders).toHaveLength(24);
    for (const [nth, order] of orders.entries()) {
      const { id } = await sent(`person-${nth}`);
      const events = order.map((word) => told(word, `${id}.0.1`));
      for (const event of events) await tell(event);
      await tell(...events, ...events.toReversed());
      const after = await becomes(id, ['EMAIL DELIVERED']);
      expect([order, channels(after), types(after).filter((type) => type === 'delivery.delivered').length]).toEqual([
        order,
        ['EMAIL DELIVERED'],
        1,
      ]);
      expect((await engagements(id)).toSorted()).toEqual(['CLICKED', 'OPENED']);
    }
  }, 60_000);

  test('before our own commit is not lost', async () => {
    vendor.does = async (call): Promise<VendorAnswer> => {
      if (call.address !== 'early@example.com') return 'yes';
      const [row] = await gate.rows<{ id: string }>(
        "select notification_id::text as id from event where type = 'attempt.started' order by at desc limit 1",
      );
      const { notifications } = await production.query<{ notifications: { nodes: { id: string }[] } }>(
        '{ notifications(first: 1) { nodes { id } } }',
      );
      expect(row).toBeDefined();
      await tell(told('delivered', `${notifications.nodes[0]?.id}.0.1`));
      return 'yes';
    };
    const { id } = await sent('early');
    vendor.does = () => 'yes';
    const after = await becomes(id, ['EMAIL DELIVERED']);
    expect(after.state).toBe('COMPLETED');
    expect(vendor.to('early@example.com')).toHaveLength(1);
  });
});

describe('what follows', () => {
  test('from a hard bounce: the next channel goes, and the address gets nothing more', async () => {
    const { id } = await sent('ben');
    await tell(told('bounce', `${id}.0.1`, { type: 'bounce', reason: '550 no such user' }));
    await becomes(id, ['EMAIL BOUNCED', 'SMS SENT']);
    expect((await production.finished(id)).state).toBe('COMPLETED');
    const { plan } = await sent('ben');
    expect(plan.steps[0]).toMatchObject({ channel: 'EMAIL', decision: 'SKIP', reason: 'ENDPOINT_RETIRED' });
    expect(vendor.to('ben@example.com')).toHaveLength(1);
  });

  test('from a full mailbox: the next channel goes, and the address may get more', async () => {
    const { id } = await sent('cy');
    await tell(told('bounce', `${id}.0.1`, { type: 'blocked', reason: '452 mailbox full' }));
    await until(async () => (await production.notification(id)).deliveries.length === 2, 'the next channel');
    expect(channels(await sent('cy'))).toEqual(['EMAIL SENT']);
  });

  test('from a complaint: nothing goes to the address, whoever has it, until an operator says so', async () => {
    const { id } = await sent('dee');
    await tell(told('spamreport', `${id}.0.1`));
    const first = await production.notification(id);
    expect([...channels(first), first.state]).toEqual(['EMAIL SENT', 'COMPLETED']);
    expect(types(first)).toContain('delivery.complained');
    const again = await production.sendAndFinish({ externalId: 'dee too', email: 'Dee@example.com' }, 'orders');
    expect(again.state).toBe('UNROUTABLE');
    expect(again.plan.steps[0]).toMatchObject({ channel: 'EMAIL', reason: 'ENDPOINT_SUPPRESSED' });
  });

  test('from an unsubscribe: no news, but orders', async () => {
    await production.advertises();
    await production.category('news', { channels: ['EMAIL'], class: 'MARKETING' });
    const { id } = await sent('eve');
    await tell(told('group_unsubscribe', `${id}.0.1`));
    expect(channels(await sent('eve'))).toEqual(['EMAIL SENT']);
    const news = await production.sendAndFinish({ externalId: 'eve' }, 'news');
    expect(news.plan.steps[0]).toMatchObject({ reason: 'ENDPOINT_SUPPRESSED' });
  });
});

describe('nothing follows', () => {
  test('from what is not proven to be from the vendor, or too old', async () => {
    const { id } = await sent('fay');
    const body = JSON.stringify([told('bounce', `${id}.0.1`, { type: 'bounce' })]);
    const good = signed(body);
    const refused = [
      await post(body, {}),
      await post(`${body} `, good),
      await post(body, { ...good, 'x-twilio-email-event-webhook-signature': 'AAAA' }),
      await post(body, signed(body, '1600000000')),
      await fetch(`http://127.0.0.1:${app.app.port}/webhooks/${mail}`),
    ];
    expect(refused.map((response) => response.status)).toEqual([401, 401, 401, 401, 401]);
    expect(await refused[0]?.json()).toMatchObject({ error: expect.stringContaining('not proven') as string });
    await folded();
    expect(channels(await production.notification(id))).toEqual(['EMAIL SENT']);
  });

  test('from many that are not proven, but that operators hear of it', async () => {
    for (let n = 0; n < 25; n += 1) await post('[]', {});
    expect(await alertsOf(production, 'mail')).toEqual(['CALLBACKS_REFUSED']);
  });

  test('from a proven one that speaks of another environment’s or another provider’s attempt', async () => {
    await app.development.category('orders', { channels: ['EMAIL'] });
    const other = await app.development.sendAndFinish({ email: 'gus@example.com' }, 'orders');
    const text = await production.sendAndFinish({ externalId: 'hal', phone: '+14155550099' }, 'orders');
    await tell(
      told('bounce', `${other.id}.0.1`, { type: 'bounce' }),
      told('bounce', `${text.id}.0.1`, { type: 'bounce' }),
      told('delivered', `${text.id}.7.1`),
      told('delivered', 'nonsense'),
      told('a word of tomorrow', `${text.id}.0.1`),
    );
    expect(channels(await app.development.notification(other.id))).toEqual(['EMAIL SIMULATED']);
    expect(channels(await production.notification(text.id))).toEqual(['SMS SENT']);
  });

  test.each([
    ['an integration that is not there', 'int_00000000000000000000000001', '[]', 404],
    ['no id at all', 'nonsense', '[]', 404],
    ['a body of more than a megabyte', null, 'x'.repeat(1_100_000), 413],
    ['a proven body that is no JSON', null, '{"event":', 400],
  ])('from %s', async (_name, id, body, status) => {
    const response = await post(body, signed(body), id ?? mail);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      expect.stringContaining('application/json') as string,
    ]);
  });
});

test('while the database is away the vendor is asked to try again, and what it tells then counts', async () => {
  const { id } = await sent('ida');
  const body = JSON.stringify([told('delivered', `${id}.0.1`)]);
  const direct = new URL(app.database.url);
  const proxy = await DatabaseProxy.start(Number(direct.port));
  const far = await startApp(testConfig(Object.assign(new URL(direct), { port: String(proxy.port) }).toString()), {
    log: silentLog,
  });
  await proxy[Symbol.asyncDispose]();
  const url = `http://127.0.0.1:${far.port}/webhooks/${mail}`;
  const refused = await fetch(url, { method: 'POST', headers: signed(body), body });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
  await far.stop().catch(() => undefined);
  expect((await post(body, signed(body))).status).toBe(200);
  await becomes(id, ['EMAIL DELIVERED']);
}, 60_000);
