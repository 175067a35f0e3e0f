import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkAttachments, type AttachmentSource } from '../../src/attachments/check.js';
import { AttachmentDesk, KEPT_MS } from '../../src/attachments/desk.js';
import { FolderStore } from '../../src/attachments/folder-store.js';
import { AttachmentShelf } from '../../src/attachments/shelf.js';
import { AttachmentMissing } from '../../src/attachments/store.js';
import { plus } from '../../src/base/clock.js';
import { egressTo } from '../../src/base/egress.js';
import { uuidv7 } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import type { AttachmentRow } from '../../src/store/attachments.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { insertEnvironment } from '../../src/store/environments.js';
import { NOON } from '../support/arbitraries.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';

const HOUR = 3_600_000;
const PATH = ['input', 'attachments'];

let fresh: FreshDatabase;
let database: Database;
let environmentId: string;
let folder: string;
let store: FolderStore;
let desk: AttachmentDesk;
let now = NOON;
const clock = { now: () => now };

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase(fresh.url, 4);
  environmentId = await madeEnvironment('here');
});

afterAll(async () => {
  await database.close();
  await fresh[Symbol.asyncDispose]();
});

async function madeEnvironment(key: string): Promise<string> {
  const id = uuidv7(NOON);
  const row = { id, key, name: key, mode: 'TEST' as const, created_at: NOON, token_secret: Buffer.from('x') };
  await insertEnvironment(database.db, row);
  return id;
}

beforeEach(async () => {
  now = NOON;
  await sql`delete from attachment`.execute(database.db);
  folder = await mkdtemp(join(tmpdir(), 'attachments-'));
  store = new FolderStore(folder);
  desk = new AttachmentDesk({ database, store, clock, log: silentLog, egress: egressTo([]) });
  return () => rm(folder, { recursive: true, force: true });
});

function sources(...texts: string[]): AttachmentSource[] {
  const inputs = texts.map((text, nth) => ({
    filename: `${nth}.txt`,
    contentType: 'text/plain',
    contentId: nth === 0 ? 'first' : null,
    content: Buffer.from(text).toString('base64'),
    url: null,
  }));
  return checkAttachments(inputs, PATH).sources;
}

async function taken(...texts: string[]): Promise<AttachmentRow[]> {
  const answer = await desk.take(environmentId, sources(...texts), PATH);
  if ('problems' in answer) throw new Error(JSON.stringify(answer.problems));
  return answer.rows;
}

async function count(): Promise<{ files: number; rows: number }> {
  const all = await readdir(folder, { recursive: true });
  const { rows } = await sql`select from attachment`.execute(database.db);
  return { files: all.filter((path) => path.split('/').length === 3).length, rows: rows.length };
}

describe('files that were taken', () => {
  it('are read again as they were, in their order', async () => {
    const rows = await taken('one', 'two');
    const shelf = new AttachmentShelf(database.db, store);
    expect(await shelf.load(environmentId, rows)).toEqual([
      { filename: '0.txt', contentType: 'text/plain', contentId: 'first', bytes: Buffer.from('one') },
      { filename: '1.txt', contentType: 'text/plain', contentId: null, bytes: Buffer.from('two') },
    ]);
  });

  it('and come to nothing are dropped after an hour', async () => {
    await taken('one', 'two');
    now = plus(NOON, HOUR - 1_000);
    expect(await desk.drop()).toBe(0);
    now = plus(NOON, HOUR + 1_000);
    expect(await desk.drop()).toBe(2);
    expect(await count()).toEqual({ files: 0, rows: 0 });
  });

  it('are kept for thirty days after the send was meant for, and then dropped', async () => {
    const [soon, later] = [await taken('one'), await taken('two')];
    const sendAt = plus(NOON, 300 * 24 * HOUR);
    await desk.keep(database.db, [
      { rows: soon, neededAt: NOON },
      { rows: later, neededAt: sendAt },
    ]);
    now = plus(NOON, KEPT_MS - 1_000);
    expect(await desk.drop()).toBe(0);
    now = plus(NOON, KEPT_MS + 1_000);
    expect(await desk.drop()).toBe(1);
    expect(await store.get(later[0]?.store_key as string)).toEqual(Buffer.from('two'));
    now = plus(sendAt, KEPT_MS + 1_000);
    expect(await desk.drop()).toBe(1);
    expect(await count()).toEqual({ files: 0, rows: 0 });
  });

  it('and refused are dropped at once', async () => {
    await desk.discard(await taken('one', 'two'));
    expect(await count()).toEqual({ files: 0, rows: 0 });
  });

  it('are not kept any more once they were dropped', async () => {
    const rows = await taken('one');
    await desk.discard(rows);
    await expect(desk.keep(database.db, [{ rows, neededAt: NOON }])).rejects.toThrow('was dropped before');
  });

  it('are dropped by one process while another drops too', async () => {
    await Promise.all(Array.from({ length: 15 }, () => taken(...Array.from({ length: 20 }, (_, nth) => `${nth}`))));
    now = plus(NOON, 2 * HOUR);
    const dropped = await Promise.all([desk.drop(), desk.drop(), desk.drop()]);
    expect(dropped.reduce((sum, one) => sum + one)).toBe(300);
    expect(await count()).toEqual({ files: 0, rows: 0 });
  });
});

it('where the store cannot be written, the caller may try again, and what was begun is dropped', async () => {
  await rm(folder, { recursive: true });
  const broken = new AttachmentDesk({
    ...{ database, clock, log: silentLog, egress: egressTo([]) },
    store: new FolderStore('/dev/null/attachments'),
  });
  await expect(broken.take(environmentId, sources('one'), PATH)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  now = plus(NOON, 2 * HOUR);
  const { rows } = await sql`select from attachment`.execute(database.db);
  expect(rows).toHaveLength(1);
  expect(await desk.drop()).toBe(1);
});

describe('the shelf', () => {
  it('keeps what was asked for last, within its bytes', async () => {
    const [a, b, c] = (await taken('aaaa', 'bbbb', 'cccc')) as [AttachmentRow, AttachmentRow, AttachmentRow];
    const shelf = new AttachmentShelf(database.db, store, 10);
    await shelf.load(environmentId, [a, b]);
    // Asked for again: b is the oldest now, and has no place beside c.
    await shelf.load(environmentId, [a]);
    await shelf.load(environmentId, [c]);
    await Promise.all([a, b, c].map((row) => store.delete(row.store_key)));
    expect((await shelf.load(environmentId, [a, c])).map(({ bytes }) => bytes.toString())).toEqual(['aaaa', 'cccc']);
    await expect(shelf.load(environmentId, [b])).rejects.toBeInstanceOf(AttachmentMissing);
  });

  it('hands out what is larger than itself, and keeps none of it', async () => {
    const [large] = (await taken('a large file')) as [AttachmentRow];
    const shelf = new AttachmentShelf(database.db, store, 10);
    expect((await shelf.load(environmentId, [large]))[0]?.bytes.toString()).toBe('a large file');
    await store.delete(large.store_key);
    await expect(shelf.load(environmentId, [large])).rejects.toBeInstanceOf(AttachmentMissing);
  });

  it('asks again for what it could not read', async () => {
    const [row] = (await taken('one')) as [AttachmentRow];
    const shelf = new AttachmentShelf(database.db, store);
    await store.delete(row.store_key);
    await expect(shelf.load(environmentId, [row])).rejects.toBeInstanceOf(AttachmentMissing);
    await store.put(row.store_key, Buffer.from('back'));
    expect((await shelf.load(environmentId, [row]))[0]?.bytes.toString()).toBe('back');
  });

  it('has nothing of another environment', async () => {
    const [row] = (await taken('one')) as [AttachmentRow];
    const other = await madeEnvironment('there');
    const shelf = new AttachmentShelf(database.db, store);
    await shelf.load(environmentId, [row]);
    await expect(shelf.load(other, [row])).rejects.toBeInstanceOf(AttachmentMissing);
  });
});
