import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { S3Server, useCredentials } from '../support/s3-server.js';
import { SmtpSink } from '../support/smtp-sink.js';

const FILE = { filename: 'a.txt', contentType: 'text/plain', content: Buffer.from('hello ana').toString('base64') };

let s3: S3Server;
let app: TestApp;
let sink: SmtpSink;
let forget: () => void;

beforeAll(async () => {
  s3 = await S3Server.start({ buckets: ['files'], keyId: 'ana', secret: 'a secret of ana' });
  forget = useCredentials('ana', 'a secret of ana');
  app = await startTestApp({ attachmentStore: 's3://files/tidings', s3Endpoint: s3.url });
  sink = await SmtpSink.start();
  await app.production.category('invoices', { channels: ['EMAIL'], retry: { maxAttempts: 3, firstDelay: 'PT1S' } });
  await app.production.integration('mail', 'smtp', { ...sink.settings, tls: 'off' });
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
  await s3[Symbol.asyncDispose]();
  forget();
});

test('files lie in a bucket, under keys that spread, and are taken from there', async () => {
  await app.production.sendAndFinish({ externalId: 'ana', email: 'ana@example.com' }, 'invoices', {
    attachments: [FILE],
  });
  const [[key, bytes] = []] = [...s3.objects];
  expect(key).toMatch(/^\/files\/tidings\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f-]{36}$/);
  expect(bytes?.toString()).toBe('hello ana');
  expect(sink.to('ana@example.com')[0]?.source).toContain(FILE.content);
});

test('a bucket that cannot be written lets the caller try again', async () => {
  s3.faults.push(500, 500, 500);
  const answer = await app.production.raw({
    query: 'mutation($input: SendInput!) { send(input: $input) { deduplicated } }',
    variables: {
      input: {
        ...{ to: [{ externalId: 'ben', email: 'ben@example.com' }], category: 'invoices' },
        ...{ content: { title: 'T', body: 'B' }, attachments: [FILE] },
      },
    },
  });
  expect(answer).toMatchObject({ status: 503, errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
});

test('a bucket that cannot be read for a while is no fault of the integration', async () => {
  const sendAt = new Date(Date.now() + 1_000).toISOString();
  const { notificationIds } = await app.production.send([{ externalId: 'cy', email: 'cy@example.com' }], 'invoices', {
    ...{ attachments: [FILE], sendAt },
  });
  s3.faults.push(503, 503, 503);
  const ended = await app.production.finished(notificationIds[0] as string);
  expect(ended.deliveries[0]?.attempts.map(({ outcome, code }) => [outcome, code])).toEqual([
    ['FAILED', 'ATTACHMENTS_UNAVAILABLE'],
    ['ACCEPTED', '250'],
  ]);
  expect(sink.to('cy@example.com')).toHaveLength(1);
  const { integrations } = await app.production.query<{
    integrations: { channel: string; health: { state: string; failures: number } }[];
  }>('{ integrations { channel health { state failures } } }');
  const mail = integrations.filter((one) => one.channel === 'EMAIL');
  expect(mail).toEqual([{ channel: 'EMAIL', health: { state: 'HEALTHY', failures: 0 } }]);
});
