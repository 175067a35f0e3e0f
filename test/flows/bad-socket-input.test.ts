import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  await app.development.category('orders');
  await app.development.person('ana', { email: 'ana@example.com' });
});

afterAll(() => app[Symbol.asyncDispose]());

describe('over WebSocket', () => {
  interface Talk {
    frames: {
      type: string;
      id?: string;
      payload?: { message: string; extensions: { code: string; reason?: string } }[];
    }[];
    closed: { code: number; reason: string } | null;
    socket: WebSocket;
  }
  async function talk(): Promise<Talk> {
    const socket = new WebSocket(`ws://127.0.0.1:${app.app.port}/graphql`, 'graphql-transport-ws');
    const found: Talk = { frames: [], closed: null, socket };
    socket.on('message', (data: Buffer) => found.frames.push(JSON.parse(data.toString()) as Talk['frames'][number]));
    socket.on('close', (code, reason) => (found.closed = { code, reason: reason.toString() }));
    socket.on('error', () => undefined);
    await until(() => socket.readyState === WebSocket.OPEN, 'the socket to open');
    return found;
  }
  async function hello(token?: string): Promise<Talk> {
    const found = await talk();
    found.socket.send(
      JSON.stringify({
        type: 'connection_init',
        payload: { authorization: `Bearer ${token ?? (await app.development.token('ana'))}` },
      }),
    );
    await until(() => found.frames.some((frame) => frame.type === 'connection_ack') || found.closed, 'an answer');
    return found;
  }

  const closing: [string, (found: Talk) => void, number][] = [
    ['garbage', ({ socket }) => socket.send('garbage'), 4400],
    ['an unknown message', ({ socket }) => socket.send('{"type":"sing"}'), 4400],
    [
      'a subscription before the handshake',
      ({ socket }) =>
        socket.send('{"type":"subscribe","id":"1","payload":{"query":"subscription { inboxEvents { version } }"}}'),
      4401,
    ],
    ['no credential', ({ socket }) => socket.send('{"type":"connection_init"}'), 4403],
    [
      'a wrong credential',
      ({ socket }) => socket.send('{"type":"connection_init","payload":{"authorization":"Bearer tdg_guess"}}'),
      4403,
    ],
    [
      'a frame of more than 64 KiB',
      ({ socket }) => socket.send(JSON.stringify({ type: 'ping', payload: { x: 'y'.repeat(70_000) } })),
      1009,
    ],
  ];
  test.each(closing)('%s closes the socket with its code', async (_name, act, code) => {
    const found = await talk();
    act(found);
    await until(() => found.closed, 'the socket to close');
    expect(found.closed?.code).toBe(code);
  });

  const operations: [string, string, string][] = [
    ['a query', '{ inbox { version } }', 'BAD_USER_INPUT'],
    ['a mutation', 'mutation { acknowledgeInboxItems(input: { ids: [] }) { acknowledgedCount } }', 'BAD_USER_INPUT'],
    ['a syntax error', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', 'subscription { inboxEvents { colour } }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a thousand aliases',
      `subscription { inboxEvents { ${Array.from({ length: 1000 }, (_, n) => `a${n}: version`).join(' ')} } }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['NUL', 'subscription { inboxEvents { version @include(if: "\\u0000") } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a negative version', 'subscription { inboxEvents(after: -1) { version } }', 'BAD_USER_INPUT'],
  ];
  test.each(operations)('%s gets a typed error, and the socket lives on', async (_name, query, code) => {
    const found = await hello();
    found.socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }));
    const frame = await until(() => found.frames.find((one) => one.id === '1'), 'an answer');
    expect(frame.type).toBe('error');
    expect(frame.payload?.[0]?.extensions.code).toBe(code);
    expect(JSON.stringify(frame)).not.toMatch(/node_modules|\bat \//);
    expect(found.closed).toBeNull();
    found.socket.terminate();
  });

  test('the twenty-first subscription of one socket is refused', async () => {
    const found = await hello();
    for (let n = 0; n <= 20; n += 1)
      found.socket.send(
        JSON.stringify({
          type: 'subscribe',
          id: String(n),
          payload: { query: 'subscription { inboxEvents { version } }' },
        }),
      );
    const frame = await until(() => found.frames.find((one) => one.type === 'error'), 'a refusal');
    expect(frame).toMatchObject({ id: '20', payload: [{ extensions: { code: 'RATE_LIMITED' } }] });
    found.socket.terminate();
  });

  test('a client that talks without end is cut off, and the others are not', async () => {
    const [found, other] = [await hello(), await hello()];
    for (let n = 0; n < 450; n += 1) found.socket.send('{"type":"ping"}');
    await until(() => found.closed, 'the socket to close');
    expect(found.closed).toEqual({ code: 4429, reason: 'at most 200 messages in six seconds' });
    expect(found.frames.length).toBeLessThan(450);
    other.socket.send('{"type":"ping"}');
    await until(() => other.frames.some((frame) => frame.type === 'pong'), 'a pong');
    other.socket.terminate();
  });

  test('a socket does not outlive its token', async () => {
    const found = await hello(await app.development.token('ana', 'PT1S'));
    await until(() => found.closed, 'the socket to close');
    expect(found.closed?.code).toBe(4403);
  });

  test('an upgrade of another path, and bytes that are no HTTP', async () => {
    const wrong = new WebSocket(`ws://127.0.0.1:${app.app.port}/elsewhere`);
    const status = await new Promise((resolve) => {
      wrong.on('unexpected-response', (_request, response) => resolve(response.statusCode));
      wrong.on('error', () => undefined);
    });
    expect(status).toBe(404);
    const raw = connect(app.app.port, '127.0.0.1');
    const reply = new Promise<string>((resolve) => raw.once('data', (data) => resolve(data.toString())));
    raw.write('\x00\x01 garbage\r\n\r\n');
    expect(await reply).toMatch(/^HTTP\/1\.1 400 /);
    raw.destroy();
    expect((await app.development.raw({ query: '{ categories { key } }' })).status).toBe(200);
  });
});
