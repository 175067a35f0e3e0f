import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp } from '../../src/app.js';
import { silentLog } from '../../src/base/log.js';
import { startTestApp, testConfig, type TestApp } from '../support/app.js';
import { alertsOf } from '../support/environment.js';
import type { GraphAnswer } from '../support/gateway.js';
import { until } from '../support/until.js';

let app: TestApp;
const LIMIT = 50;

beforeAll(async () => {
  app = await startTestApp({ role: 'api', backlogLimit: LIMIT });
  await app.development.category('orders', { channels: ['EMAIL'] });
  await app.development.category('codes', { class: 'SECURITY', channels: ['EMAIL'] });
});

afterAll(() => app[Symbol.asyncDispose]());

const sendTo = (name: string, category: string, more: object = {}): object => ({
  to: [{ externalId: name, email: `${name}@example.com` }],
  category,
  content: { title: `For ${name}`, body: 'B' },
  ...more,
});

/** One send, with all that HTTP says of it. */
async function post(input: object): Promise<{ status: number; retryAfter: string | null; answer: GraphAnswer }> {
  const { port, key } = app.development;
  const query = 'mutation($input: SendInput!) { send(input: $input) { send { id } deduplicated userErrors { code } } }';
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const answer = (await response.json()) as GraphAnswer;
  return { status: response.status, retryAfter: response.headers.get('retry-after'), answer };
}

const statusOf = async (path: string): Promise<number> =>
  (await fetch(`http://127.0.0.1:${app.app.port}${path}`)).status;
const isStored = async (name: string): Promise<boolean> => {
  const query = 'query($e: String!) { recipient(ref: { externalId: $e }) { id } }';
  return (await app.development.query<{ recipient: object | null }>(query, { e: name })).recipient !== null;
};

test('a full lane refuses with a clear "later" and stores nothing, and goes on when somebody works', async () => {
  await app.development.send(
    Array.from({ length: LIMIT }, (_, n) => ({ email: `crowd-${n}@example.com` })),
    'orders',
  );
  const early = sendTo('ana', 'orders', { idempotencyKey: 'of ana' });
  const refused = await until(async () => {
    const said = await post(sendTo(`filler-${performance.now()}`, 'orders'));
    return said.status === 503 && said;
  }, 'the lane to be full');
  expect(refused.answer.errors[0]).toMatchObject({ extensions: { code: 'OVERLOADED' } });
  expect(refused.answer.data).toBeNull();
  expect(Number(refused.retryAfter)).toBeGreaterThanOrEqual(1);

  expect((await post(early)).status).toBe(503);
  expect(await isStored('ana')).toBe(false);
  expect([await statusOf('/healthz'), await statusOf('/readyz')]).toEqual([200, 200]);
  const code = await post(sendTo('ben', 'codes'));
  expect([code.status, code.answer.errors]).toEqual([200, undefined]);

  const sends = [sendTo('cy', 'orders'), sendTo('dee', 'codes'), sendTo('eve', 'orders')];
  const { results } = await app.development.mutate<{ results: { index: number; userErrors: { code: string }[] }[] }>(
    'sendBatch',
    { sends },
    'results { index userErrors { code field } }',
  );
  expect(results).toEqual([
    { index: 0, userErrors: [{ code: 'OVERLOADED', field: ['input', 'sends', '0'] }] },
    { index: 1, userErrors: [] },
    { index: 2, userErrors: [{ code: 'OVERLOADED', field: ['input', 'sends', '2'] }] },
  ]);
  expect([await isStored('cy'), await isStored('dee'), await isStored('eve')]).toEqual([false, true, false]);

  const worker = await startApp(testConfig(app.database.url, { role: 'worker' }), { log: silentLog });
  try {
    const taken = await until(
      async () => {
        const said = await post(early);
        return said.status === 200 && said;
      },
      'sends to be taken again',
      30_000,
    );
    expect(taken.answer.errors).toBeUndefined();
    await until(async () => (await app.development.outbox('ana@example.com')).length === 1, 'it to arrive');
    await until(async () => (await app.development.outbox('crowd-49@example.com')).length === 1, 'the rest to arrive');
    expect((await app.development.outbox('ben@example.com')).length).toBe(1);
    expect(await alertsOf(app.development, null)).toEqual(['BACKLOG_FULL', 'BACKLOG_DRAINED']);
  } finally {
    await worker.stop();
  }
}, 90_000);
