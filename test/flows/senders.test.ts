import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { environmentOf } from '../support/environment.js';
import type { Gateway } from '../support/gateway.js';
import { SmtpSink } from '../support/smtp-sink.js';

let app: TestApp;
let sink: SmtpSink;

beforeAll(async () => {
  app = await startTestApp();
  sink = await SmtpSink.start();
});

afterAll(async () => {
  await sink[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

interface Sender {
  key: string;
  from: string;
  replyTo: string | null;
  classes: string[] | null;
  brand: string | null;
}

const FIELDS = 'sender { key from replyTo classes brand } warnings';
const upsert = (gateway: Gateway, input: object) =>
  gateway.attempt<{ sender: Sender | null; warnings: string[] }>('upsertSender', input, FIELDS);
const remove = (gateway: Gateway, key: string) =>
  gateway.mutate<{ deleted: boolean; warnings: string[] }>('deleteSender', { key }, 'deleted warnings');

/** An environment with mail (hello@example.com of its own) and a category of each class, named like it. */
async function mailing(key: string): Promise<Gateway> {
  const gateway = await environmentOf(app.production, key);
  await gateway.integration('mail', 'smtp', sink.settings, { credentials: {} });
  await gateway.advertises();
  for (const kind of ['SECURITY', 'TRANSACTIONAL', 'MARKETING'])
    await gateway.category(kind.toLowerCase(), { class: kind, channels: ['EMAIL'] });
  return gateway;
}

/** Who a mail of this category and brand is from, and who gets the answers. */
async function fromOf(gateway: Gateway, category: string, brand: string | null = null) {
  const address = `p${sink.mails.length}@example.com`;
  await gateway.sendAndFinish({ email: address }, category, { brand });
  const { source, from } = await sink.first(address);
  return {
    from: /^From: (.*)$/m.exec(source)?.[1]?.trim(),
    replyTo: /^Reply-To: (.*)$/m.exec(source)?.[1]?.trim(),
    envelope: from,
  };
}

test('mail leaves from the sender of its class and brand; where none fits, from the integration’s own', async () => {
  const gateway = await mailing('apart');
  expect(await fromOf(gateway, 'marketing')).toMatchObject({ from: 'Tidings <hello@example.com>' });
  await upsert(gateway, {
    ...{
      key: 'news',
      from: 'Tidings News <news@news.example.com>',
      replyTo: 'help@example.com',
      classes: ['MARKETING'],
    },
  });
  // At once, though the mail before had seen that there was none.
  expect(await fromOf(gateway, 'marketing')).toEqual({
    from: 'Tidings News <news@news.example.com>',
    replyTo: 'help@example.com',
    envelope: 'news@news.example.com',
  });
  expect(await fromOf(gateway, 'transactional')).toEqual({
    from: 'Tidings <hello@example.com>',
    replyTo: undefined,
    envelope: 'hello@example.com',
  });
  await upsert(gateway, { key: 'acme', from: 'Acme <mail@acme.example>', brand: 'acme' });
  await upsert(gateway, { key: 'acme-alarm', from: 'alarm@acme.example', brand: 'acme', classes: ['SECURITY'] });
  expect(await fromOf(gateway, 'marketing', 'acme')).toMatchObject({ from: 'Acme <mail@acme.example>' });
  expect(await fromOf(gateway, 'security', 'acme')).toMatchObject({ from: 'alarm@acme.example' });
  expect(await fromOf(gateway, 'marketing', 'globex')).toMatchObject({ envelope: 'news@news.example.com' });
  expect(await remove(gateway, 'acme')).toMatchObject({ deleted: true });
  expect(await fromOf(gateway, 'marketing', 'acme')).toMatchObject({ envelope: 'news@news.example.com' });
});

test('one domain for advertising and the rest gives a warning, until they are apart', async () => {
  const gateway = await mailing('warned');
  const warnings = async (): Promise<string[]> =>
    (await gateway.query<{ senderWarnings: string[] }>('{ senderWarnings }')).senderWarnings;
  const shared = [expect.stringContaining('leave from one domain, example.com:') as string];
  expect(await warnings()).toEqual(shared);
  const news = { key: 'news', from: 'news@example.com', classes: ['MARKETING'] };
  expect((await upsert(gateway, news)).warnings).toEqual(shared);
  expect((await upsert(gateway, { ...news, from: 'news@news.example.com' })).warnings).toEqual([]);
  expect(await warnings()).toEqual([]);
  expect(await remove(gateway, 'news')).toMatchObject({ deleted: true, warnings: shared });
  expect(await remove(gateway, 'news')).toMatchObject({ deleted: false });
});

test('senders are listed and changed in part', async () => {
  const gateway = await environmentOf(app.production, 'listed');
  await upsert(gateway, { key: 'b', from: 'B <b@example.com>', classes: ['PRODUCT'], brand: 'acme' });
  await upsert(gateway, { key: 'a', from: 'a@example.com' });
  await upsert(gateway, { key: 'b', replyTo: 'R <r@example.com>', brand: null });
  const { senders } = await gateway.query<{ senders: Sender[] }>('{ senders { key from replyTo classes brand } }');
  expect(senders).toEqual([
    { key: 'a', from: 'a@example.com', replyTo: null, classes: null, brand: null },
    { key: 'b', from: 'B <b@example.com>', replyTo: 'R <r@example.com>', classes: ['PRODUCT'], brand: null },
  ]);
  expect(await app.production.query('{ senders { key } }')).toEqual({ senders: [] });
});

test('what could smuggle in a header is refused', async () => {
  const { sender, userErrors } = await upsert(app.production, {
    ...{ key: 'evil', from: 'A\r\nBcc: ben@example.com <a@example.com>', replyTo: 'a@example.com\nX: y' },
  });
  expect(sender).toBeNull();
  expect(userErrors).toMatchObject([
    { field: ['input', 'from'], code: 'INVALID_ADDRESS' },
    { field: ['input', 'replyTo'], code: 'INVALID_ADDRESS' },
  ]);
});
