import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { environmentOf } from '../support/environment.js';
import { Gate } from '../support/gate.js';
import type { Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

let app: TestApp;
let gate: Gate;
let receiver: WebhookReceiver;

beforeAll(async () => {
  [app, receiver] = await Promise.all([startTestApp(), WebhookReceiver.start()]);
  gate = await Gate.at(app.database.url);
});

afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

interface Subscription {
  id: string;
  key: string;
  url: string;
  events: string[];
  enabled: boolean;
  disabledAt: string | null;
  disabledReason: string | null;
  failingSince: string | null;
}

const FIELDS = 'id key url events enabled disabledAt disabledReason failingSince createdAt';

const upsert = (gateway: Gateway, key: string, more: object = {}) =>
  gateway.attempt<{ subscription: Subscription | null; secret: string | null }>(
    'upsertWebhookSubscription',
    { key, url: receiver.url(key), events: ['*'], ...more },
    `subscription { ${FIELDS} } secret`,
  );

/** A TEST environment with a category, whose events go to a path of the receiver of its name. */
async function listening(name: string, more: object = {}): Promise<Gateway> {
  const gateway = await environmentOf(app.production, name, 'TEST');
  await gateway.category('orders', { channels: ['EMAIL'], retry: { maxAttempts: 1 } });
  const { secret } = await upsert(gateway, name, more);
  receiver.secrets.set(name, [secret as string]);
  return gateway;
}

interface Call {
  id: string;
  type: string;
  state: string;
  tries: number;
  nextAt: string | null;
  lastStatus: number | null;
  lastDetail: string | null;
  endedAt: string | null;
  payload: { type: string; timestamp: string; data: Record<string, unknown> };
}

async function calls(gateway: Gateway, key: string, state: string | null = null): Promise<Call[]> {
  const { webhookCalls } = await gateway.query<{ webhookCalls: { nodes: Call[] } }>(
    `query($k: String!, $s: WebhookCallState) { webhookCalls(subscription: $k, state: $s, first: 100) {
      nodes { id type state tries nextAt lastStatus lastDetail createdAt endedAt payload } } }`,
    { k: key, s: state },
  );
  return webhookCalls.nodes.reverse();
}

const ended = (gateway: Gateway, key: string, count = 1): Promise<Call[]> =>
  until(async () => {
    const all = await calls(gateway, key);
    return all.length >= count && all.every((call) => call.state !== 'WAITING') ? all : null;
  }, `${count} calls of ${key} to end`);

/** Until its latest try is written down. */
const tried = (gateway: Gateway, key: string, tries: number): Promise<Call> =>
  until(async () => {
    const [call] = await calls(gateway, key);
    return call?.tries === tries && (call.lastStatus ?? call.lastDetail) !== null ? call : null;
  }, `try ${tries} of ${key} to be recorded`);

async function subscription(gateway: Gateway, key: string): Promise<Subscription> {
  const data = await gateway.query<{ webhookSubscriptions: Subscription[] }>(`{ webhookSubscriptions { ${FIELDS} } }`);
  return data.webhookSubscriptions.find((one) => one.key === key) as Subscription;
}

/** Its pause is over. */
const hurry = (key: string): Promise<unknown> =>
  gate.rows(
    `update webhook_call set next_at = now() from webhook_subscription s
     where s.id = subscription_id and s.key = $1 and state = 'WAITING'`,
    [key],
  );

/** Something that happened, without people: what is due is looked at after it. */
const nudge = (gateway: Gateway, key: string) =>
  gateway.mutate<{ callId: string }>('testWebhookSubscription', { key }, 'callId');

const replay = (gateway: Gateway, input: object) =>
  gateway.attempt<{ replayedCount: number }>('replayWebhookCalls', input, 'replayedCount');

describe('an event', () => {
  test('is delivered once, signed, with ids and without addresses', async () => {
    const gateway = await listening('once');
    const done = await gateway.sendAndFinish({ externalId: 'ana', email: 'ana@example.com' }, 'orders', {
      tags: ['spring'],
    });
    const all = await ended(gateway, 'once', 2);
    const [sent, completed] = receiver.at('once').sort((a, b) => (a.type > b.type ? 1 : -1));
    expect(receiver.unproven).toEqual([]);
    expect(receiver.at('once')).toHaveLength(2);
    const about = {
      environment: 'once',
      notificationId: done.id,
      recipient: { externalId: 'ana' },
      category: 'orders',
      tags: ['spring'],
    };
    expect(sent).toMatchObject({
      type: 'delivery.sent',
      data: { ...about, channel: 'EMAIL', state: 'SIMULATED', integration: 'simulator', reason: null },
    });
    expect(sent?.data['deliveryId']).toBe(done.deliveries[0]?.id);
    expect(completed).toMatchObject({ type: 'notification.completed', data: { ...about, state: 'COMPLETED' } });
    expect(JSON.stringify(receiver.at('once').map((one) => one.body))).not.toContain('ana@example.com');
    expect(sent?.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(all.map((call) => [call.state, call.tries, call.lastStatus])).toEqual([
      ['DONE', 1, 200],
      ['DONE', 1, 200],
    ]);
    expect(all.map((call) => call.id).sort()).toEqual(
      receiver
        .at('once')
        .map((one) => one.id)
        .sort(),
    );
    expect(all.map((call) => call.payload)).toEqual(
      expect.arrayContaining(receiver.at('once').map(({ body }) => JSON.parse(body) as object)),
    );
  });

  test('goes to those alone who subscribed to its type, and to nobody of another environment', async () => {
    const gateway = await listening('picky', { events: ['notification.failed', 'delivery.undelivered'] });
    await gateway.category('none', { channels: ['INBOX'] });
    await gateway.mutate('setSimulatorBehavior', { address: 'ben@example.com', behavior: 'REJECT' }, '__typename');
    await gateway.sendAndFinish({ email: 'ana@example.com' }, 'orders');
    await gateway.sendAndFinish({ email: 'ben@example.com' }, 'orders');
    const all = await ended(gateway, 'picky', 2);
    expect(all.map((call) => call.type).sort()).toEqual(['delivery.undelivered', 'notification.failed']);
    expect(receiver.at('picky')).toHaveLength(2);
    expect(receiver.unproven).toEqual([]);
  });

  test('is late news, too: each change of a delivery once, and the end that comes anew', async () => {
    const gateway = await listening('late');
    await gateway.category('orders', { channels: ['EMAIL', 'SMS'] });
    const person = { email: 'ana@example.com', phone: '+14155550100' };
    const done = await gateway.sendAndFinish(person, 'orders');
    const [first] = await ended(gateway, 'late', 2);
    // Described in the send itself, the person has no id of the caller's.
    expect(first?.payload.data['recipient']).toMatchObject({ externalId: null });
    const delivery = done.deliveries[0]?.id;
    const report = (what: string): Promise<unknown> =>
      gateway.mutate('simulateReport', { delivery, report: what }, 'notification { id }');
    await report('DELIVERED');
    await ended(gateway, 'late', 3);
    await report('BOUNCED');
    await report('BOUNCED');
    const all = await ended(gateway, 'late', 6);
    const said = ({ payload: { type, data } }: Call): string =>
      [type, data['channel'] ?? [], data['state']].flat().map(String).join(' ');
    expect(all.map(said)).toEqual([
      'delivery.sent EMAIL SIMULATED',
      'notification.completed COMPLETED',
      'delivery.delivered EMAIL DELIVERED',
      'delivery.bounced EMAIL BOUNCED',
      'delivery.sent SMS SIMULATED',
      'notification.completed COMPLETED',
    ]);
    expect(receiver.at('late')).toHaveLength(6);
    expect(JSON.stringify(all.map((call) => call.payload))).not.toMatch(/ana@|4155550100/);
  });

  test('is the end of what is canceled, and of what nobody can be reached by', async () => {
    const gateway = await listening('ends', { events: ['notification.canceled', 'notification.unroutable'] });
    const { id } = await gateway.send([{ email: 'ana@example.com' }], 'orders', {
      sendAt: new Date(Date.now() + 3_600_000).toISOString(),
    });
    await gateway.mutate('cancelSend', { id }, '__typename');
    await gateway.person('ben');
    await gateway.sendAndFinish({ externalId: 'ben' }, 'orders');
    const all = await ended(gateway, 'ends', 2);
    expect(all.map((call) => call.type).sort()).toEqual(['notification.canceled', 'notification.unroutable']);
  });

  test('is what a person did in the inbox, too, also long after the notification was done', async () => {
    const gateway = await listening('inbox', { events: ['engagement.recorded', 'notification.completed'] });
    await gateway.category('chat', { channels: ['INBOX'] });
    await gateway.person('ana');
    await using widget = await gateway.online('ana', { acknowledge: true });
    const done = await gateway.sendAndFinish({ externalId: 'ana' }, 'chat');
    expect(widget.added).toHaveLength(1);
    const ana = await gateway.as('ana');
    const { inbox } = await ana.query<{ inbox: { nodes: { id: string }[] } }>('{ inbox(first: 1) { nodes { id } } }');
    await ana.mutate('markInboxItems', { ids: [inbox.nodes[0]?.id], mark: 'READ' }, '__typename');
    await ana.mutate('markInboxItems', { ids: [inbox.nodes[0]?.id], mark: 'READ' }, '__typename');
    const [engaged] = await until(() => {
      const found = receiver.at('inbox').filter((one) => one.type === 'engagement.recorded');
      return found.length > 0 ? found : null;
    }, 'the engagement');
    expect(engaged?.data).toMatchObject({ kind: 'READ', notificationId: done.id, recipient: { externalId: 'ana' } });
    await ended(gateway, 'inbox', 2);
    expect(receiver.at('inbox')).toHaveLength(2);
  });

  test('of an environment without a subscription writes nothing', async () => {
    const gateway = await environmentOf(app.production, 'deaf', 'TEST');
    await gateway.category('orders', { channels: ['EMAIL'] });
    const ended = await gateway.sendAndFinish({ email: 'ana@example.com' }, 'orders');
    expect(ended.state).toBe('COMPLETED');
    expect(
      await gate.rows(
        `select 1 from webhook_call c join environment e on e.id = c.environment_id where e.key = 'deaf'`,
      ),
    ).toEqual([]);
  });
});

describe('a receiver', () => {
  test('that fails is called again under the same id, after five seconds at first', async () => {
    const gateway = await listening('flaky', { events: ['webhook.test'] });
    receiver.does = (_request, nth) => ({ status: receiver.at('flaky').length === 1 ? 500 : 200, body: `no ${nth}` });
    const { callId } = await nudge(gateway, 'flaky');
    const waiting = await tried(gateway, 'flaky', 1);
    const [{ ms } = { ms: 0 }] = await gate.rows<{ ms: number }>(
      `select (extract(epoch from next_at - now()) * 1000)::float as ms from webhook_call c
       join webhook_subscription s on s.id = c.subscription_id where s.key = 'flaky'`,
    );
    expect(ms).toBeLessThanOrEqual(5_000);
    expect(waiting).toMatchObject({ id: callId, state: 'WAITING', lastStatus: 500, endedAt: null });
    expect(waiting.lastDetail).toMatch(/^no \d+$/);
    expect((await subscription(gateway, 'flaky')).failingSince).not.toBeNull();
    const [call] = await ended(gateway, 'flaky');
    expect(call).toMatchObject({ state: 'DONE', tries: 2, lastStatus: 200, lastDetail: null, nextAt: null });
    expect(receiver.at('flaky').map((one) => one.id)).toEqual([callId, callId]);
    expect((await subscription(gateway, 'flaky')).failingSince).toBeNull();
    expect(receiver.unproven).toEqual([]);
  });

  test('that fails at every try has failed after eight, and gets it again when it is replayed', async () => {
    const gateway = await listening('broken', { events: ['webhook.test'] });
    receiver.does = () => ({ status: 302, headers: { location: receiver.url('elsewhere') } });
    await nudge(gateway, 'broken');
    await tried(gateway, 'broken', 1);
    // The last of its tries, without the day that lies between.
    await gate.rows(`update webhook_call c set tries = 7 from webhook_subscription s
      where s.id = c.subscription_id and s.key = 'broken'`);
    await hurry('broken');
    const [call] = await ended(gateway, 'broken');
    expect(call).toMatchObject({ state: 'FAILED', tries: 8, lastStatus: 302, nextAt: null });
    expect(call?.lastDetail).toContain('redirect');
    expect(receiver.at('elsewhere')).toEqual([]);
    receiver.does = () => ({ status: 204 });
    expect(await replay(gateway, { subscription: 'broken', until: '2020-01-01T00:00:00Z' })).toMatchObject({
      replayedCount: 0,
    });
    expect(await replay(gateway, { subscription: 'broken', ids: [call?.id] })).toMatchObject({ replayedCount: 1 });
    expect(await ended(gateway, 'broken')).toMatchObject([{ id: call?.id, state: 'DONE', tries: 1, lastStatus: 204 }]);
    // It was taken: nothing has failed any more.
    expect(await replay(gateway, { subscription: 'broken' })).toMatchObject({ replayedCount: 0 });
    expect(await replay(gateway, { subscription: 'broken', onlyFailed: false })).toMatchObject({ replayedCount: 1 });
    await until(() => receiver.at('broken').length === 4, 'the second replay');
    expect(new Set(receiver.at('broken').map((one) => one.id)).size).toBe(1);
  });

  test('that never answers is left alone at the deadline, and holds up nobody else', async () => {
    const gateway = await listening('silent', { events: ['webhook.test'] });
    const { secret } = await upsert(gateway, 'lively', { events: ['webhook.test'] });
    receiver.secrets.set('lively', [secret as string]);
    receiver.does = (request) => (request.path === '/silent' ? 'hang' : { status: 200 });
    for (let nth = 0; nth < 6; nth += 1) await nudge(gateway, 'silent');
    await until(() => receiver.at('silent').length === 4, 'as many calls as one subscription may have in hand');
    await nudge(gateway, 'lively');
    await ended(gateway, 'lively');
    expect(receiver.at('silent')).toHaveLength(4);
    const call = await until(
      async () => (await calls(gateway, 'silent')).find((one) => one.lastDetail !== null),
      'the deadline',
      30_000,
    );
    expect(call).toMatchObject({ state: 'WAITING', lastStatus: null });
    expect(call.lastDetail).toBe('TIMEOUT: no answer within 15 s');
    await until(() => receiver.at('silent').length >= 6, 'the others to have their turn', 30_000);
  }, 60_000);

  test('that asks for a later time gets it', async () => {
    const gateway = await listening('busy', { events: ['webhook.test'] });
    receiver.does = () => ({ status: 429, headers: { 'retry-after': '600' }, body: 'later' });
    await nudge(gateway, 'busy');
    const call = await tried(gateway, 'busy', 1);
    expect(Date.parse(call.nextAt as string) - Date.now()).toBeGreaterThan(500_000);
    // Those that wait are replayed, too.
    receiver.does = () => ({ status: 200 });
    expect(await replay(gateway, { subscription: 'busy' })).toMatchObject({ replayedCount: 1 });
    await ended(gateway, 'busy');
  });

  test('that is gone is called no more: operators are told, what waits has failed, enabled it begins anew', async () => {
    const gateway = await listening('gone', { events: ['webhook.test', 'notification.completed'] });
    const { secret } = await upsert(gateway, 'watch', { events: ['alert.raised'] });
    receiver.secrets.set('watch', [secret as string]);
    receiver.does = (request) => ({ status: request.path === '/gone' ? 410 : 200 });
    await nudge(gateway, 'gone');
    await ended(gateway, 'gone');
    expect(await subscription(gateway, 'gone')).toMatchObject({ enabled: false, disabledReason: 'GONE' });
    const { alerts } = await gateway.query<{ alerts: { nodes: { type: string; detail: string }[] } }>(
      '{ alerts(first: 5) { nodes { type detail } } }',
    );
    expect(alerts.nodes).toMatchObject([{ type: 'WEBHOOK_DISABLED' }]);
    expect(alerts.nodes[0]?.detail).toContain('webhook subscription "gone" was disabled: its URL answered 410');
    const [told] = await until(() => (receiver.at('watch').length > 0 ? receiver.at('watch') : null), 'the notice');
    expect(told).toMatchObject({ type: 'alert.raised', data: { type: 'WEBHOOK_DISABLED', environment: 'gone' } });
    // Nothing is kept for it meanwhile.
    await gateway.sendAndFinish({ email: 'ana@example.com' }, 'orders');
    expect(await calls(gateway, 'gone')).toHaveLength(1);
    expect((await gateway.attempt('testWebhookSubscription', { key: 'gone' }, 'callId')).userErrors).toMatchObject([
      { code: 'SUBSCRIPTION_DISABLED', field: ['input', 'key'] },
    ]);
    expect((await replay(gateway, { subscription: 'gone' })).userErrors).toMatchObject([
      { code: 'SUBSCRIPTION_DISABLED', field: ['input', 'subscription'] },
    ]);
    receiver.does = () => ({ status: 200 });
    const { subscription: again } = await upsert(gateway, 'gone', { enabled: true });
    expect(again).toMatchObject({ enabled: true, disabledAt: null, disabledReason: null, failingSince: null });
    expect(await replay(gateway, { subscription: 'gone' })).toMatchObject({ replayedCount: 1 });
    expect(await ended(gateway, 'gone')).toMatchObject([{ state: 'DONE' }]);
  });

  test('that has failed for five days is disabled, with a notice that says what to do', async () => {
    const gateway = await listening('tired', { events: ['webhook.test'] });
    receiver.does = () => ({ status: 500 });
    await nudge(gateway, 'tired');
    await until(async () => (await subscription(gateway, 'tired')).failingSince, 'the first failure');
    await nudge(gateway, 'tired');
    await until(async () => (await calls(gateway, 'tired')).every((call) => call.lastStatus === 500), 'the second');
    expect((await subscription(gateway, 'tired')).enabled).toBe(true);
    await gate.rows(`update webhook_subscription set failing_since = now() - interval '5 days' where key = 'tired'`);
    await nudge(gateway, 'tired');
    const all = await ended(gateway, 'tired', 3);
    expect(all.map((call) => call.state)).toEqual(['FAILED', 'FAILED', 'FAILED']);
    expect(await subscription(gateway, 'tired')).toMatchObject({ enabled: false, disabledReason: 'FAILING' });
    const { alerts } = await gateway.query<{ alerts: { nodes: { type: string; detail: string }[] } }>(
      '{ alerts(first: 5) { nodes { type detail } } }',
    );
    expect(alerts.nodes).toHaveLength(1);
    expect(alerts.nodes[0]?.detail).toMatch(
      /nothing but failures since .*status 500.*upsertWebhookSubscription.*replay/,
    );
  });
});

describe('a subscription', () => {
  test('shows its secret once; a new one signs beside the old one for a day', async () => {
    const gateway = await listening('turning', { events: ['webhook.test'] });
    receiver.does = () => ({ status: 200 });
    expect(await upsert(gateway, 'turning', { events: ['webhook.test'] })).toMatchObject({ secret: null });
    const rotate = () => gateway.mutate<{ secret: string }>('rotateWebhookSecret', { key: 'turning' }, 'secret');
    const { secret } = await rotate();
    expect(secret).toMatch(/^whsec_/);
    const [old = ''] = receiver.secrets.get('turning') ?? [];
    expect(secret).not.toBe(old);
    receiver.secrets.set('turning', [old, secret]);
    await nudge(gateway, 'turning');
    await until(() => receiver.at('turning').length === 1, 'the first call');
    expect(receiver.unproven).toEqual([]);
    await gate.rows(`update webhook_subscription set old_secret_until = now() where key = 'turning'`);
    receiver.secrets.set('turning', [secret]);
    await nudge(gateway, 'turning');
    await until(() => receiver.at('turning').length === 2, 'the second call');
    expect(receiver.at('turning').map((one) => one.signatures)).toEqual([2, 1]);
    expect(receiver.unproven).toEqual([]);
  });

  test('that is disabled by its operator ends what waits; deleted, it is gone with its calls', async () => {
    const gateway = await listening('paused', { events: ['webhook.test'] });
    receiver.does = () => ({ status: 500 });
    await nudge(gateway, 'paused');
    await tried(gateway, 'paused', 1);
    const { subscription: off } = await upsert(gateway, 'paused', { enabled: false });
    expect(off).toMatchObject({ enabled: false, disabledReason: 'OPERATOR' });
    expect(await calls(gateway, 'paused')).toMatchObject([{ state: 'FAILED', lastStatus: 500, nextAt: null }]);
    await gateway.mutate('deleteWebhookSubscription', { key: 'paused' }, 'deletedKey');
    expect(await subscription(gateway, 'paused')).toBeUndefined();
    const { errors } = await gateway.raw({ query: '{ webhookCalls(subscription: "paused") { nodes { id } } }' });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    const again = await gateway.attempt('deleteWebhookSubscription', { key: 'paused' }, 'deletedKey');
    expect(again.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect(
      await gate.rows(`select 1 from webhook_call c left join webhook_subscription s on s.id = c.subscription_id
      where s.id is null`),
    ).toEqual([]);
  });

  test.each([
    ['http where it is not listed', 'http://9.9.9.9/hook', 'INVALID_URL', 'expected https'],
    ['http by a public name', 'http://example.invalid/hook', 'INVALID_URL', 'expected https'],
    ['a private address', 'https://10.0.0.1/hook', 'INVALID_URL', 'not a public address'],
    ['a metadata service', 'https://169.254.169.254/latest', 'INVALID_URL', 'not a public address'],
    ['an address in disguise', 'https://0xa000001/hook', 'INVALID_URL', 'not a public address'],
    ['IPv6 of this machine', 'https://[::1]/hook', 'INVALID_URL', 'not a public address'],
    ['a password', 'https://ana:secret@example.com/', 'INVALID_URL', 'user name or password'],
    ['another scheme', 'file:///etc/passwd', 'INVALID_URL', 'expected https or http'],
    ['no URL', 'nowhere', 'INVALID_URL', 'expected an absolute URL'],
  ])('of %s is refused', async (_name, url, code, message) => {
    const { userErrors } = await upsert(app.development, 'bad', { url });
    expect(userErrors).toMatchObject([{ code, field: ['input', 'url'] }]);
    expect(userErrors[0]?.message).toContain(message);
  });

  test.each([
    [{ events: [] }, 'INVALID_EVENT_TYPE', ['input', 'events']],
    [{ events: ['*', 'delivery.lost'] }, 'INVALID_EVENT_TYPE', ['input', 'events', '1']],
    [{ key: 'No!' }, 'INVALID_KEY', ['input', 'key']],
  ])('with %j is refused', async (more, code, field) => {
    const { userErrors } = await upsert(app.development, 'bad', more);
    expect(userErrors).toMatchObject([{ code, field }]);
  });

  test('whose name leads into this machine is refused at the call, and says so', async () => {
    await upsert(app.development, 'inward', { url: 'https://localhost:9443/hook', events: ['webhook.test'] });
    await gate.rows(`update webhook_subscription set url = 'http://[::1]:9443/hook' where key = 'inward'`);
    await nudge(app.development, 'inward');
    const call = await tried(app.development, 'inward', 1);
    expect(call.lastStatus).toBeNull();
    expect(call.lastDetail).toContain('EGRESS_REFUSED');
    await app.development.mutate('deleteWebhookSubscription', { key: 'inward' }, 'deletedKey');
  });
});
