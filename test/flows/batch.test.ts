import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { freshDatabase } from '../support/database.js';
import { Gate } from '../support/gate.js';
import type { Gateway } from '../support/gateway.js';
import { ProductProcess } from '../support/process.js';
import { SmtpSink } from '../support/smtp-sink.js';
import { until } from '../support/until.js';

let app: TestApp;
let gate: Gate;

beforeAll(async () => {
  app = await startTestApp();
  gate = await Gate.at(app.database.url);
  await app.development.category('orders', { channels: ['EMAIL'] });
});

afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

interface Result {
  index: number;
  send: { id: string; notifications: { nodes: { id: string; state: string }[] } } | null;
  deduplicated: boolean;
  userErrors: { field: string[]; code: string }[];
}
const SELECTION =
  'results { index send { id notifications(first: 1) { nodes { id state } } } deduplicated userErrors { field code } }';

async function sendBatch(gateway: Gateway, input: object): Promise<Result[]> {
  return (await gateway.mutate<{ results: Result[] }>('sendBatch', input, SELECTION)).results;
}

/** A send of its own to one person. */
const to = (name: string, more: object = {}) => ({
  to: [{ externalId: name, email: `${name}@example.com` }],
  category: 'orders',
  content: { title: `For ${name}`, body: 'B' },
  ...more,
});
const crowd = (name: string, count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, nth) => `${name}-${from + nth}`);

/** Mails in the simulator's outbox, by how many of a name's people have that many. */
async function mailsOf(name: string): Promise<Record<number, number>> {
  const rows = await gate.rows<{ mails: number; people: number }>(
    `select mails, count(*)::integer as people from (select count(*)::integer as mails from outbox_message
       where address like $1 group by address) a group by mails`,
    [`${name}-%`],
  );
  return Object.fromEntries(rows.map(({ mails, people }) => [mails, people]));
}

async function storedFor(name: string): Promise<number> {
  const [row] = await gate.rows<{ count: number }>(
    `select count(*)::integer as count from send where content ->> 'title' like $1`,
    [`For ${name}%`],
  );
  return row?.count ?? 0;
}

describe('a thousand different sends in one call', () => {
  test('are a thousand results with statuses of their own, in few commits', async () => {
    const people = crowd('user', 1000);
    const results = await sendBatch(app.development, { sends: people.map((name) => to(name)) });
    expect(results.map((result) => result.index)).toEqual(people.map((_, nth) => nth));
    expect(results.flatMap((result) => result.userErrors)).toEqual([]);
    expect(new Set(results.map((result) => result.send?.id)).size).toBe(1000);
    expect(new Set(results.map((result) => result.send?.notifications.nodes[0]?.id)).size).toBe(1000);
    expect(await gate.rows('select distinct xmin::text from send')).toHaveLength(5);
    await until(async () => (await mailsOf('user'))[1] === 1000, 'a mail to everybody', 60_000);
    expect(await mailsOf('user')).toEqual({ 1: 1000 });
    for (const nth of [0, 499, 999]) {
      const notification = await app.development.finished(results[nth]?.send?.notifications.nodes[0]?.id as string);
      expect(notification.deliveries[0]).toMatchObject({ address: `user-${nth}@example.com`, state: 'SIMULATED' });
    }
  }, 120_000);

  test('stand as a variable; in the text of the operation they are too much', async () => {
    const literal = Array.from({ length: 1000 }, () => '{ to: [], category: "orders" }').join(' ');
    const answer = await app.development.raw({
      query: `mutation { sendBatch(input: { sends: [${literal}] }) { results { index } } }`,
    });
    expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([400, 'GRAPHQL_PARSE_FAILED']);
  });
});

describe('a batch that is wrong itself', () => {
  test.each<[string, object, string[], string]>([
    ['with nothing in it', { sends: [] }, ['input', 'sends'], 'TOO_MANY_SENDS'],
    ['with too many', { sends: crowd('many', 1001).map((name) => to(name)) }, ['input', 'sends'], 'TOO_MANY_SENDS'],
    [
      'with a bad key',
      { sends: [to('many-0')], idempotencyKey: '' },
      ['input', 'idempotencyKey'],
      'INVALID_IDEMPOTENCY_KEY',
    ],
  ])('%s is refused as a whole', async (_name, input, field, code) => {
    const payload = await app.development.attempt<{ results: Result[] }>('sendBatch', input, SELECTION);
    expect(payload).toMatchObject({ results: [], userErrors: [{ field, code }] });
    expect(await storedFor('many')).toBe(0);
  });
});

describe('one refused send', () => {
  const mixed = (name: string) => [
    to(`${name}-ana`),
    to(`${name}-ben`, { category: 'nothing' }),
    to(`${name}-cy`, { content: { title: '', body: 'B' } }),
    to(`${name}-dee`),
  ];

  test('fails alone, with its place in the path', async () => {
    const results = await sendBatch(app.development, { sends: mixed('alone') });
    expect(results.map((result) => result.send !== null)).toEqual([true, false, false, true]);
    expect(results.map((result) => result.userErrors)).toEqual([
      [],
      [{ field: ['input', 'sends', '1', 'category'], code: 'UNKNOWN_CATEGORY' }],
      [{ field: ['input', 'sends', '2', 'content', 'title'], code: 'INVALID_CONTENT' }],
      [],
    ]);
    expect(await storedFor('alone')).toBe(2);
  });

  test('by a bug of ours is an error with its path, and the others are answered', async () => {
    await gate.rows(
      `create function refuse() returns trigger language plpgsql as $$ begin raise 'by no means'; end $$`,
    );
    await gate.rows(
      `create trigger refuse before insert on send for each row when (new.data ->> 'bad' = 'yes') execute function refuse()`,
    );
    const sends = crowd('bug', 5).map((name, nth) => to(name, nth === 3 ? { data: { bad: 'yes' } } : {}));
    const answer = await app.development.raw({
      query: `mutation($input: SendBatchInput!) { sendBatch(input: $input) { ${SELECTION} userErrors { code } } }`,
      variables: { input: { sends } },
    });
    await gate.rows('drop trigger refuse on send');
    expect(answer.errors).toMatchObject([
      { path: ['sendBatch', 'results', 3, 'send'], extensions: { code: 'INTERNAL_SERVER_ERROR' } },
    ]);
    expect(answer.text).not.toContain('by no means');
    const { results } = (answer.data as { sendBatch: { results: Result[] } }).sendBatch;
    expect(results.map((result) => result.send !== null)).toEqual([true, true, true, false, true]);
    expect(await storedFor('bug')).toBe(4);
  });

  test.each([
    ['that can be seen at once', (name: string) => mixed(name)],
    ['that the database knows', (name: string) => mixed(name).filter((_, nth) => nth !== 2)],
  ])('%s undoes the whole batch where that is wanted, and its key stays free', async (what, make) => {
    const name = `all${what.length}`;
    const sends = make(name);
    const input = { sends, idempotencyKey: `key ${name}`, onError: 'ABORT' };
    const results = await sendBatch(app.development, input);
    expect(results.map((result) => result.send)).toEqual(sends.map(() => null));
    const wrong = (send: (typeof sends)[number]): string => {
      if (send.content.title === '') return 'INVALID_CONTENT';
      return send.category === 'nothing' ? 'UNKNOWN_CATEGORY' : 'BATCH_ABORTED';
    };
    expect(results.map((result) => result.userErrors[0]?.code)).toEqual(sends.map(wrong));
    expect(results[0]?.userErrors[0]?.field).toEqual(['input', 'sends', '0']);
    expect(await storedFor(name)).toBe(0);
    expect(await gate.rows(`select 1 from recipient where external_id like '${name}-%'`)).toEqual([]);

    const mended = sends.map((_, nth) => to(`${name}-${nth}`));
    const again = await sendBatch(app.development, { ...input, sends: mended });
    expect(again.map((result) => [result.send !== null, result.deduplicated])).toEqual(mended.map(() => [true, false]));
    const third = await sendBatch(app.development, {
      ...input,
      sends: [...mended, to(`${name}-x`, { category: 'no' })],
    });
    // What was stored before is no part of what was undone.
    expect(third.map((result) => [result.send !== null, result.deduplicated])).toEqual([
      ...mended.map(() => [true, true]),
      [false, false],
    ]);
    await until(async () => (await mailsOf(name))[1] === mended.length, 'the mails');
  });
});

describe('a batch that is sent again', () => {
  test('with its key is answered from what is stored, and only the rest is done', async () => {
    const people = crowd('again', 300);
    const input = { sends: people.map((name) => to(name)), idempotencyKey: 'again' };
    const first = await sendBatch(app.development, { ...input, sends: input.sends.slice(0, 200) });
    const second = await sendBatch(app.development, input);
    expect(second.map((result) => result.deduplicated)).toEqual(people.map((_, nth) => nth < 200));
    expect(second.slice(0, 200).map((result) => result.send?.id)).toEqual(first.map((result) => result.send?.id));
    await until(async () => (await mailsOf('again'))[1] === 300, 'a mail to everybody', 30_000);
    const third = await sendBatch(app.development, { ...input, onError: 'ABORT' });
    expect(third.map((result) => result.send?.id)).toEqual(second.map((result) => result.send?.id));
    expect(await mailsOf('again')).toEqual({ 1: 300 });
    const other = await sendBatch(app.development, {
      ...input,
      sends: [to('again-other'), ...input.sends.slice(1, 3)],
    });
    expect(other.map((result) => [result.deduplicated, result.userErrors])).toEqual([
      [false, [{ field: ['input', 'sends', '0'], code: 'IDEMPOTENCY_CONFLICT' }]],
      [true, []],
      [true, []],
    ]);
  }, 60_000);

  test('900 old people and 100 new ones under a key each: only 100 mails go out', async () => {
    const keyed = (names: string[]) => names.map((name) => to(name, { idempotencyKey: `week 12 ${name}` }));
    const old = crowd('reader', 900);
    await sendBatch(app.development, { sends: keyed(old) });
    await until(async () => (await mailsOf('reader'))[1] === 900, 'the first 900 mails', 60_000);
    const fresh = crowd('reader', 100, 900);
    const results = await sendBatch(app.development, { sends: keyed([...fresh, ...old.toReversed()]) });
    expect(results.filter((result) => !result.deduplicated).map((result) => result.index)).toEqual(
      fresh.map((_, n) => n),
    );
    await until(async () => (await mailsOf('reader'))[1] === 1000, 'the other 100 mails', 60_000);
    expect(await mailsOf('reader')).toEqual({ 1: 1000 });
    expect(await storedFor('reader')).toBe(1000);
  }, 120_000);

  test('twenty at once with one key are one, and all get its answer', async () => {
    const input = { sends: crowd('twin', 30).map((name) => to(name)), idempotencyKey: 'twins' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, nth) =>
        sendBatch(app.development, { ...input, onError: nth % 2 === 0 ? 'CONTINUE' : 'ABORT' }),
      ),
    );
    const ids = answers.map((results) => results.map((result) => result.send?.id));
    expect(new Set(ids.map((list) => list.join())).size).toBe(1);
    const firsts = answers.flat().filter((result) => !result.deduplicated);
    expect(firsts.map((result) => result.index).sort((a, b) => a - b)).toEqual(input.sends.map((_, nth) => nth));
    await until(async () => (await mailsOf('twin'))[1] === 30, 'the mails');
    expect(await mailsOf('twin')).toEqual({ 1: 30 });
  });

  test.each(['CONTINUE', 'ABORT'])('two sends in it with one key are twins (%s)', async (onError) => {
    const key = { idempotencyKey: `same ${onError}` };
    const name = `pair${onError.toLowerCase()}`;
    const same = await sendBatch(app.development, { onError, sends: [to(name, key), to(name, key)] });
    expect(same.map((result) => result.deduplicated)).toEqual([false, true]);
    expect(same[1]?.send?.id).toBe(same[0]?.send?.id);
    const other = await sendBatch(app.development, { onError, sends: [to(name, key), to(`${name}-other`, key)] });
    expect(other.map((result) => [result.deduplicated, result.userErrors])).toEqual([
      [true, []],
      [false, [{ field: ['input', 'sends', '1', 'idempotencyKey'], code: 'IDEMPOTENCY_CONFLICT' }]],
    ]);
  });

  test('one person may be in several of its sends', async () => {
    await sendBatch(app.development, { sends: [to('ida-0', { tags: ['a'] }), to('ida-0', { tags: ['b'] })] });
    await until(async () => (await mailsOf('ida'))[2] === 1, 'two mails to ida');
  });
});

test('cut at user 500, sent again, cut at user 800, sent again: everybody has exactly one mail', async () => {
  await using database = await freshDatabase();
  await using wall = await Gate.at(database.url);
  await using sink = await SmtpSink.start();
  const env = { DATABASE_URL: database.url, DATABASE_POOL: '8' };
  const sends = crowd('guest', 1000).map((name, nth) => to(name, { data: { nth } }));
  const input = { sends, idempotencyKey: 'the whole batch' };
  const stored = async (): Promise<number> =>
    (await wall.rows<{ count: number }>('select count(*)::integer as count from send'))[0]?.count ?? 0;

  const setUp = await ProductProcess.start({ ...env, ROLE: 'api' });
  await setUp.production.integration('mail', 'smtp', sink.settings);
  await setUp.production.category('orders', { channels: ['EMAIL'], class: 'TRANSACTIONAL' });
  await setUp[Symbol.asyncDispose]();
  for (const user of [500, 800]) {
    await using accepting = await ProductProcess.start({ ...env, ROLE: 'api' });
    await wall.close('insert', 'send', `(new.data ->> 'nth')::integer >= ${user}`);
    const cut = sendBatch(accepting.production, input).then(
      () => 'answered',
      () => 'cut',
    );
    await wall.reached();
    // Two commits run at a time: what stands before the gate's own is still on its way.
    const before = user - (user % 200);
    await until(async () => (await stored()) === before, `${before} to be stored: ${accepting.stderr}`, 30_000);
    accepting.signal('SIGKILL');
    expect(await cut).toBe('cut');
    await accepting.ended();
    await wall.lift();
    expect(await stored()).toBe(before);
  }

  await using last = await ProductProcess.start(env);
  const results = await sendBatch(last.production, input);
  expect(results.filter((result) => result.deduplicated)).toHaveLength(800);
  expect(results.every((result) => result.send !== null)).toBe(true);
  await until(() => sink.mails.length >= 1000, 'all mails', 60_000);
  expect(await stored()).toBe(1000);
  expect(new Set(sink.mails.flatMap((mail) => mail.to)).size).toBe(1000);
  const again = await sendBatch(last.production, input);
  expect(again.every((result) => result.deduplicated)).toBe(true);
  expect(sink.mails).toHaveLength(1000);
}, 180_000);
