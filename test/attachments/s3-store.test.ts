import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openAttachmentStore } from '../../src/attachments/open.js';
import { parseS3Url, S3Store } from '../../src/attachments/s3-store.js';
import { AttachmentMissing, storeKey, type AttachmentStore } from '../../src/attachments/store.js';
import { deadUrl } from '../support/provider-server.js';
import { S3Server, useCredentials } from '../support/s3-server.js';

const KEY = storeKey('01a2b3c4-0000-7000-8000-00000000beef');
const BYTES = Buffer.from([0, 255, 13, 10, 128]);

let server: S3Server;
let store: AttachmentStore;
let close: () => Promise<void>;
let forget: () => void;

beforeAll(async () => {
  server = await S3Server.start({ buckets: ['files'], keyId: 'ana', secret: 'a secret of ana' });
  forget = useCredentials('ana', 'a secret of ana');
  ({ store, close } = openAttachmentStore({
    dataDir: '/nonexistent',
    attachmentStore: 's3://files/tidings/',
    s3Endpoint: server.url,
  }));
});

afterAll(async () => {
  await close();
  forget();
  await server[Symbol.asyncDispose]();
});

beforeEach(() => {
  server.requests.length = 0;
  server.faults.length = 0;
});

describe('a bucket', () => {
  it('keeps bytes under the prefix, in signed requests', async () => {
    await store.put(KEY, BYTES);
    expect([...server.objects.keys()]).toEqual([`/files/tidings/${KEY}`]);
    expect(await store.get(KEY)).toEqual(BYTES);
    await store.delete(KEY);
    await store.delete(KEY);
    expect(server.objects.size).toBe(0);
    expect(server.requests.map(({ method, status }) => [method, status])).toEqual([
      ['PUT', 200],
      ['GET', 200],
      ['DELETE', 204],
      ['DELETE', 204],
    ]);
  });

  it('keeps a large file whole', async () => {
    const large = Buffer.alloc(12_000_000, 'tidings');
    await store.put(KEY, large);
    expect((await store.get(KEY)).equals(large)).toBe(true);
  });

  it('without the object says that it is missing, and is asked once', async () => {
    await expect(store.get(storeKey('01a2b3c4-0000-7000-8000-00000000dead'))).rejects.toBeInstanceOf(AttachmentMissing);
    expect(server.requests).toHaveLength(1);
  });

  it('that does not exist is no missing object', async () => {
    const other = new S3Store({ bucket: 'nowhere', prefix: '', endpoint: server.url });
    await expect(other.get(KEY)).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await other.close();
  });

  it.each([500, 503, 'cut'] as const)('that fails once (%s) is asked again', async (fault) => {
    server.faults.push(fault);
    await store.put(KEY, BYTES);
    expect(server.requests.map(({ status }) => status)).toEqual([fault === 'cut' ? 0 : fault, 200]);
  });

  it('that goes on failing is asked three times', async () => {
    server.faults.push(500, 500, 500, 500);
    await expect(store.put(KEY, BYTES)).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
    expect(server.requests).toHaveLength(3);
  });

  it('that refuses the credentials says so', async () => {
    const again = useCredentials('ana', 'another');
    const other = new S3Store({ bucket: 'files', prefix: '', endpoint: server.url });
    await expect(other.get(KEY)).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    again();
    await other.close();
  });

  it('that nobody can reach is an error', async () => {
    const other = new S3Store({ bucket: 'files', prefix: '', endpoint: await deadUrl() });
    await expect(other.put(KEY, BYTES)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await other.close();
  });
});

it.each<[string, string, string]>([
  ['s3://files', 'files', ''],
  ['s3://files/', 'files', ''],
  ['s3://files/a', 'files', 'a/'],
  ['s3://files/a/b/', 'files', 'a/b/'],
  ['s3://files//a//', 'files', 'a/'],
])('%s is bucket "%s" and prefix "%s"', (url, bucket, prefix) => expect(parseS3Url(url)).toEqual({ bucket, prefix }));
