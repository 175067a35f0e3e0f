import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { environmentOf } from '../support/environment.js';
import type { Gateway } from '../support/gateway.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});

afterAll(() => app[Symbol.asyncDispose]());

interface Suppression {
  channel: string;
  address: string | null;
  reason: string;
  integration: string | null;
  detail: string | null;
  createdAt: string;
}

const FIELDS = 'channel address reason integration detail createdAt';

const suppress = (gateway: Gateway, input: object) =>
  gateway.attempt<{ suppression: Suppression | null }>('suppressAddress', input, `suppression { ${FIELDS} }`);

const unsuppress = (gateway: Gateway, channel: string, address: string) =>
  gateway.mutate<{ removed: boolean }>('unsuppressAddress', { channel, address }, 'removed');

async function list(gateway: Gateway, variables: object = {}) {
  const { suppressions } = await gateway.query<{
    suppressions: { nodes: Suppression[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
  }>(
    `query($filter: SuppressionFilter, $first: Int = 100, $after: String) {
      suppressions(filter: $filter, first: $first, after: $after) { nodes { ${FIELDS} } pageInfo { hasNextPage endCursor } } }`,
    variables,
  );
  return suppressions;
}

const addresses = async (gateway: Gateway, filter: object): Promise<(string | null)[]> =>
  (await list(gateway, { filter })).nodes.map((node) => node.address);

test('an address is put on the list, found and taken off again', async () => {
  const gateway = await environmentOf(app.production, 'one');
  const { suppression } = await suppress(gateway, {
    channel: 'EMAIL',
    address: 'Ana@example.com',
    detail: 'asked by phone',
  });
  expect(suppression).toMatchObject({
    ...{ channel: 'EMAIL', address: 'Ana@example.com', reason: 'MANUAL', integration: null, detail: 'asked by phone' },
  });
  expect((await list(gateway)).nodes).toEqual([suppression]);
  expect((await list(app.production)).nodes).toEqual([]);
  // Again: what is there stays.
  expect(
    (await suppress(gateway, { channel: 'EMAIL', address: 'ana@example.com', detail: 'again' })).suppression,
  ).toEqual(suppression);
  expect(await unsuppress(gateway, 'EMAIL', 'ANA@example.com')).toMatchObject({ removed: true });
  expect(await unsuppress(gateway, 'EMAIL', 'ANA@example.com')).toMatchObject({ removed: false });
  expect((await list(gateway)).nodes).toEqual([]);
});

test('addresses are known in the form in which people have them', async () => {
  const gateway = await environmentOf(app.production, 'phones');
  expect((await suppress(gateway, { channel: 'SMS', address: '+1 (415) 555-2671' })).suppression).toMatchObject({
    address: '+14155552671',
  });
  expect(await addresses(gateway, { channel: 'SMS', address: '+1 415 555 2671' })).toEqual(['+14155552671']);
  expect(await unsuppress(gateway, 'SMS', '+1 415-555-2671')).toMatchObject({ removed: true });
});

test('the list is filtered and paged, newest first', async () => {
  const gateway = await environmentOf(app.production, 'many');
  for (const name of ['ana', 'ben', 'cy', 'dee', 'eve'])
    await suppress(gateway, { channel: 'EMAIL', address: `${name}@example.com` });
  await suppress(gateway, { channel: 'SLACK', address: 'U123' });
  const seen: (string | null)[] = [];
  for (let after: string | null = null, more = true; more;) {
    const { nodes, pageInfo } = await list(gateway, { first: 2, after });
    seen.push(...nodes.map((node) => node.address));
    ({ hasNextPage: more, endCursor: after } = pageInfo);
  }
  expect(seen).toEqual([
    'U123',
    'eve@example.com',
    'dee@example.com',
    'cy@example.com',
    'ben@example.com',
    'ana@example.com',
  ]);
  expect(await addresses(gateway, { channel: 'SLACK' })).toEqual(['U123']);
  expect(await addresses(gateway, { address: 'CY@example.com' })).toEqual(['cy@example.com']);
  expect(await addresses(gateway, { reason: 'MANUAL' })).toHaveLength(6);
  expect(await addresses(gateway, { reason: 'STOP' })).toEqual([]);
  const { errors } = await gateway.raw({
    query: '{ suppressions(after: "WyJzdXBwcmVzc2lvbnMiXQ") { nodes { address } } }',
  });
  expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
});

test.each([
  [{ channel: 'EMAIL', address: 'nowhere' }, 'INVALID_ADDRESS', 'address'],
  [{ channel: 'INBOX', address: 'ana' }, 'INVALID_ADDRESS', 'address'],
  [{ channel: 'EMAIL', address: 'ana@example.com', detail: 'x'.repeat(501) }, 'INVALID_DETAIL', 'detail'],
])('%j is refused', async (input, code, field) => {
  const { suppression, userErrors } = await suppress(app.development, input);
  expect(suppression).toBeNull();
  expect(userErrors).toMatchObject([{ field: ['input', field], code }]);
});

test('a recipient token may neither see nor change the list', async () => {
  await app.production.person('ana');
  const ana = await app.production.as('ana');
  for (const query of [
    '{ suppressions { nodes { address } } }',
    'mutation { suppressAddress(input: { channel: EMAIL, address: "ben@example.com" }) { userErrors { code } } }',
    'mutation { unsuppressAddress(input: { channel: EMAIL, address: "ben@example.com" }) { removed } }',
  ])
    expect((await ana.raw({ query })).errors[0]?.extensions.code).toBe('FORBIDDEN');
});
