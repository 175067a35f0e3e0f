import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { Gate } from '../support/gate.js';
import type { Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';

let app: TestApp;
let gateway: Gateway;
let gate: Gate;

const DAILY = { kind: 'SCHEDULE', cadence: 'DAILY' };

beforeAll(async () => {
  app = await startTestApp();
  gateway = app.development;
  gate = await Gate.at(app.database.url);
  await gateway.category('requests', { name: 'Connections', channels: ['EMAIL', 'SMS'], digest: DAILY });
  await gateway.category('orders', { channels: ['EMAIL'] });
});

afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

const mailOf = (name: string): string => `${name}@example.com`;

async function person(name: string, more: object = {}): Promise<string> {
  return gateway.person(name, { email: mailOf(name), ...more });
}

/** Sends one by one, and waits until all of them are gathered. */
async function gather(name: string, titles: readonly string[], more: object = {}): Promise<string[]> {
  const ids: string[] = [];
  for (const title of titles) {
    const content = { title, body: '' };
    const { notificationIds } = await gateway.send([{ externalId: name }], 'requests', { content, ...more });
    ids.push(...notificationIds);
  }
  await until(async () => {
    const all = await Promise.all(ids.map((id) => gateway.notification(id)));
    return all.every((one) => one.state === 'HELD');
  }, 'all to be gathered');
  return ids;
}

async function flush(name: string, more: object = {}): Promise<string[]> {
  const { notifications } = await gateway.mutate<{ notifications: { id: string }[] }>(
    'flushDigest',
    { recipient: { externalId: name }, ...more },
    'notifications { id }',
  );
  return notifications.map((one) => one.id);
}

async function prefer(name: string, category: string, cadence: string | null, enabled: boolean | null = null) {
  await gate.rows(
    `insert into preference (environment_id, recipient_id, category_key, channel, enabled, cadence, updated_at)
     select environment_id, id, $2, 'EMAIL', $3, $4, now() from recipient where external_id = $1
     on conflict (environment_id, recipient_id, category_key, channel) do update set enabled = excluded.enabled, cadence = excluded.cadence`,
    [name, category, enabled, cadence],
  );
}

async function went(name: string, count = 1) {
  return until(async () => {
    const mails = await gateway.outbox(mailOf(name));
    return mails.length >= count && mails;
  }, `${count} mails to ${name}`);
}

test('twenty requests are one mail that says twenty, and say where they went', async () => {
  await person('ana');
  const ids = await gather(
    'ana',
    Array.from({ length: 20 }, (_, n) => `Somebody ${n} wants to connect`),
  );
  const held = await gateway.notification(ids[0] as string);
  expect(held.plan).toMatchObject({ outcome: 'HOLD' });
  expect(held.plan.steps[0]).toMatchObject({ channel: 'EMAIL', decision: 'HOLD', reason: 'GATHERING' });
  const [digest] = await flush('ana');
  expect((await gateway.finished(digest as string)).state).toBe('COMPLETED');
  const mails = await went('ana');
  expect(mails).toHaveLength(1);
  expect(mails[0]?.title).toBe('20 new notifications: Connections');
  expect(mails[0]?.body).toContain('and 10 more');
  const item = await gateway.finished(ids[7] as string);
  expect(item.state).toBe('DIGESTED');
  expect(item.plan.steps[0]).toMatchObject({ channel: 'EMAIL', decision: 'SEND', reason: 'DIGESTED' });
  expect(item.timeline.map((entry) => entry.type)).toEqual([
    'notification.accepted',
    'notification.gathered',
    'digest.closed',
    'notification.digested',
  ]);
  const { notification } = await gateway.query<{
    notification: { items: { id: string; digest: { id: string } }[]; digest: null };
  }>('query($id: ID!) { notification(id: $id) { digest { id } items { id digest { id } } } }', { id: digest });
  expect(notification.digest).toBeNull();
  expect(notification.items).toEqual(ids.map((id) => ({ id, digest: { id: digest } })));
  expect(await flush('ana')).toEqual([]);
});

test('unlike things stand in groups with their numbers', async () => {
  await person('ben');
  const requests = ['New request', 'New request', 'New request'];
  await gather('ben', [...requests, 'New comment', 'New comment']);
  await flush('ben');
  const [mail] = await went('ben');
  expect(mail?.title).toBe('5 new notifications: Connections');
  expect(mail?.body).toContain('New request: 3 new notifications');
  expect(mail?.body).toContain('New comment: 2 new notifications');
});

test('one alone reads as a single notification', async () => {
  await person('cy');
  await gather('cy', ['Dee wants to connect']);
  await flush('cy');
  expect(await went('cy')).toMatchObject([{ title: 'Dee wants to connect', body: '' }]);
});

test('what is canceled while it is gathered does not go, and of nothing nothing is sent', async () => {
  await person('dee');
  const [kept] = await gather('dee', ['First']);
  const { id, notificationIds } = await gateway.send([{ externalId: 'dee' }], 'requests');
  await until(async () => (await gateway.notification(notificationIds[0] as string)).state === 'HELD', 'it to wait');
  await gateway.mutate('cancelSend', { id }, 'canceledCount');
  expect((await gateway.finished(notificationIds[0] as string)).state).toBe('CANCELED');
  await flush('dee');
  expect(await went('dee')).toMatchObject([{ title: 'First' }]);
  expect((await gateway.finished(kept as string)).state).toBe('DIGESTED');

  await person('eve');
  const only = await gateway.send([{ externalId: 'eve' }], 'requests');
  await until(
    async () => (await gateway.notification(only.notificationIds[0] as string)).state === 'HELD',
    'it to wait',
  );
  await gateway.mutate('cancelSend', { id: only.id }, 'canceledCount');
  expect(await flush('eve')).toEqual([]);
  expect(await gateway.outbox(mailOf('eve'))).toEqual([]);
});

test('a cadence is the choice of one person: the other gets each at once, and what is critical goes at once to both', async () => {
  await person('fay');
  await person('gil');
  await prefer('fay', 'orders', 'WEEKLY');
  const { notificationIds } = await gateway.send([{ externalId: 'fay' }, { externalId: 'gil' }], 'orders');
  await went('gil');
  await until(async () => {
    const states = await Promise.all(notificationIds.map(async (id) => (await gateway.notification(id)).state));
    return states.toSorted().join(' ') === 'COMPLETED HELD';
  }, 'one to go and one to wait');
  expect(await gateway.outbox(mailOf('fay'))).toEqual([]);

  await gateway.category('alarms', { channels: ['EMAIL'], lane: 'CRITICAL', digest: DAILY });
  await prefer('fay', 'alarms', 'WEEKLY');
  const alarm = await gateway.sendAndFinish({ externalId: 'fay' }, 'alarms');
  expect(alarm.state).toBe('COMPLETED');
});

test('INSTANT is a choice as well, against the rule of the category', async () => {
  await person('hal');
  await prefer('hal', 'requests', 'INSTANT');
  expect((await gateway.sendAndFinish({ externalId: 'hal' }, 'requests')).state).toBe('COMPLETED');
});

test('who switches the channel off while it gathers gets no digest; what is left goes on elsewhere', async () => {
  await person('ida');
  const ids = await gather('ida', ['One', 'Two']);
  await prefer('ida', 'requests', null, false);
  expect(await flush('ida')).toEqual([]);
  for (const id of ids) expect((await gateway.finished(id)).state).toBe('SUPPRESSED');
  expect(await gateway.outbox(mailOf('ida'))).toEqual([]);

  await person('jan', { phone: '+4915112345678' });
  await prefer('jan', 'requests', 'DAILY');
  const [id] = await gather('jan', ['One']);
  await gate.rows(
    `insert into preference (environment_id, recipient_id, category_key, channel, enabled, cadence, updated_at)
     select environment_id, id, 'requests', 'SMS', null, 'INSTANT', now() from recipient where external_id = 'jan'`,
  );
  await prefer('jan', 'requests', 'DAILY', false);
  expect(await flush('jan')).toEqual([]);
  const gone = await gateway.finished(id as string);
  expect(gone.deliveries.map((one) => [one.channel, one.state])).toEqual([['SMS', 'SIMULATED']]);
});

test('tenants and keys of callers do not mix', async () => {
  await person('kim');
  await gather('kim', ['A', 'B'], { tenant: 'acme' });
  await gather('kim', ['C'], { tenant: 'zeta' });
  await gather('kim', ['D'], { tenant: 'zeta', digestKey: 'project:42' });
  expect(await flush('kim', { category: 'requests' })).toHaveLength(3);
  const mails = await went('kim', 3);
  expect(mails.map((mail) => mail.title).toSorted()).toEqual(['2 new notifications: Connections', 'C', 'D']);
});

test('a person flushes their own, nobody else’s', async () => {
  await person('lea');
  await gather('lea', ['One', 'Two']);
  const lea = await gateway.as('lea');
  const input = (name: string) => ({ recipient: { externalId: name } });
  await expect(lea.attempt('flushDigest', input('ana'), 'notifications { id }')).rejects.toThrow('FORBIDDEN');
  const unknown = { ...input('lea'), category: 'nothing' };
  const refused = await lea.attempt<{ notifications: object[] }>('flushDigest', unknown, 'notifications { id }');
  expect(refused.userErrors).toMatchObject([{ field: ['input', 'category'], code: 'NOT_FOUND' }]);
  const mine = await lea.mutate<{ notifications: object[] }>('flushDigest', input('lea'), 'notifications { id }');
  expect(mine.notifications).toHaveLength(1);
});

test('a batch closes by itself a span after its first item, and later if it slides', async () => {
  await gateway.category('batched', { channels: ['EMAIL'], digest: { kind: 'BATCH', window: 'PT1S' } });
  await person('max');
  for (const title of ['One', 'Two', 'Three'])
    await gateway.send([{ externalId: 'max' }], 'batched', { content: { title, body: '' } });
  expect(await went('max')).toMatchObject([{ title: '3 new notifications: batched' }]);

  const sliding = { kind: 'BATCH', window: 'PT1S', sliding: true, max: 'PT10M' };
  await gateway.category('sliding', { channels: ['EMAIL'], digest: sliding });
  await person('ned');
  await gateway.send([{ externalId: 'ned' }], 'sliding');
  await gateway.send([{ externalId: 'ned' }], 'sliding');
  expect(await went('ned')).toMatchObject([{ title: '2 new notifications: sliding' }]);
  const [row] = await gate.rows<{ slid: boolean }>(
    `select closes_at > opened_at + interval '1 s' as slid from digest where category_key = 'sliding'`,
  );
  expect(row?.slid).toBe(true);
});

test('a category names a template of its own', async () => {
  await gateway.mutate(
    'upsertTemplate',
    {
      key: 'roundup',
      contents: [
        {
          channel: 'EMAIL',
          locale: 'en',
          title: '{{ count }} things',
          body: '{% for item in items %}* {{ item.title }} {% endfor %}+{{ more }} of {{ groups.size }}',
        },
      ],
    },
    'template { key }',
  );
  await gateway.mutate('publishTemplate', { key: 'roundup' }, 'template { key }');
  const digest = { ...DAILY, maxItems: 2, template: 'roundup' };
  await gateway.category('roundups', { channels: ['EMAIL'], digest });
  await person('ola');
  const content = (title: string) => ({ content: { title, body: '' } });
  for (const title of ['A', 'B', 'C']) await gateway.send([{ externalId: 'ola' }], 'roundups', content(title));
  await until(
    async () =>
      (await gate.rows(`select 1 from notification where category_key = 'roundups' and state = 'HELD'`)).length === 3,
    'all to be gathered',
  );
  await flush('ola');
  expect(await went('ola')).toMatchObject([{ title: '3 things', body: '* A * B +1 of 3' }]);
});

test('rules that cannot come true are refused, each by its field', async () => {
  const refuse = async (digest: object) => {
    const { userErrors } = await gateway.attempt('upsertCategory', { key: 'bad', digest }, 'category { key }');
    return userErrors.map((one) => [one.field.at(-1), one.code]);
  };
  const because = (field: string) => [[field, 'INVALID_DIGEST']];
  expect(await refuse({ kind: 'BATCH' })).toEqual(because('window'));
  expect(await refuse({ kind: 'BATCH', window: 'PT1M', sliding: true })).toEqual(because('max'));
  expect(await refuse({ kind: 'SCHEDULE' })).toEqual(because('cadence'));
  expect(await refuse({ ...DAILY, at: '9' })).toEqual(because('at'));
  expect(await refuse({ kind: 'SCHEDULE', cron: '0 9 30 2 *' })).toEqual(because('cron'));
  expect(await refuse({ kind: 'SCHEDULE', cron: '* * * * * *' })).toEqual(because('cron'));
  expect(await refuse({ kind: 'SCHEDULE', rrule: 'FREQ=DAILY;COUNT=3' })).toEqual(because('rrule'));
  expect(await refuse({ kind: 'SCHEDULE', rrule: 'FREQ=SECONDLY' })).toEqual(because('rrule'));
  expect(await refuse({ ...DAILY, channels: ['SMS'] })).toEqual(because('channels'));
  expect(await refuse({ ...DAILY, maxItems: 0 })).toEqual(because('maxItems'));
});
