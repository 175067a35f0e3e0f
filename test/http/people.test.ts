import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { peopleRoutes } from '../../src/http/people.js';

let server: Server;
const asked: string[] = [];

/** Asks a database that is not there, as the product does while its own is away. */
async function away(): Promise<never> {
  await new Client({ host: '127.0.0.1', port: 1 }).connect();
  throw new Error('there is a database on port 1');
}

beforeAll(async () => {
  const app = express();
  peopleRoutes(app, {
    unsubscribeState: async (token) => (token === 'old' ? 'EXPIRED' : away()),
    unsubscribe: (token) => {
      asked.push(token);
      return away();
    },
    preferencesState: async (token) => (token === 'old' ? 'EXPIRED' : away()),
    savePreferences: away,
  });
  server = createServer((request, response) => void app(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

const ask = (path: string, method = 'GET') =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method });

test.each([
  ['/unsubscribe/x', 'GET'],
  ['/unsubscribe/x', 'POST'],
  ['/preferences/x', 'GET'],
  ['/preferences/x', 'POST'],
])('while the database is away, %s by %s says when to try again', async (path, method) => {
  const answer = await ask(path, method);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '60']);
  expect(await answer.text()).toContain('Please try again');
});

test('a link whose time is over says so', async () => {
  const answer = await ask('/preferences/old');
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([410, 'no-store']);
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await answer.text()).toContain('This link has expired');
});

test('GET and HEAD never ask for anything to be done', async () => {
  const before = asked.length;
  await ask('/unsubscribe/old');
  await ask('/unsubscribe/old', 'HEAD');
  expect(asked).toHaveLength(before);
});
