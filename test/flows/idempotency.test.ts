import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  await app.development.category('orders', { channels: ['EMAIL'] });
});

afterAll(() => app[Symbol.asyncDispose]());

const SELECTION = 'send { id } deduplicated';
interface Payload {
  send: { id: string } | null;
  deduplicated: boolean;
}

test('the same key a hundred times at once is one send', async () => {
  const input = {
    idempotencyKey: 'order-1',
    to: [{ externalId: 'ana', email: 'ana@example.com' }],
    category: 'orders',
    content: { title: 'Once', body: 'B' },
  };
  const payloads = await Promise.all(
    Array.from({ length: 100 }, () => app.development.mutate<Payload>('send', input, SELECTION)),
  );
  expect(new Set(payloads.map((payload) => payload.send?.id)).size).toBe(1);
  expect(payloads.filter((payload) => !payload.deduplicated)).toHaveLength(1);
  const { notifications } = await app.development.query<{ notifications: { nodes: { id: string }[] } }>(
    'query($s: ID!) { notifications(filter: { sendId: $s }) { nodes { id } } }',
    {
      s: payloads[0]?.send?.id,
    },
  );
  expect(notifications.nodes).toHaveLength(1);
  await app.development.finished(notifications.nodes[0]?.id as string);
  expect(await app.development.outbox('ana@example.com')).toHaveLength(1);
});

test('the same key with another input is a conflict, also when both come at once', async () => {
  const input = (title: string) => ({
    idempotencyKey: 'order-2',
    to: [{ externalId: 'ben', email: 'ben@example.com' }],
    category: 'orders',
    content: { title, body: 'B' },
  });
  const payloads = await Promise.all(
    ['a', 'b'].map((title) => app.development.attempt<Payload>('send', input(title), SELECTION)),
  );
  expect(payloads.map((payload) => payload.userErrors[0]?.code ?? 'OK').sort()).toEqual(['IDEMPOTENCY_CONFLICT', 'OK']);
  const later = await app.development.attempt<Payload>('send', input('c'), SELECTION);
  expect(later.userErrors).toMatchObject([{ field: ['input', 'idempotencyKey'], code: 'IDEMPOTENCY_CONFLICT' }]);
});

test('the order of keys in the input does not matter', async () => {
  const base = { idempotencyKey: 'order-3', category: 'orders', content: { title: 'T', body: 'B' } };
  const one = await app.development.mutate<Payload>(
    'send',
    { ...base, to: [{ externalId: 'cy', email: 'cy@example.com', attributes: { a: 1, b: 2 } }] },
    SELECTION,
  );
  const two = await app.development.mutate<Payload>(
    'send',
    { to: [{ attributes: { b: 2, a: 1 }, email: 'cy@example.com', externalId: 'cy' }], ...base },
    SELECTION,
  );
  expect(two).toMatchObject({ send: { id: one.send?.id }, deduplicated: true });
});

test('a refused send leaves its key free', async () => {
  const input = (category: string) => ({
    idempotencyKey: 'order-4',
    to: [{ externalId: 'dee', email: 'dee@example.com' }],
    category,
    content: { title: 'T', body: 'B' },
  });
  expect((await app.development.attempt<Payload>('send', input('nothing'), SELECTION)).userErrors[0]?.code).toBe(
    'UNKNOWN_CATEGORY',
  );
  expect(await app.development.mutate<Payload>('send', input('orders'), SELECTION)).toMatchObject({
    deduplicated: false,
  });
});

test('keys of two environments are two keys', async () => {
  await app.production.category('orders', { channels: ['EMAIL'] });
  const input = {
    idempotencyKey: 'shared',
    to: [{ externalId: 'eve', email: 'eve@example.com' }],
    category: 'orders',
    content: { title: 'T', body: 'B' },
  };
  const [here, there] = [
    await app.development.mutate<Payload>('send', input, SELECTION),
    await app.production.mutate<Payload>('send', input, SELECTION),
  ];
  expect(there.deduplicated).toBe(false);
  expect(there.send?.id).not.toBe(here.send?.id);
});

test('a send that was stored answers its key also after the time when it expires', async () => {
  const input = {
    idempotencyKey: 'order-5',
    to: [{ externalId: 'fay', email: 'fay@example.com' }],
    category: 'orders',
    content: { title: 'T', body: 'B' },
    expiresAt: new Date(Date.now() + 1_500).toISOString(),
  };
  const first = await app.development.mutate<Payload>('send', input, SELECTION);
  const refused = await until(async () => {
    const other = await app.development.attempt<Payload>('send', { ...input, idempotencyKey: null }, SELECTION);
    return other.userErrors[0];
  }, 'the time to pass');
  expect(refused).toMatchObject({ field: ['input', 'expiresAt'], code: 'INVALID_TIME' });
  expect(await app.development.mutate<Payload>('send', input, SELECTION)).toEqual({
    ...first,
    deduplicated: true,
  });
});
