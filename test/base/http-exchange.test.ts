import { describe, expect, it } from 'vitest';
import { errorCode, exchange, neverConnected } from '../../src/base/http-exchange.js';
import { deadUrl, ProviderServer } from '../support/provider-server.js';

function coded(code: string, cause?: unknown): Error {
  return Object.assign(new Error(code, { cause }), { code });
}

describe('an exchange', () => {
  const request = { method: 'POST', headers: { 'x-name': 'ana' }, body: 'hello' };

  it('is one request and its answer', async () => {
    await using server = await ProviderServer.start(() => ({
      status: 201,
      headers: { 'x-id': '1' },
      body: 'žluťoučký',
    }));
    const reply = await exchange(`${server.url}/path`, request, AbortSignal.timeout(8_000));
    expect([reply.status, reply.headers['x-id'], reply.text]).toEqual([201, '1', 'žluťoučký']);
    expect(server.requests).toMatchObject([
      { method: 'POST', path: '/path', body: 'hello', headers: { 'x-name': 'ana' } },
    ]);
  });

  it('follows nothing', async () => {
    await using server = await ProviderServer.start(() => ({ status: 200, body: '' }));
    server.mode = 'redirect';
    expect((await exchange(server.url, request, AbortSignal.timeout(8_000))).status).toBe(307);
    expect(server.requests.length).toBe(1);
  });

  it('reads no more than an answer can be', async () => {
    await using server = await ProviderServer.start(() => ({ status: 200, body: '' }));
    server.mode = 'huge body';
    await expect(exchange(server.url, request, AbortSignal.timeout(8_000))).rejects.toThrow('larger than 65536 bytes');
    expect(await server.requests[0]?.over).toEqual({ delivered: false });
  });

  it('that finds nobody says so', async () => {
    const error: unknown = await exchange(await deadUrl(), request, AbortSignal.timeout(8_000)).catch(
      (e: unknown) => e,
    );
    expect([errorCode(error), neverConnected(error)]).toEqual(['ECONNREFUSED', true]);
  });
});

describe('an error', () => {
  it.each<[string, unknown, string | null, boolean]>([
    ['of its own', coded('ENOTFOUND'), 'ENOTFOUND', true],
    ['with a cause', new TypeError('fetch failed', { cause: coded('ECONNREFUSED') }), 'ECONNREFUSED', true],
    ['of several', new TypeError('x', { cause: new AggregateError([coded('EHOSTUNREACH')]) }), 'EHOSTUNREACH', true],
    ['after it was connected', coded('ECONNRESET'), 'ECONNRESET', false],
    ['without a code', new Error('x'), null, false],
    ['that is none', 'x', null, false],
    ['with a number for a code', Object.assign(new Error('x'), { code: 20 }), null, false],
  ])('%s is read so', (_name, error, code, never) => {
    expect(errorCode(error)).toBe(code);
    expect(neverConnected(error)).toBe(never);
  });

  it('that is its own cause has an end', () => {
    const error = new Error('x');
    error.cause = error;
    expect(errorCode(error)).toBeNull();
  });
});
