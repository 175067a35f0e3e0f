import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { alertsOf, environmentOf } from '../support/environment.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});

afterAll(() => app[Symbol.asyncDispose]());

test('ten keys within a minute are told to operators, once', async () => {
  const gateway = await environmentOf(app.production, 'staging');
  const make = (n: number): Promise<unknown> => gateway.mutate('createApiKey', { name: `key ${n}` }, 'apiKey { id }');
  // The first key of the environment counts.
  for (let n = 2; n < 10; n += 1) await make(n);
  expect(await alertsOf(gateway, null)).toEqual([]);
  for (let n = 10; n < 15; n += 1) await make(n);
  expect(await alertsOf(gateway, null)).toEqual(['API_KEYS_MADE']);
  expect(await alertsOf(app.production, null)).toEqual([]);
});
