import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidv7 } from '../../src/base/ids.js';
import { plus } from '../../src/base/clock.js';
import { encodeCursor } from '../../src/base/page.js';
import { insertAlerts, type AlertRow } from '../../src/store/alerts.js';
import { openDatabase } from '../../src/store/database.js';
import { findEnvironment } from '../../src/store/environments.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { NOON } from '../support/arbitraries.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  const database = await openDatabase(app.database.url, 2);
  const environment = await findEnvironment(database.db, { key: 'development' });
  const rows = Array.from({ length: 5 }, (_, nth): AlertRow => ({
    environment_id: environment?.id as string,
    id: uuidv7(plus(NOON, nth)),
    type: nth % 2 === 0 ? 'INTEGRATION_OPENED' : 'BACKLOG_FULL',
    integration_key: nth % 2 === 0 ? 'mail' : null,
    detail: `alert ${nth}`,
    created_at: plus(NOON, nth),
  }));
  await insertAlerts(database.db, rows);
  // Saying it again changes nothing; neither does saying nothing.
  await insertAlerts(database.db, rows.slice(0, 2));
  await insertAlerts(database.db, []);
  await database.close();
});

afterAll(() => app[Symbol.asyncDispose]());

interface Page {
  alerts: {
    nodes: { id: string; type: string; integration: string | null; detail: string; createdAt: string }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

const page = (first: number, after: string | null = null) =>
  app.development.query<Page>(
    `query($first: Int!, $after: String) { alerts(first: $first, after: $after) {
      nodes { id type integration detail createdAt } pageInfo { hasNextPage endCursor } } }`,
    { first, after },
  );

describe('alerts', () => {
  it('are listed newest first, each once, page by page', async () => {
    const details: string[] = [];
    let after: string | null = null;
    for (;;) {
      const { alerts }: Page = await page(2, after);
      details.push(...alerts.nodes.map((node) => node.detail));
      if (!alerts.pageInfo.hasNextPage) break;
      after = alerts.pageInfo.endCursor;
    }
    expect(details).toEqual(['alert 4', 'alert 3', 'alert 2', 'alert 1', 'alert 0']);
  });

  it('say what happened to which integration when', async () => {
    const { alerts } = await page(2);
    expect(alerts.nodes).toEqual([
      {
        id: expect.stringMatching(/^alt_\w{26}$/),
        type: 'INTEGRATION_OPENED',
        integration: 'mail',
        detail: 'alert 4',
        createdAt: plus(NOON, 4).toISOString(),
      },
      expect.objectContaining({ type: 'BACKLOG_FULL', integration: null }),
    ]);
  });

  it('are those of the caller’s environment, for services alone', async () => {
    expect(await app.production.query('{ alerts { nodes { id } } }')).toEqual({ alerts: { nodes: [] } });
    await app.development.person('ana');
    const answer = await (await app.development.as('ana')).raw({ query: '{ alerts { nodes { id } } }' });
    expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([403, 'FORBIDDEN']);
  });

  it.each([
    ['a page of 0', '{ alerts(first: 0) { nodes { id } } }'],
    ['a page of 101', '{ alerts(first: 101) { nodes { id } } }'],
    ['a cursor of another list', `{ alerts(after: "${encodeCursor('outbox', [uuidv7(NOON)])}") { nodes { id } } }`],
    ['a forged cursor', `{ alerts(after: "${encodeCursor('alerts', ['x'])}") { nodes { id } } }`],
  ])('are not given for %s', async (_name, query) => {
    const answer = await app.development.raw({ query });
    expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  });
});
