import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionStatus, EventStream } from '../../src/core/event-stream.ts';
import { createTransport, type TransportOptions } from '../../src/core/transport.ts';
import { startWindowsServer, tokenOf, type WindowsServer } from '../support/windows-server.ts';

let server: WindowsServer;
let stream: EventStream | undefined;
let status: ConnectionStatus[];
let told: number[];
let toasts: number[];
let asked: number;
let failures: unknown[];

/** Outside a window: a socket of its own, and nobody in front of it. */
function follow(options: Partial<TransportOptions> = {}): void {
  const transport = createTransport({
    url: `${server.url}/graphql`,
    token: () => tokenOf('ana', String((asked += 1))),
    ...options,
  });
  stream = transport.events({
    before: async () => told.at(-1) ?? 0,
    event: (event, toast) => {
      told.push(event.version);
      if (toast) toasts.push(event.version);
    },
    missed: () => expect.unreachable(),
    userChanged: () => expect.unreachable(),
    status: (next) => void status.push(next),
    failed: (error) => void failures.push(error),
    showsToasts: () => true,
  });
}
async function until(truth: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(truth()).toBe(true), { timeout: 15_000, interval: 20 });
}
const live = (): Promise<void> => until(() => status.at(-1) === 'live');

beforeEach(async () => {
  [status, told, toasts, asked, failures] = [[], [], [], 0, []];
  server = await startWindowsServer('');
});
afterEach(async () => {
  stream?.stop();
  vi.useRealTimers();
  await server.close();
});

describe('the stream', () => {
  it.each([1000, 1002, 1008, 1011, 1012, 4400, 4401, 4403, 4406, 4408, 4409, 4429, 4500, undefined])(
    'comes back after close code %s, and goes on from where it was',
    async (code) => {
      follow();
      await live();
      server.push();
      await until(() => told.length === 1);
      server.cut(code);
      await until(() => status.at(-1) !== 'live');
      server.push();
      await until(() => told.length === 2);
      expect(told).toEqual([1, 2]);
      expect(server.resumedAfter).toEqual([0, 1]);
    },
  );

  it('says where it runs, and may show what comes: without a window there is none that could be hidden', async () => {
    follow({ platform: 'MOBILE' });
    await live();
    server.push();
    await until(() => told.length === 1);
    expect(toasts).toEqual([1]);
    expect(server.inits).toEqual([{ authorization: `Bearer ${tokenOf('ana', '1')}`, platform: 'MOBILE' }]);
    expect(server.presence).toEqual([]);
  });

  it('says once for each that a token could not be had, and goes on when one can', async () => {
    const down = [new Error('down'), new Error('still down')];
    follow({
      token: async () => {
        const [error] = down.splice(0, 1);
        if (error) throw error;
        return tokenOf('ana', '1');
      },
    });
    await until(() => status.at(-1) === 'offline');
    expect(failures).toEqual([new Error('down')]);
    stream?.retry();
    await until(() => failures.length === 2);
    stream?.retry();
    await live();
    expect(failures).toEqual([new Error('down'), new Error('still down')]);
  });

  it.each(['UNAUTHENTICATED', 'RATE_LIMITED'])('comes back when the subscription is refused: %s', async (refusal) => {
    server.refusal = refusal;
    follow();
    await until(() => server.inits.length === 2);
    server.refusal = null;
    stream?.retry();
    server.push();
    await until(() => told.length === 1);
    expect(status.at(-1)).toBe('live');
  });

  it('notices within 15 seconds that the other end is gone without a word', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    follow();
    await live();
    server.freeze();
    await vi.advanceTimersByTimeAsync(9_000);
    expect(status.at(-1)).toBe('live');
    await vi.advanceTimersByTimeAsync(6_100);
    expect(status.at(-1)).not.toBe('live');
    await live();
    await until(() => server.resumedAfter.length === 2);
  });

  it('lives on while its pings are answered', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    follow();
    await live();
    for (const ping of [1, 2, 3]) {
      await vi.advanceTimersByTimeAsync(10_000);
      await until(() => server.pings === ping);
      // The answer sets the next ping.
      await until(() => vi.getTimerCount() === 1);
    }
    expect(server.inits).toHaveLength(1);
    expect(status.at(-1)).toBe('live');
  });

  it('says nothing any more once it is stopped, whenever that is', async () => {
    follow();
    stream?.stop();
    follow();
    await live();
    const heard = status.length;
    stream?.stop();
    await until(() => server.people().length === 0);
    server.push();
    expect([status.length, told.length, server.inits.length]).toEqual([heard, 0, 1]);
  });

  it('asks for a new token at once when the old one has run out after a good while', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    follow();
    await live();
    vi.setSystemTime(Date.now() + 15 * 60_000);
    server.refused.add(tokenOf('ana', '1'));
    server.cut(4403);
    await until(() => server.inits.length === 2);
    await live();
    expect(status).toEqual(['connecting', 'live', 'connecting', 'live']);
    expect(asked).toBe(2);
  });
});

it('takes another fetch for what goes over HTTP', async () => {
  const methods: (string | undefined)[] = [];
  const transport = createTransport({
    url: `${server.url}/graphql`,
    token: 'token',
    fetch: (input, init) => {
      methods.push(init?.method);
      return fetch(input, init);
    },
  });
  await transport.request({ document: '{ inbox(first: 1) { version } }' }, {});
  expect(methods).toEqual(['POST']);
});
