import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAttachmentStore } from '../../src/attachments/open.js';
import { AttachmentMissing, storeKey, type AttachmentStore } from '../../src/attachments/store.js';
import { systemClock } from '../../src/base/clock.js';
import { uuidv7 } from '../../src/base/ids.js';

const ID = '01a2b3c4-0000-7000-8000-00000000beef';
const KEY = 'ef/be/01a2b3c4-0000-7000-8000-00000000beef';
const BYTES = Buffer.from([0, 255, 13, 10, 128]);

let dataDir: string;
let store: AttachmentStore;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'attachments-'));
  ({ store } = openAttachmentStore({ dataDir, attachmentStore: null, s3Endpoint: null }));
});

afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe('keys', () => {
  it('begin with the random end of an id', () => expect(storeKey(ID)).toBe(KEY));

  it('of a thousand files made in one moment are spread', () => {
    const now = systemClock.now();
    const keys = Array.from({ length: 1_000 }, () => storeKey(uuidv7(now)));
    expect(new Set(keys).size).toBe(1_000);
    const most = (length: number): number =>
      Math.max(...[...Map.groupBy(keys, (key) => key.slice(0, length)).values()].map((all) => all.length));
    // Evenly it would be four in the first level; twenty is out of all likelihood.
    expect(most(2)).toBeLessThan(20);
    expect(most(5)).toBeLessThan(6);
  });
});

describe('a folder', () => {
  it('keeps bytes, and is made with the first', async () => {
    await store.put(KEY, BYTES);
    expect(await readFile(join(dataDir, 'attachments', KEY))).toEqual(BYTES);
    expect(await store.get(KEY)).toEqual(BYTES);
    await store.put(KEY, Buffer.from('again'));
    expect((await store.get(KEY)).toString()).toBe('again');
    await store.delete(KEY);
    await store.delete(KEY);
    await expect(store.get(KEY)).rejects.toBeInstanceOf(AttachmentMissing);
  });

  it('holds nothing but whole files, for its user alone', async () => {
    await Promise.all(Array.from({ length: 20 }, () => store.put(KEY, BYTES)));
    const folder = join(dataDir, 'attachments', 'ef', 'be');
    expect(await readdir(folder)).toEqual([ID]);
    expect((await stat(join(folder, ID))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('that cannot be written says so and leaves nothing', async () => {
    await writeFile(join(dataDir, 'attachments'), 'a file where the folder should be');
    await expect(store.put(KEY, BYTES)).rejects.toMatchObject({ code: expect.stringMatching(/ENOTDIR|EEXIST/) });
  });

  it.each(['../../etc/passwd', 'ef/be/../../x', '/etc/passwd', ''])('has no key "%s"', async (key) => {
    await expect(store.get(key)).rejects.toThrow('not a key');
    await expect(store.put(key, BYTES)).rejects.toThrow('not a key');
    await expect(store.delete(key)).rejects.toThrow('not a key');
  });
});
