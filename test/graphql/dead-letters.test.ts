import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { decodeId } from '../../src/base/ids.js';
import { encodeCursor } from '../../src/base/page.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { NOON } from '../support/arbitraries.js';
import type { Gateway } from '../support/gateway.js';

let app: TestApp;
let database: Database;

beforeAll(async () => {
  app = await startTestApp();
  database = await openDatabase(app.database.url, 2);
  for (const gateway of [app.development, app.production]) await gateway.category('orders', { channels: ['EMAIL'] });
});

beforeEach(() => sql`delete from dead_letter`.execute(database.db));

afterAll(async () => {
  await database.close();
  await app[Symbol.asyncDispose]();
});

/** Notifications that wait for next year, given up on, each a millisecond after the one before. */
async function dead(gateway: Gateway, count: number, dying: { died?: boolean } = {}): Promise<string[]> {
  const to = Array.from({ length: count }, (_, nth) => ({ externalId: `p${nth}`, email: `p${nth}@example.com` }));
  const sendAt = new Date(Date.now() + 86_400_000).toISOString();
  const { notificationIds } = await gateway.send(to, 'orders', { sendAt });
  for (const [nth, id] of notificationIds.entries()) {
    const at = plus(NOON, nth);
    await sql`insert into dead_letter
      select environment_id, id, 'NORMAL', 8, 'out of paper', ${NOON}, ${at}, ${dying.died === false ? null : at}
      from notification where id = ${decodeId('notification', id)}`.execute(database.db);
  }
  return notificationIds;
}

interface Letter {
  notificationId: string;
  failures: number;
  error: string;
  firstFailedAt: string;
  lastFailedAt: string;
  deadAt: string;
  notification: { id: string; state: string } | null;
}

interface Page {
  deadLetters: { nodes: Letter[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

const list = (gateway: Gateway, first = 100, after: string | null = null) =>
  gateway.query<Page>(
    `query($first: Int!, $after: String) { deadLetters(first: $first, after: $after) {
      nodes { notificationId failures error firstFailedAt lastFailedAt deadAt notification { id state } }
      pageInfo { hasNextPage endCursor } } }`,
    { first, after },
  );

const redrive = (gateway: Gateway, input: object) =>
  gateway.attempt<{ redrivenCount: number }>('redriveDeadLetters', input, 'redrivenCount');

const timesRedriven = async (id: string): Promise<number> =>
  (await app.development.notification(id)).timeline.filter((entry) => entry.type === 'notification.redriven').length;

describe('dead letters', () => {
  it('are listed newest first, page by page, with their notifications', async () => {
    const ids = await dead(app.development, 5);
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      const { deadLetters }: Page = await list(app.development, 2, after);
      seen.push(...deadLetters.nodes.map((node) => node.notificationId));
      if (!deadLetters.pageInfo.hasNextPage) break;
      after = deadLetters.pageInfo.endCursor;
    }
    expect(seen).toEqual(ids.toReversed());
    const { deadLetters } = await list(app.development, 1);
    expect(deadLetters.nodes).toEqual([
      {
        notificationId: ids[4],
        failures: 8,
        error: 'out of paper',
        firstFailedAt: NOON.toISOString(),
        lastFailedAt: plus(NOON, 4).toISOString(),
        deadAt: plus(NOON, 4).toISOString(),
        notification: { id: ids[4], state: expect.any(String) as string },
      },
    ]);
  });

  it('are not those that failed and are tried again by themselves', async () => {
    const ids = await dead(app.development, 1, { died: false });
    expect((await list(app.development)).deadLetters.nodes).toEqual([]);
    expect((await redrive(app.development, { notifications: ids })).userErrors[0]?.code).toBe('NOT_FOUND');
  });

  it('go on when they are redriven, once, and their timelines say so', async () => {
    const ids = await dead(app.development, 3);
    const [first, second, third] = ids as [string, string, string];
    expect(await redrive(app.development, { notifications: [first, third] })).toEqual({
      redrivenCount: 2,
      userErrors: [],
    });
    expect((await list(app.development)).deadLetters.nodes.map((node) => node.notificationId)).toEqual([second]);
    expect(await Promise.all(ids.map(timesRedriven))).toEqual([1, 0, 1]);
    expect(await redrive(app.development, { notifications: [second, first] })).toEqual({
      redrivenCount: 0,
      userErrors: [expect.objectContaining({ field: ['input', 'notifications', '1'], code: 'NOT_FOUND' }) as object],
    });
    expect(await timesRedriven(second)).toBe(0);
  });

  it('go on all at once, and asking twice at the same time redrives none twice', async () => {
    const ids = await dead(app.development, 4);
    const answers = await Promise.all([1, 2].map(() => redrive(app.development, { all: true })));
    expect(answers.map((answer) => answer.redrivenCount).reduce((a, b) => a + b)).toBe(4);
    expect((await list(app.development)).deadLetters.nodes).toEqual([]);
    expect(await Promise.all(ids.map(timesRedriven))).toEqual([1, 1, 1, 1]);
    expect(await redrive(app.development, { all: true })).toMatchObject({ redrivenCount: 0, userErrors: [] });
  });

  it('of another environment answer as missing', async () => {
    const ids = await dead(app.development, 1);
    expect((await list(app.production)).deadLetters.nodes).toEqual([]);
    expect((await redrive(app.production, { notifications: ids })).userErrors).toMatchObject([
      { field: ['input', 'notifications', '0'], code: 'NOT_FOUND' },
    ]);
    expect(await redrive(app.production, { all: true })).toMatchObject({ redrivenCount: 0 });
    expect((await list(app.development)).deadLetters.nodes.length).toBe(1);
  });

  it.each<[string, object, string[], string]>([
    ['nothing', {}, ['input'], 'INVALID_SELECTION'],
    ['all: false', { all: false }, ['input'], 'INVALID_SELECTION'],
    ['some and all', { notifications: ['ntf_x'], all: true }, ['input'], 'INVALID_SELECTION'],
    ['an empty list', { notifications: [] }, ['input', 'notifications'], 'TOO_MANY_NOTIFICATIONS'],
    [
      'too many',
      { notifications: Array.from({ length: 1001 }, () => 'ntf_x') },
      ['input', 'notifications'],
      'TOO_MANY_NOTIFICATIONS',
    ],
    ['ids of something else', { notifications: ['snd_x'] }, ['input', 'notifications', '0'], 'NOT_FOUND'],
  ])('are not redriven by %s', async (_name, input, field, code) => {
    expect(await redrive(app.development, input)).toMatchObject({ redrivenCount: 0, userErrors: [{ field, code }] });
  });

  it.each([
    ['a page of 0', 'first: 0'],
    ['a forged cursor', `after: "${encodeCursor('deadLetters', ['yesterday', 'x'])}"`],
  ])('are not listed for %s', async (_name, argument) => {
    const answer = await app.development.raw({ query: `{ deadLetters(${argument}) { nodes { error } } }` });
    expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  });

  it('are nothing for a person', async () => {
    await app.development.person('ana');
    const ana = await app.development.as('ana');
    for (const query of [
      '{ deadLetters { nodes { error } } }',
      'mutation { redriveDeadLetters(input: { all: true }) { redrivenCount } }',
    ]) {
      const answer = await ana.raw({ query });
      expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([403, 'FORBIDDEN']);
    }
  });
});
