import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backoff } from '../../src/core/backoff.ts';
import { relativeTime } from '../../src/react/relative-time.ts';
import { safeUrl } from '../../src/core/safe-url.ts';
import { createInboxClient, type InboxClient } from '../../src/core/store.ts';
import { tokenSource } from '../../src/core/token.ts';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';

describe('the real wire', () => {
  let server: ScriptedServer;
  let client: InboxClient;
  let asked = 0;

  async function until(condition: () => boolean): Promise<void> {
    await vi.waitFor(() => expect(condition()).toBe(true), { timeout: 10_000, interval: 20 });
  }

  beforeEach(async () => {
    asked = 0;
    server = await startScriptedServer('.');
    server.model.add();
    client = createInboxClient({ url: `${server.url}/graphql`, token: () => `token-${(asked += 1)}` });
    client.start();
    await until(() => client.getSnapshot().status === 'live');
  });
  afterEach(async () => {
    client.stop();
    await server.close();
  });

  it.each([
    [1011, 'internal error'],
    [4401, 'unauthorized'],
    [4403, 'token expired'],
    [4429, 'too many'],
    [1000, 'normal'],
    [undefined, 'plug pulled'],
  ])('comes back after close code %s (%s) from where it was', async (code, _meaning) => {
    const { version } = server.model;
    server.cut(code);
    await until(() => client.getSnapshot().status !== 'live');
    server.push();
    await until(() => client.list().getSnapshot().items.length === 2);
    expect(client.getSnapshot().status).toBe('live');
    expect(client.getSnapshot().toasts).toEqual([]);
    expect(server.resumedAfter).toEqual([version, version]);
    // A token not older than a second may be used again, unless it was the reason.
    const refused = code === 4401 || code === 4403;
    expect(asked).toBeGreaterThanOrEqual(refused ? 2 : 1);
    expect(asked).toBeLessThanOrEqual(2);
  });
});

describe('a wire that fails', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells who listens that a token could not be had', async () => {
    const token = async (): Promise<string> => Promise.reject(new Error('signed out'));
    const client = createInboxClient({ url: 'http://127.0.0.1:9/graphql', token });
    const errors: unknown[] = [];
    client.on((event) => event.type === 'error' && errors.push(event.error));
    client.start();
    await vi.waitFor(() => expect(client.getSnapshot().status).toBe('offline'));
    client.stop();
    expect(errors).toEqual([new Error('signed out')]);
  });

  async function start(): Promise<{ server: ScriptedServer; client: InboxClient }> {
    const server = await startScriptedServer('.');
    const client = createInboxClient({ url: `${server.url}/graphql`, token: 'token' });
    client.start();
    await vi.waitFor(() => expect(client.getSnapshot().status).toBe('live'), 10_000);
    return { server, client };
  }

  it('notices within 15 seconds that the other end is gone without a word', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const { server, client } = await start();
    server.freeze();
    await vi.advanceTimersByTimeAsync(9_000);
    expect(client.getSnapshot().status).toBe('live');
    await vi.advanceTimersByTimeAsync(6_100);
    expect(client.getSnapshot().status).toBe('connecting');
    await vi.waitFor(() => expect(client.getSnapshot().status).toBe('live'), 10_000);
    expect(server.resumedAfter).toHaveLength(2);
    client.stop();
    await server.close();
  });

  it('says offline while tries fail, and connects at once when asked to', async () => {
    const { server, client } = await start();
    const seen: string[] = [];
    client.subscribe(() => seen.push(client.getSnapshot().status));
    server.socketsOpen = false;
    server.cut();
    await vi.waitFor(() => expect(client.getSnapshot().status).toBe('offline'), 10_000);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(client.getSnapshot().status).toBe('offline');
    server.socketsOpen = true;
    client.retry();
    await vi.waitFor(() => expect(client.getSnapshot().status).toBe('live'), 2_500);
    expect(seen.filter((status, index) => status !== seen[index - 1]).slice(0, 2)).toEqual(['connecting', 'offline']);
    client.stop();
    await vi.waitFor(() => expect(client.getSnapshot().status).toBe('offline'));
    await server.close();
  });
});

describe('tokens', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('never asks twice within a second, even when every token is refused', async () => {
    vi.useFakeTimers();
    let asked = 0;
    const source = tokenSource(() => `token-${(asked += 1)}`);
    const spin = (async () => {
      for (let n = 0; n < 50; n += 1) source.refuse(await source.fresh());
    })();
    await vi.advanceTimersByTimeAsync(4_500);
    expect(asked).toBe(5);
    await vi.advanceTimersByTimeAsync(60_000);
    await spin;
  });

  it('asks once for callers that come together, and again after a failure', async () => {
    vi.useFakeTimers();
    let asked = 0;
    const source = tokenSource(async () => {
      asked += 1;
      if (asked === 1) throw new Error('the backend is down');
      return 'good';
    });
    await expect(Promise.all([source.current(), source.fresh()])).rejects.toThrow('down');
    expect(asked).toBe(1);
    const next = source.current();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await next).toBe('good');
  });
});

it('waits at most a second first, and then anywhere within 10 to 30', () => {
  const longest = [0, 1, 2, 3, 1_000].map((failures) => backoff(failures, () => 1));
  expect(longest).toEqual([1_000, 10_000, 20_000, 30_000, 30_000]);
  expect([0, 1, 1_000].map((failures) => backoff(failures, () => 0))).toEqual([200, 200, 200]);
});

it('spreads thousands that failed together over ten seconds', () => {
  const waits = Array.from({ length: 5_000 }, () => backoff(1));
  const bySecond = Array.from({ length: 10 }, (_, second) => waits.filter((ms) => Math.floor(ms / 1_000) === second));
  expect(Math.max(...bySecond.map(({ length }) => length))).toBeLessThan(700);
});

it.each([
  ['https://example.com/a', true],
  ['/orders/1', true],
  ['orders?x=1#y', true],
  ['mailto:ana@example.com', true],
  ['//example.com', true],
  ['javascript:alert(1)', false],
  [' JavaScript:alert(1)', false],
  ['java\nscript:alert(1)', false],
  ['data:text/html,x', false],
  ['vbscript:x', false],
  ['http://[', false],
  [null, false],
])('lets a link to %j through: %s', (url, allowed) => {
  expect(safeUrl(url)).toBe(allowed ? url : undefined);
});

it('tells ages as people do', () => {
  const now = Date.UTC(2026, 10, 22, 12);
  const ago = (ms: number): string => relativeTime(new Date(now - ms).toISOString(), now, 'en');
  expect(ago(-5_000)).toBe('now');
  expect(ago(59_000)).toBe('now');
  expect(ago(5 * 60_000)).toBe('5 min. ago');
  expect(ago(26 * 3_600_000)).toBe('yesterday');
  expect(ago(60 * 86_400_000)).toBe('Sep 23, 2026');
  expect(relativeTime('nonsense', now)).toBe('nonsense');
});
