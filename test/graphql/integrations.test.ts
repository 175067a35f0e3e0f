import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeId, uuidv7 } from '../../src/base/ids.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
let database: Database;

beforeAll(async () => {
  app = await startTestApp();
  database = await openDatabase(app.database.url, 2);
});

afterAll(async () => {
  await database.close();
  await app[Symbol.asyncDispose]();
});

const PACE = 'integration { id key rateLimit { count period } concurrency authRetries }';

function upsert(input: object) {
  const settings = { host: 'mail.example.com', port: 25, from: 'Example <hello@example.com>' };
  const whole = { key: 'mail', provider: 'smtp', channel: 'EMAIL', settings, ...input };
  return app.development.attempt<{ integration: { id: string } }>('upsertIntegration', whole, PACE);
}

interface Health {
  state: string;
  since: string | null;
  until: string | null;
  failures: number;
  waitingCount: number;
}

async function healthOf(key: string): Promise<Health | undefined> {
  const { integrations } = await app.development.query<{ integrations: { key: string; health: Health }[] }>(
    '{ integrations { key health { state since until failures waitingCount } } }',
  );
  return integrations.find((one) => one.key === key)?.health;
}

const HEALTHY = { state: 'HEALTHY', since: null, until: null, failures: 0, waitingCount: 0 };

describe('an integration', () => {
  it('says how fast and how often it may be called; what is not said again stays, null clears', async () => {
    expect((await upsert({})).integration).toMatchObject({ rateLimit: null, concurrency: null, authRetries: 0 });
    const pace = { rateLimit: { count: 14, period: 'PT1S' }, concurrency: 5, authRetries: 2 };
    expect((await upsert(pace)).integration).toMatchObject(pace);
    expect((await upsert({ order: 3 })).integration).toMatchObject(pace);
    expect((await upsert({ rateLimit: { count: 600, period: 'PT1M' } })).integration).toMatchObject({
      ...pace,
      rateLimit: { count: 600, period: 'PT1M' },
    });
    const cleared = { rateLimit: null, concurrency: null, authRetries: null };
    expect((await upsert(cleared)).integration).toMatchObject({ ...cleared, authRetries: 0 });
  });

  it.each<[string, object, string[], string]>([
    ['no call', { rateLimit: { count: 0, period: 'PT1S' } }, ['rateLimit', 'count'], 'INVALID_RATE_LIMIT'],
    [
      'calls without end',
      { rateLimit: { count: 1_000_001, period: 'PT1S' } },
      ['rateLimit', 'count'],
      'INVALID_RATE_LIMIT',
    ],
    ['a rate of a moment', { rateLimit: { count: 1, period: 'PT0.01S' } }, ['rateLimit', 'period'], 'INVALID_DURATION'],
    ['a rate of a week', { rateLimit: { count: 1, period: 'P7D' } }, ['rateLimit', 'period'], 'INVALID_DURATION'],
    ['a rate of a month', { rateLimit: { count: 1, period: 'P1M' } }, ['rateLimit', 'period'], 'INVALID_DURATION'],
    ['no call at once', { concurrency: 0 }, ['concurrency'], 'INVALID_CONCURRENCY'],
    ['a thousand and one calls at once', { concurrency: 1001 }, ['concurrency'], 'INVALID_CONCURRENCY'],
    ['less than no patience', { authRetries: -1 }, ['authRetries'], 'INVALID_AUTH_RETRIES'],
    ['too much patience', { authRetries: 6 }, ['authRetries'], 'INVALID_AUTH_RETRIES'],
  ])('is refused with %s', async (_name, input, path, code) => {
    expect(await upsert({ key: 'refused', ...input })).toMatchObject({
      integration: null,
      userErrors: [{ field: ['input', ...path], code }],
    });
  });

  it('shows its health and who waits for it, and a change lets them go', async () => {
    const { integration } = await upsert({ key: 'ill' });
    const integrationId = decodeId('integration', integration.id) as string;
    expect(await healthOf('ill')).toEqual(HEALTHY);
    const { rows } = await sql<{ environment_id: string }>`
      select environment_id from integration where id = ${integrationId}`.execute(database.db);
    const environmentId = rows[0]?.environment_id as string;
    const [since, until] = [new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000)];
    await sql`insert into integration_health (environment_id, integration_id, failures, opens, open_reason, opened_at,
        open_until, line, updated_at)
      values (${environmentId}, ${integrationId}, 7, 1, 'MISCONFIGURED', ${since}, ${until}, '{}', ${since})`.execute(
      database.db,
    );
    for (let nth = 0; nth < 3; nth += 1)
      await sql`insert into timer (environment_id, notification_id, at, lane, integration_id)
        values (${environmentId}, ${uuidv7(since)}, ${until}, 'NORMAL', ${integrationId})`.execute(database.db);
    expect(await healthOf('ill')).toEqual({
      state: 'MISCONFIGURED',
      since: since.toISOString(),
      until: until.toISOString(),
      failures: 7,
      waitingCount: 3,
    });
    expect(await healthOf('mail')).toEqual(HEALTHY);
    await upsert({ key: 'ill', credentials: { user: 'new', pass: 'secret' } });
    expect(await healthOf('ill')).toEqual(HEALTHY);
  });

  it('shows credentials that it made itself once, and those that it was given never', async () => {
    const save = (input: object) =>
      app.development.mutate<{ generatedCredentials: Record<string, string> | null }>(
        'upsertIntegration',
        { provider: 'webhook', channel: 'WEBHOOK', settings: {}, ...input },
        'integration { id } generatedCredentials',
      );
    const hooks = { key: 'hooks', idempotencyKey: 'hooks-1' };
    const made = await save(hooks);
    expect(made.generatedCredentials).toEqual({ secret: expect.stringMatching(/^whsec_[\w+/]{32,}=*$/) as string });
    expect(await save(hooks)).toEqual(made);
    expect((await save({ key: 'hooks', order: 1 })).generatedCredentials).toBeNull();
    const given = { credentials: { secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` } };
    expect((await save({ key: 'given', ...given })).generatedCredentials).toBeNull();
    const browsers = { key: 'browsers', provider: 'web-push', channel: 'WEB_PUSH' };
    expect(Object.keys((await save(browsers)).generatedCredentials ?? {}).toSorted()).toEqual([
      'privateKey',
      'publicKey',
    ]);
    expect((await save({ ...browsers, key: 'hooks' })).generatedCredentials).toHaveProperty('publicKey');
    const mail = { provider: 'smtp', channel: 'EMAIL', settings: { host: 'mail.example.com', from: 'a@example.com' } };
    expect((await save({ key: 'plain', ...mail })).generatedCredentials).toBeNull();
  });

  it('is seen from its own environment alone, by services alone', async () => {
    await upsert({ key: 'mine' });
    const query = '{ integrations { key health { state } } }';
    expect(await app.production.query(query)).toEqual({
      integrations: [{ key: 'web-push', health: { state: 'HEALTHY' } }],
    });
    await app.development.person('ana');
    const answer = await (await app.development.as('ana')).raw({ query });
    expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([403, 'FORBIDDEN']);
  });
});
