import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request, type ClientRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FILE_MAX } from '../../src/attachments/check.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';

let app: TestApp;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'attachments-'));
  app = await startTestApp({ dataDir });
  await app.development.category('invoices', { channels: ['EMAIL'] });
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

const LARGE = { filename: 'a.bin', content: Buffer.alloc(3_000_000).toString('base64') };

function send(attachments: object[] | null, more: object = {}) {
  const input = {
    ...{ to: [{ externalId: 'ana', email: 'ana@example.com' }], category: 'invoices', attachments },
    ...{ content: { title: 'Your invoice', body: 'Attached' }, ...more },
  };
  const query = 'mutation($input: SendInput!) { send(input: $input) { send { id } userErrors { field code } } }';
  return { query, variables: { input } };
}

const DONE = { status: 200, data: { send: { userErrors: [] } } };
const TOO_LARGE = { status: 413, errors: [{ extensions: { code: 'PAYLOAD_TOO_LARGE' } }] };

test('may hold the largest file', async () => {
  const largest = { filename: 'a.bin', content: Buffer.alloc(FILE_MAX).toString('base64') };
  expect(await app.development.raw(send([largest]))).toMatchObject(DONE);
});

test('is read for services alone', async () => {
  await app.development.person('ana', { email: 'ana@example.com' });
  const token = await app.development.token('ana');
  const body = send([LARGE]);
  expect(await app.development.raw(body, { authorization: `Bearer ${token}` })).toMatchObject(TOO_LARGE);
  expect(await app.development.raw(body, { authorization: 'Bearer wrong' })).toMatchObject(TOO_LARGE);
  expect(await app.development.raw(body, { authorization: '' })).toMatchObject(TOO_LARGE);
  expect(await app.development.raw(body)).toMatchObject(DONE);
});

test('is read for files alone', async () => {
  const data = { attachments: [LARGE] };
  expect(await app.development.raw(send(null, { data }))).toMatchObject(TOO_LARGE);
  const content = { title: 'T', body: 'B', data };
  expect(await app.development.raw(send(null, { content }))).toMatchObject(TOO_LARGE);
  expect(await app.development.raw({ ...send([LARGE]), padding: 'x'.repeat(1_100_000) })).toMatchObject(TOO_LARGE);
  expect(await app.development.raw({ ...send(null), padding: 'x'.repeat(41_000_000) })).toMatchObject(TOO_LARGE);
});

test('waits for others that are large', async () => {
  const begun = await Promise.all(Array.from({ length: 4 }, () => begin(40_000_000)));
  const refused = await until(async () => {
    const answer = await app.development.raw(send([LARGE]));
    return answer.status === 503 ? answer : null;
  }, 'the requests to be at hand');
  expect(refused.errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
  // Others are not held up.
  expect(await app.development.raw(send(null))).toMatchObject(DONE);
  for (const one of begun) one.destroy();
  await until(async () => (await app.development.raw(send([LARGE]))).status === 200, 'a place to be free');
});

/** A request that says how large it is, is told to go on, and then says nothing more. */
async function begin(bytes: number): Promise<ClientRequest> {
  const headers = {
    authorization: `Bearer ${app.development.key}`,
    'content-type': 'application/json',
    'content-length': bytes,
    expect: '100-continue',
  };
  const { port } = app.development;
  const begun = request({ host: '127.0.0.1', port, path: '/graphql', method: 'POST', headers, agent: false });
  begun.on('error', () => undefined);
  begun.flushHeaders();
  await once(begun, 'continue');
  return begun;
}
