import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { DatabaseProxy } from './proxy.ts';

let database: FreshDatabase;
let proxy: DatabaseProxy;
let through: Client;
let direct: Client;

beforeAll(async () => {
  database = await freshDatabase();
  direct = new Client({ connectionString: database.url });
  await direct.connect();
  await direct.query('create table note (words text)');
});

beforeEach(async () => {
  const url = new URL(database.url);
  proxy = await DatabaseProxy.start(Number(url.port));
  url.port = String(proxy.port);
  through = new Client({ connectionString: url.toString(), connectionTimeoutMillis: 5_000 });
  through.on('error', () => undefined);
  await through.connect();
});

afterEach(async () => {
  await through.end().catch(() => undefined);
  await proxy[Symbol.asyncDispose]();
});

afterAll(async () => {
  await direct.end();
  await database[Symbol.asyncDispose]();
});

const written = async (words: string): Promise<number> =>
  (await direct.query('select 1 from note where words = $1', [words])).rows.length;

describe('the proxy', () => {
  test('passes everything on, large answers and delayed ones in order', async () => {
    const text = `select string_agg(n::text, ' ') as text from generate_series(1, 300000) n`;
    const whole = await direct.query<{ text: string }>(text);
    expect((await through.query(text)).rows).toEqual(whole.rows);
    proxy.slow(30);
    const asked = through.query(text);
    // The delay ends while parts of the answer are still held back.
    await direct.query('select pg_sleep(0.15)');
    proxy.slow(0);
    expect((await asked).rows).toEqual(whole.rows);
  });

  test('loses the answer to a COMMIT that took place, and nothing before it', async () => {
    await through.query('begin');
    proxy.ambush();
    await through.query('insert into note values ($1)', ['in a transaction']);
    await expect(through.query('commit')).rejects.toThrow(/ECONNRESET|terminated/);
    expect(await written('in a transaction')).toBe(1);
    expect(proxy.ambushes).toBe(1);
  });

  test('loses the answer to a statement that is its own commit', async () => {
    proxy.ambush();
    await through.query('select 1');
    await expect(through.query('insert into note values ($1)', ['alone'])).rejects.toThrow(/ECONNRESET|terminated/);
    expect(await written('alone')).toBe(1);
  });

  test('loses the answer to a script that ends in COMMIT', async () => {
    proxy.ambush();
    const script = `begin; insert into note values ('script'); commit;`;
    await expect(through.query(script)).rejects.toThrow(/ECONNRESET|terminated/);
    expect(await written('script')).toBe(1);
  });

  test('is silent in both directions until it is calm again, and then the connection is gone', async () => {
    proxy.hush();
    let answered = false;
    const asked = through.query('insert into note values ($1)', ['unheard']).finally(() => (answered = true));
    await direct.query('select pg_sleep(0.2)');
    expect(answered).toBe(false);
    proxy.calm();
    await expect(asked).rejects.toThrow(/ECONNRESET|terminated/);
    expect(await written('unheard')).toBe(0);
  });

  test('breaks every connection when it is cut', async () => {
    const asked = through.query('select pg_sleep(60)');
    proxy.cut();
    await expect(asked).rejects.toThrow(/ECONNRESET|terminated/);
  });
});
