import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { openQueue, type Queue } from '../../src/queue/queue.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { environmentOf } from '../support/environment.js';
import { Gate } from '../support/gate.js';
import type { Gateway } from '../support/gateway.js';
import { InboxReader } from '../support/inbox-reader.js';
import { MovingClock } from '../support/moving-clock.js';
import { until } from '../support/until.js';

const START = '2024-06-05T00:00:00Z';
const clock = new MovingClock(START);
let app: TestApp;
let gate: Gate;
let database: Database;
let queue: Queue;
let environments = 0;

beforeAll(async () => {
  app = await startTestApp({}, { clock });
  gate = await Gate.at(app.database.url);
  database = await openDatabase(app.database.url, 2);
  queue = await openQueue(app.database.url, silentLog, clock);
});

afterAll(async () => {
  await queue.stop(1_000);
  await database.close();
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

/** An environment of its own, with a category by e-mail and one in the inbox. */
async function fresh(rules: object[] = []): Promise<Gateway> {
  const gateway = await environmentOf(app.development, `e${(environments += 1)}`, 'TEST');
  await gateway.category('orders', { channels: ['EMAIL', 'SMS'] });
  await gateway.category('chat', { channels: ['INBOX', 'EMAIL'], inboxCopy: 'ALWAYS' });
  if (rules.length > 0) await gateway.mutate('updateRetention', { rules }, 'retention { warnings { code } }');
  return gateway;
}

interface Retention {
  rules: { kind: string; keepFor: string | null; defaultKeepFor: string | null; minimum: string }[];
  warnings: { kind: string; code: string; message: string }[];
}
const FIELDS = 'rules { kind keepFor defaultKeepFor minimum } warnings { kind code message }';

const retentionOf = async (gateway: Gateway): Promise<Retention> =>
  (await gateway.query<{ retention: Retention }>(`{ retention { ${FIELDS} } }`)).retention;

const update = (gateway: Gateway, rules: object[]) =>
  gateway.attempt<{ retention: Retention | null; warnings: Retention['warnings'] }>(
    'updateRetention',
    { rules },
    `retention { ${FIELDS} } warnings { kind code message }`,
  );

/** So many days later, what is past its time is let go of by the job that does so. */
async function daysLater(days: number): Promise<void> {
  clock.moveTo(new Date(clock.now().getTime() + days * 86_400_000).toISOString());
  const done = async (): Promise<number> => {
    const rows = await gate.rows(`select 1 from pgboss.job where name = 'prune' and state = 'completed'`);
    return rows.length;
  };
  const before = await done();
  await queue.insert(database.db, [{ job: 'prune', lane: 'NORMAL', data: {} }]);
  await until(async () => (await done()) > before, 'the job to end', 20_000);
}

const person = (name: string) => ({ externalId: name, email: `${name}@example.com`, phone: '+14155550123' });

describe('the setting', () => {
  test('begins with defaults, which an hourly job goes by', async () => {
    const { rules, warnings } = await retentionOf(await fresh());
    expect(warnings).toEqual([]);
    expect(rules.map(({ kind, keepFor, minimum }) => [kind, keepFor, minimum])).toEqual([
      ['HISTORY', 'P400D', 'P30D'],
      ['CONTENT', null, 'P7D'],
      ['INBOX', null, 'P1D'],
      ['CALLBACKS', 'P30D', 'P14D'],
      ['WEBHOOK_CALLS', 'P30D', 'P1D'],
      ['ALERTS', 'P400D', 'P7D'],
      ['RETIRED_ENDPOINTS', null, 'P30D'],
    ]);
    expect(rules.every((rule) => rule.keepFor === rule.defaultKeepFor)).toBe(true);
    expect(await gate.rows(`select cron from pgboss.schedule where name = 'prune'`)).toEqual([{ cron: '37 * * * *' }]);
  });

  test('changes kind by kind, of one environment alone, and warns of less than twelve months', async () => {
    const [gateway, other] = [await fresh(), await fresh()];
    const first = await update(gateway, [
      { kind: 'HISTORY', keepFor: 'P90D' },
      { kind: 'INBOX', keepFor: 'P2W' },
    ]);
    expect(first.warnings.map(({ kind, code }) => `${kind} ${code}`)).toEqual(['HISTORY BELOW_TWELVE_MONTHS']);
    const second = await update(gateway, [
      { kind: 'CONTENT', keepFor: 'P30D' },
      { kind: 'HISTORY', keepFor: null },
      { kind: 'CALLBACKS', keepFor: null },
    ]);
    expect(second.userErrors).toEqual([]);
    expect(second.warnings.map(({ kind, code }) => `${kind} ${code}`)).toEqual(['CONTENT BELOW_TWELVE_MONTHS']);
    expect(second.retention).toEqual(await retentionOf(gateway));
    const said = Object.fromEntries((await retentionOf(gateway)).rules.map((rule) => [rule.kind, rule.keepFor]));
    expect(said).toMatchObject({ HISTORY: null, CONTENT: 'P30D', INBOX: 'P14D', CALLBACKS: null, ALERTS: 'P400D' });
    expect((await retentionOf(other)).rules.every((rule) => rule.keepFor === rule.defaultKeepFor)).toBe(true);
  });

  test('that would break something is refused with what and why, and nothing is changed', async () => {
    const gateway = await fresh();
    const before = await retentionOf(gateway);
    const answer = await update(gateway, [
      { kind: 'HISTORY', keepFor: 'P29D' },
      { kind: 'CONTENT', keepFor: 'P1Y' },
      { kind: 'ALERTS', keepFor: 'P36501D' },
      { kind: 'INBOX', keepFor: 'P30D' },
      { kind: 'INBOX', keepFor: 'P40D' },
    ]);
    expect(answer.retention).toBeNull();
    expect(answer.userErrors.map(({ field, code }) => `${field.join('.')} ${code}`)).toEqual([
      'input.rules.1.keepFor INVALID_DURATION',
      'input.rules.0.keepFor TOO_SHORT',
      'input.rules.2.keepFor TOO_LONG',
      'input.rules.4.kind DUPLICATE_KIND',
    ]);
    expect(answer.userErrors[1]?.message).toMatch(
      /29 days given, HISTORY must stay 30 days at least: providers report late/,
    );
    expect(await retentionOf(gateway)).toEqual(before);
  });

  test('is no matter of people', async () => {
    const gateway = await fresh();
    await gateway.person('ana');
    const ana = await gateway.as('ana');
    const { errors } = await ana.raw({ query: '{ retention { rules { kind } } }' });
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
  });
});

test('history goes when it has ended long enough ago, with its days; what waits stays', async () => {
  const [gateway, other] = [await fresh([{ kind: 'HISTORY', keepFor: 'P30D' }]), await fresh()];
  const day = clock.now().toISOString().slice(0, 10).replaceAll('-', '');
  const done = await gateway.send([person('ben')], 'orders', { idempotencyKey: 'a' });
  await gateway.finished(done.notificationIds[0] as string);
  const sendAt = new Date(clock.now().getTime() + 60 * 86_400_000).toISOString();
  const waiting = await gateway.send([person('cy')], 'orders', { sendAt });
  const elsewhere = await other.send([person('dee')], 'orders');
  await other.finished(elsewhere.notificationIds[0] as string);

  await daysLater(29);
  expect(await shown(gateway, done)).toEqual({ send: true, notification: true });
  await daysLater(2);
  expect(await shown(gateway, done)).toEqual({ send: false, notification: false });
  expect(await shown(gateway, waiting)).toEqual({ send: true, notification: true });
  expect(await shown(other, elsewhere)).toEqual({ send: true, notification: true });
  const { sends } = await gateway.query<{ sends: { nodes: { id: string }[] } }>('{ sends { nodes { id } } }');
  expect(sends.nodes.map((node) => node.id)).toEqual([waiting.id]);
  expect(await gateway.outbox('ben@example.com')).toEqual([]);
  // The old key is free, and what it answered is gone.
  const again = await gateway.send([person('ben')], 'orders', { idempotencyKey: 'a' });
  expect(again.id).not.toBe(done.id);
  await gateway.finished(again.notificationIds[0] as string);

  // Its time comes; and a while after, with everything of it, the day goes too.
  await daysLater(30);
  const clockwork = new Date(clock.now().getTime() + 600_000).toISOString();
  await gateway.send([person('eve')], 'orders', { sendAt: clockwork });
  await gateway.finished(waiting.notificationIds[0] as string);
  expect(await daysOf(day)).toHaveLength(4);
  await daysLater(401);
  expect(await shown(gateway, waiting)).toEqual({ send: false, notification: false });
  expect(await shown(other, elsewhere)).toEqual({ send: false, notification: false });
  expect(await daysOf(day)).toEqual([]);
});

/** The partitions of a day. */
const daysOf = (day: string): Promise<object[]> =>
  gate.rows('select 1 from pg_class where relname ~ $1 and relispartition', [
    `^(send|notification|delivery|event)_${day}$`,
  ]);

async function shown(gateway: Gateway, of: { id: string; notificationIds: string[] }) {
  const answer = await gateway.query<{ send: object | null; notification: object | null }>(
    `query($send: ID!, $notification: ID!) {
      send(id: $send) { progress { recipientCount finishedCount } }
      notification(id: $notification) { id state plan { outcome } timeline { type } } }`,
    { send: of.id, notification: of.notificationIds[0] },
  );
  return { send: answer.send !== null, notification: answer.notification !== null };
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `item ${n}`);

test('an inbox loses old items while it is open: counts stay exact, and whoever comes back knows', async () => {
  const gateway = await fresh([{ kind: 'INBOX', keepFor: 'P10D' }]);
  const chat = (title: string) => gateway.sendAndFinish(person('ana'), 'chat', { content: { title, body: 'B' } });
  for (const title of numbered(3)) await chat(title);
  const first = await listOf(gateway);
  await (await gateway.as('ana')).mutate('markInboxItems', { ids: [first.ids[0]], mark: 'READ' }, 'counts { unread }');
  await daysLater(8);
  await chat('young');
  const { ids, version } = await listOf(gateway);
  expect(ids).toHaveLength(4);
  await daysLater(1);
  expect((await listOf(gateway)).ids).toEqual(ids);

  clock.moveTo(new Date(clock.now().getTime() + 2 * 86_400_000).toISOString());
  await using widget = await InboxReader.open(gateway, 'ana', { after: version, acknowledge: false });
  await daysLater(0);
  await until(() => widget.events.length === 3, 'three items to leave');
  expect(widget.events.map((event) => event.type)).toEqual(Array(3).fill('InboxItemRemoved'));
  expect(new Set(widget.events.map((event) => event.itemId))).toEqual(new Set(ids.slice(1)));
  expect(widget.events.at(-1)?.counts).toEqual({ unseen: 1, unread: 1 });
  const after = await listOf(gateway);
  expect(after).toMatchObject({ ids: ids.slice(0, 1), counts: { unseen: 1, unread: 1 }, version: version + 3 });

  // Away since before the removals: told of each, and a week later to read the list again.
  await using soon = await InboxReader.open(gateway, 'ana', { after: version, acknowledge: false });
  await until(() => soon.events.length === 3, 'the removals to be told');
  await gateway.mutate('updateRetention', { rules: [{ kind: 'INBOX', keepFor: 'P30D' }] }, 'warnings { code }');
  await daysLater(20);
  expect(await gate.rows(`select 1 from inbox_item where removed_at is not null`)).toHaveLength(0);
  await using late = await InboxReader.open(gateway, 'ana', { after: version, acknowledge: false });
  const reset = await late.event((event) => event.type === 'InboxReset', 'the reset');
  expect(reset).toMatchObject({ reason: 'MANY_CHANGED', version: version + 3, counts: { unseen: 1, unread: 1 } });
  await using knows = await InboxReader.open(gateway, 'ana', { after: version + 3, acknowledge: false });
  await gateway.send([person('ana')], 'chat', { content: { title: 'new', body: 'B' } });
  expect((await knows.addedTitle('new')).version).toBe(version + 4);
  expect(knows.events).toHaveLength(1);
});

async function listOf(gateway: Gateway) {
  const ana = await gateway.as('ana');
  const { inbox } = await ana.query<{
    inbox: { nodes: { id: string }[]; counts: { unseen: number; unread: number }; version: number };
  }>('{ inbox(first: 100) { nodes { id } counts { unseen unread } version } }');
  return { ids: inbox.nodes.map((node) => node.id), counts: inbox.counts, version: inbox.version };
}

describe('content that is gone', () => {
  test('leaves the history, and nothing says it again: no late failover, no redrive', async () => {
    const gateway = await fresh([{ kind: 'CONTENT', keepFor: 'P7D' }]);
    const content = { title: 'Secret', body: 'Words' };
    const bounced = await gateway.send([person('ana')], 'orders', { content });
    const before = await gateway.finished(bounced.notificationIds[0] as string);
    const dead = await gateway.send([person('ben')], 'orders', { content });
    await gateway.finished(dead.notificationIds[0] as string);
    await bury(dead.notificationIds[0] as string, dead.id);

    await daysLater(8);
    const ids = [bounced, dead].map((one) => decodeId('send', one.id));
    const said = `select 1 from send where id = any($1) and (content is not null or data <> '{}')`;
    expect(await gate.rows(said, [ids])).toEqual([]);
    expect(await gateway.outbox('ana@example.com')).toEqual([]);
    const { send } = await gateway.query<{ send: { contentGoneAt: string | null } }>(
      `query($id: ID!) { send(id: $id) { contentGoneAt } }`,
      { id: bounced.id },
    );
    expect(send.contentGoneAt).toMatch(/^2\d{3}-/);
    const kept = await gateway.notification(bounced.notificationIds[0] as string);
    expect([kept.state, kept.timeline.length]).toEqual([before.state, before.timeline.length]);

    // A bounce that comes that late wants the next channel.
    await gateway.mutate(
      'simulateReport',
      { delivery: kept.deliveries[0]?.id, report: 'BOUNCED' },
      'notification { id }',
    );
    const failed = await until(async () => {
      const found = await gateway.notification(kept.id);
      return found.state === 'FAILED' && found;
    }, 'it to fail');
    const [, sms] = failed.deliveries;
    expect([sms?.channel, sms?.state, sms?.reason]).toEqual(['SMS', 'UNDELIVERED', 'RENDER_ERROR']);
    expect(sms?.attempts[0]).toMatchObject({ code: 'CONTENT_GONE' });

    const refused = await gateway.attempt<{ redrivenCount: number }>(
      'redriveDeadLetters',
      { notifications: dead.notificationIds },
      'redrivenCount',
    );
    expect(refused.userErrors).toEqual([
      {
        field: ['input', 'notifications', '0'],
        code: 'CONTENT_GONE',
        message: 'what it said was not kept, because its time was over; send it anew',
      },
    ]);
    expect(await gateway.mutate('redriveDeadLetters', { all: true }, 'redrivenCount')).toMatchObject({
      redrivenCount: 0,
    });
  });

  /** As if carrying it had failed again and again. */
  async function bury(notification: string, send: string): Promise<void> {
    const ids = [decodeId('notification', notification), decodeId('send', send)];
    await gate.rows(
      `update notification set state = 'FAILED', reason = 'DEAD_LETTER' where id = $1 and send_id = $2`,
      ids,
    );
    await gate.rows(
      `insert into dead_letter select environment_id, id, 'NORMAL', 5, 'broken', $2, $2, $2 from notification where id = $1`,
      [ids[0], clock.now()],
    );
  }
});
