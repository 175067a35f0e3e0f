import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { environmentOf } from '../support/environment.js';
import { rowsWith } from '../support/every-row.js';
import { Gate } from '../support/gate.js';
import type { Gateway } from '../support/gateway.js';
import { signed, told, WEBHOOK_PUBLIC_KEY, type SendgridEvent } from '../support/sendgrid-events.js';
import { signedByTwilio } from '../support/twilio-signer.js';
import { until } from '../support/until.js';
import { mailBy, SENDGRID, textsBy, TWILIO, Vendor, type VendorAnswer } from '../support/vendor.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const PUBLIC_URL = 'https://tidings.example.com';
const ANA = { externalId: 'canary-ana' };
const MAIL = 'canary.ana@example.com';
const PHONE = '+14155550199';
const CANARIES = ['canary', '4155550199'];

let app: TestApp;
let gate: Gate;
let vendor: Vendor;
let receiver: WebhookReceiver;
let production: Gateway;
let mail: string;
let texts: string;
let log = '';

beforeAll(async () => {
  const lines = pino({ level: 'trace' }, { write: (line: string) => void (log += line) });
  app = await startTestApp({ publicUrl: PUBLIC_URL }, { log: lines });
  gate = await Gate.at(app.database.url);
  vendor = await Vendor.start();
  receiver = await WebhookReceiver.start();
  production = app.production;
  const credentials = { ...SENDGRID, webhookPublicKey: WEBHOOK_PUBLIC_KEY };
  mail = (await production.integration('mail', ...mailBy(vendor, { credentials }))).integration.id;
  texts = (await production.integration('texts', ...textsBy(vendor))).integration.id;
  await production.advertises();
  await production.category('orders', { channels: ['EMAIL'] });
  await production.category('alarms', { channels: ['SMS'] });
  await production.category('notes', { channels: ['INBOX'] });
  await production.category('tasks', { channels: ['EMAIL'] });
  const digest = { kind: 'SCHEDULE', cadence: 'DAILY' };
  await production.category('gathered', { channels: ['EMAIL'], digest });
  await production.category('newsletter', { channels: ['EMAIL'], class: 'MARKETING' });
});

afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await vendor[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

async function folded(): Promise<void> {
  const waiting = 'select count(*)::integer as count from callback where due_at <= now()';
  await until(async () => (await gate.rows<{ count: number }>(waiting))[0]?.count === 0, 'callbacks to be folded');
}

async function tell(...events: SendgridEvent[]): Promise<void> {
  const body = JSON.stringify(events.map((event) => ({ ...event, email: MAIL })));
  const url = `http://127.0.0.1:${app.app.port}/webhooks/${mail}`;
  expect((await fetch(url, { method: 'POST', headers: signed(body), body })).status).toBe(200);
  await folded();
}

let answers = 0;
async function answer(from: string, text: string): Promise<void> {
  const url = `${PUBLIC_URL}/webhooks/${texts}`;
  const body = `Body=${encodeURIComponent(text)}&From=${encodeURIComponent(from)}&MessageSid=SM${(answers += 1)}`;
  const { headers } = signedByTwilio(body, { token: TWILIO.authToken, url, now: new Date() });
  const path = `http://127.0.0.1:${app.app.port}/webhooks/${texts}`;
  await fetch(path, { method: 'POST', headers: headers as Record<string, string>, body });
  await folded();
}

interface Erasure {
  id: string;
  recipientId: string;
  actor: string;
  reason: string | null;
  finishedAt: string | null;
  counts: { kind: string; count: number }[];
}
const FIELDS = 'id recipientId actor reason requestedAt finishedAt counts { kind count }';

const erase = (gateway: Gateway, recipient: object, more: object = {}) =>
  gateway.attempt<{ erasure: Erasure | null }>('eraseRecipient', { recipient, ...more }, `erasure { ${FIELDS} }`);

/** The erasure once the last of it is gone. */
function finished(gateway: Gateway, id: string | undefined): Promise<Erasure> {
  return until(
    async () => {
      const query = `query($id: ID!) { erasure(id: $id) { ${FIELDS} } }`;
      const { erasure } = await gateway.query<{ erasure: Erasure | null }>(query, { id });
      return erasure?.finishedAt ? erasure : null;
    },
    'the erasure to finish',
    30_000,
  );
}

/** How many notifications of a person are in which state. */
async function states(recipientId: string): Promise<Record<string, number>> {
  const rows = await gate.rows<{ state: string; count: number }>(
    'select state, count(*)::integer as count from notification where recipient_id = $1 group by 1 order by 1',
    [recipientId],
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

async function uuidOf(externalId: string): Promise<string> {
  const [row] = await gate.rows<{ id: string }>('select id from recipient where external_id = $1', [externalId]);
  if (!row) throw new Error(`no recipient ${externalId}`);
  return row.id;
}

test('of somebody who is erased nothing is left in any row of any table, and nothing in the log', async () => {
  const secret = await production.mutate<{ secret: string }>(
    'upsertWebhookSubscription',
    { key: 'hook', url: receiver.url('hook'), events: ['*'] },
    'secret',
  );
  receiver.secrets.set('/hook', [secret.secret]);
  await production.person('ben', { email: 'ben@example.com', name: 'Ben' });
  await production.person('canary-ana', {
    ...{ email: MAIL, phone: PHONE, name: 'Canary Ana', locale: 'de', country: 'US', timeZone: 'Europe/Berlin' },
    ...{ attributes: { pet: 'canary-bird' }, idempotencyKey: 'make her' },
  });
  const uuid = await uuidOf('canary-ana');
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  await production.mutate(
    'addEndpoint',
    { recipient: ANA, channel: 'TELEGRAM', address: '4155550199' },
    'endpoint { address }',
  );
  await production.mutate(
    'subscribeToTopic',
    { topic: 'releases', recipients: [ANA, { externalId: 'ben' }] },
    'addedCount',
  );
  await production.mutate(
    'recordConsent',
    {
      ...{ recipient: ANA, channel: 'EMAIL', purpose: 'newsletter', state: 'GRANTED', method: 'FORM', version: '7' },
      ...{ source: 'https://example.com/canary', wording: 'Yes, please.', evidence: { ip: 'canary-ip' } },
      idempotencyKey: 'her consent',
    },
    'consent { id }',
  );
  const widget = await production.as('canary-ana');
  const { url } = await production.mutate<{ url: string }>('createPreferencesLink', { recipient: ANA }, 'url');

  // What reaches her, by mail, text and inbox, with a file.
  const attachments = [
    { filename: 'canary.txt', content: Buffer.from('canary').toString('base64'), contentType: 'text/plain' },
  ];
  const content = { title: 'Dear canary', body: 'Tweet, canary.' };
  const more = { content, tags: ['canary-tag'], data: { bird: 'canary' } };
  const ordered = await production.sendAndFinish(ANA, 'orders', { ...more, attachments });
  expect(ordered.state).toBe('COMPLETED');
  expect((await production.sendAndFinish(ANA, 'alarms', more)).state).toBe('COMPLETED');
  const reader = await production.online('canary-ana');
  const noted = await production.sendAndFinish(ANA, 'notes', more);
  expect(noted.deliveries[0]?.state).toBe('DELIVERED');
  // What others got as well stays theirs.
  const shared = await production.mutate<{ send: { id: string } }>(
    'send',
    { topic: 'releases', category: 'orders', content: { title: 'News', body: 'For all' } },
    'send { id }',
  );
  await until(
    async () =>
      (
        await gate.rows(`select 1 from notification n join send s on s.id = n.send_id
      where s.topic_id is not null and n.finished_at is not null`)
      ).length === 2,
    'the news to be out',
  );
  // Ben is away, and Ana has his tasks.
  await production.mutate(
    'updatePreferences',
    { recipient: { externalId: 'ben' }, delegate: { recipient: ANA, until: tomorrow } },
    'preferences { delegate { until } }',
  );
  const handed = await production.sendAndFinish({ externalId: 'ben' }, 'tasks');
  expect(handed.state).toBe('SUPPRESSED');
  expect(JSON.stringify(handed.plan) + JSON.stringify(handed.timeline)).toContain('Canary');
  await until(async () => (await states(uuid))['COMPLETED'] === 5, 'the task to reach Ana');
  // What has not gone yet: later, in a digest.
  await production.send([ANA], 'alarms', { ...more, sendAt: tomorrow });
  await production.send([ANA], 'gathered', { ...more, digestKey: 'canary-key' });
  await until(async () => (await gate.rows('select 1 from digest')).length === 1, 'a window to open');
  // What vendors say of her.
  await tell(told('delivered', `${ordered.id}.0.1`, { response: `250 ok ${MAIL}` }));
  await tell(told('spamreport', `${ordered.id}.0.1`, { response: MAIL }));
  await answer(PHONE, 'STOP');
  // One that is forged is logged.
  const forged = JSON.stringify([told('delivered', `${ordered.id}.0.1`, { email: MAIL, response: MAIL })]);
  const headers = { ...signed(forged), 'x-twilio-email-event-webhook-signature': 'canary' };
  await fetch(`http://127.0.0.1:${app.app.port}/webhooks/${mail}`, { method: 'POST', headers, body: forged });

  const before = await states(uuid);
  expect((await rowsWith(gate, CANARIES)).map((row) => row.split(':')[0])).toEqual(
    expect.arrayContaining(
      ['recipient', 'endpoint', 'consent', 'send', 'delivery', 'event', 'inbox_item', 'attachment'].map(
        (t) => `public.${t}`,
      ),
    ),
  );
  const { erasure } = await erase(production, ANA, { reason: 'she asked for it', idempotencyKey: 'gone' });
  expect(erasure).toMatchObject({ actor: expect.stringMatching(/^key:/), reason: 'she asked for it' });
  const end = await finished(production, erasure?.id);
  // The tables answer that nothing is left.
  expect(await rowsWith(gate, CANARIES)).toEqual([]);
  expect(log.toLowerCase()).not.toContain('canary');
  expect(log).not.toContain('4155550199');
  expect(log.length).toBeGreaterThan(0);

  // Counts stay; what had not gone is canceled.
  const { PENDING = 0, HELD = 0, IN_PROGRESS = 0, ...ended } = before;
  expect(await states(uuid)).toEqual({ ...ended, CANCELED: PENDING + HELD + IN_PROGRESS });
  const after = await production.notification(ordered.id);
  expect(after.deliveries).toMatchObject([
    { channel: 'EMAIL', state: 'DELIVERED', provider: 'sendgrid', address: null },
  ]);
  expect(Object.fromEntries(end.counts.map(({ kind, count }) => [kind, count]))).toMatchObject({
    ...{ PROFILE: 1, ADDRESSES: 3, TOPICS: 1, CONSENTS: expect.any(Number), NOTIFICATIONS: 7, INBOX: 1, FILES: 1 },
    ...{ SUPPRESSIONS: 2, CALLBACKS: expect.any(Number), WEBHOOK_CALLS: expect.any(Number), ANSWERS: 2 },
  });
  const [send] = await gate.rows<{ title: string }>(
    `select content->>'title' as title from send where topic_id is not null`,
  );
  expect([send?.title, shared.send.id.slice(0, 4)]).toEqual(['News', 'snd_']);
  const consents = await gate.rows(
    `select purpose, state, method, wording, version, address, source, actor from consent where recipient_id = $1 and method = 'FORM'`,
    [uuid],
  );
  expect(consents).toEqual([
    {
      ...{ purpose: 'newsletter', state: 'GRANTED', method: 'FORM', wording: 'Yes, please.', version: '7' },
      ...{ address: null, source: null, actor: expect.stringMatching(/^key:/) },
    },
  ]);

  // Nobody finds her any more, and nothing that she held opens anything.
  const id = erasure?.recipientId;
  const { recipient, byId } = await production.query<{ recipient: unknown; byId: unknown }>(
    `query($id: ID!) { recipient(ref: { externalId: "canary-ana" }) { id } byId: recipient(ref: { id: $id }) { id } }`,
    { id },
  );
  expect([recipient, byId]).toEqual([null, null]);
  const { errors } = await widget.raw({ query: '{ inbox(first: 1) { nodes { id } } }' });
  expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  const page = await fetch(url.replace(PUBLIC_URL, `http://127.0.0.1:${app.app.port}`));
  expect(page.status).toBeGreaterThanOrEqual(400);
  expect(page.status).toBeLessThan(500);
  await reader.event((event) => event.type === 'InboxReset', 'the widget to be told');
  expect((await erase(production, { id })).erasure).toMatchObject({ id: erasure?.id, finishedAt: end.finishedAt });
  expect((await erase(production, ANA)).userErrors).toMatchObject([{ code: 'UNKNOWN_RECIPIENT' }]);
  const again = await erase(production, ANA, { reason: 'she asked for it', idempotencyKey: 'gone' });
  expect(again.erasure).toEqual(erasure);
  const named = { externalId: `erased-${uuid}` };
  const upsert = await production.attempt('upsertRecipient', named, 'created');
  expect(upsert.userErrors).toMatchObject([{ code: 'INVALID_EXTERNAL_ID' }]);
  const sending = await production.attempt('send', { to: [named], category: 'orders', content }, 'deduplicated');
  expect(sending.userErrors).toMatchObject([{ code: 'UNKNOWN_RECIPIENT' }]);

  // What vendors say late brings nothing back.
  await tell(told('bounce', `${ordered.id}.0.1`, { reason: `550 no ${MAIL}` }), told('processed', `${ordered.id}.0.1`));
  await answer(PHONE, 'STOP');
  expect(await rowsWith(gate, CANARIES)).toEqual([]);

  // Who comes again is somebody new, and the address is still barred.
  await production.person('canary-ana', { email: MAIL });
  const next = await production.sendAndFinish(ANA, 'orders');
  expect([next.state, next.plan.steps[0]?.reason]).toEqual(['UNROUTABLE', 'ENDPOINT_SUPPRESSED']);
  expect(await uuidOf('canary-ana')).not.toBe(uuid);
  const inbox = { query: '{ inbox(first: 1) { nodes { id } } }' };
  await until(
    async () => (await (await production.as('canary-ana')).raw(inbox)).errors.length === 0,
    'a token of a later second to open her inbox',
  );
  expect((await widget.raw(inbox)).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
});

test('what waits for its time, for a provider or in a digest never goes', async () => {
  const dee = { externalId: 'dee' };
  await production.person('dee', { email: 'dee@example.com', phone: '+14155550142' });
  const uuid = await uuidOf('dee');
  await production.category('batched', { channels: ['EMAIL'], digest: { kind: 'BATCH', window: 'PT2S' } });
  vendor.does = () => ({ status: 503 });
  const soon = new Date(Date.now() + 2_000).toISOString();
  const ids = [
    await production.send([dee], 'alarms', { sendAt: soon }),
    await production.send([dee], 'batched'),
    await production.send([dee], 'orders'),
  ].flatMap((send) => send.notificationIds);
  await until(() => vendor.to('dee@example.com').length === 1, 'the provider to be down');
  await until(
    async () => (await gate.rows(`select 1 from digest where recipient_id = '${uuid}'`)).length === 1,
    'a window',
  );
  const { erasure } = await erase(production, dee);
  vendor.does = () => 'yes';
  await finished(production, erasure?.id);
  const later = `select now() > $1::timestamptz + interval '2 seconds' as later`;
  await until(async () => (await gate.rows<{ later: boolean }>(later, [soon]))[0]?.later, 'their times to pass');
  expect(await states(uuid)).toEqual({ CANCELED: 3 });
  for (const id of ids) expect((await production.notification(id)).plan).toMatchObject({ outcome: 'CANCELED' });
  expect(vendor.taken.filter(({ address }) => ['dee@example.com', '+14155550142'].includes(address))).toEqual([]);
  expect(await gate.rows(`select 1 from digest where recipient_id = '${uuid}' and closed_at is null`)).toEqual([]);
});

test('once it has answered, nothing of what comes at the same time begins', async () => {
  const cat = { externalId: 'cat' };
  await production.person('cat', { email: 'cat@example.com' });
  const uuid = await uuidOf('cat');
  const over = new AbortController();
  const senders = Array.from({ length: 8 }, async () => {
    while (!over.signal.aborted) {
      const input = { to: [cat], category: 'orders', content: { title: 'A', body: 'B' } };
      const { userErrors } = await production.attempt('send', input, 'deduplicated');
      if (userErrors.length > 0) return;
    }
  });
  await until(() => vendor.to('cat@example.com').length >= 20, 'calls to run');
  const { erasure } = await erase(production, cat);
  const answeredAt = new Date(Date.now());
  over.abort();
  await Promise.all(senders);
  await finished(production, erasure?.id);
  const begun = await gate.rows<{ at: Date }>(
    `select e.at from event e join notification n on n.id = e.notification_id
     where n.recipient_id = $1 and e.type = 'attempt.started'`,
    [uuid],
  );
  expect(begun.length).toBeGreaterThanOrEqual(20);
  expect(begun.filter(({ at }) => at > answeredAt)).toEqual([]);
  // Everything that was called is on record, and the rest did not go.
  expect(vendor.to('cat@example.com').length).toBe(begun.length);
  const { COMPLETED = 0, CANCELED = 0, ...others } = await states(uuid);
  expect([COMPLETED, others]).toEqual([begun.length, {}]);
  expect(CANCELED).toBeGreaterThanOrEqual(0);
  expect(await rowsWith(gate, ['cat@example.com'])).toEqual([]);
});

test('a call that runs ends, and leaves nothing behind', async () => {
  let open = (): void => undefined;
  const gateOpens = new Promise<void>((resolve) => (open = resolve));
  vendor.does = async (): Promise<VendorAnswer> => {
    await gateOpens;
    return 'yes';
  };
  await production.person('late-bird', { email: 'late.bird@example.com' });
  const uuid = await uuidOf('late-bird');
  const { notificationIds } = await production.send([{ externalId: 'late-bird' }], 'orders', { tags: ['late-bird'] });
  await until(() => vendor.to('late.bird@example.com').length === 1, 'the call to begin');
  const { erasure } = await erase(production, { externalId: 'late-bird' });
  open();
  vendor.does = () => 'yes';
  await finished(production, erasure?.id);
  expect(await states(uuid)).toEqual({ COMPLETED: 1 });
  expect((await production.notification(notificationIds[0] as string)).deliveries[0]).toMatchObject({
    ...{ state: 'SENT', address: null, providerId: null },
  });
  expect(await rowsWith(gate, ['late-bird', 'late.bird'])).toEqual([]);
});

test('an address that somebody else has stays with that person, and a simulated outbox is emptied', async () => {
  const test = await environmentOf(production, 'erasing', 'TEST');
  await test.category('orders', { channels: ['EMAIL'] });
  for (const name of ['both-cy', 'both-dee']) await test.person(name, { email: 'shared.nest@example.com' });
  await test.sendAndFinish({ externalId: 'both-cy', email: 'lone.nest@example.com' }, 'orders');
  for (const address of ['shared.nest@example.com', 'lone.nest@example.com'])
    await test.mutate('suppressAddress', { channel: 'EMAIL', address }, 'suppression { address }');
  await test.mutate(
    'addEndpoint',
    { recipient: { externalId: 'both-cy' }, channel: 'EMAIL', address: 'shared.nest@example.com' },
    'created',
  );
  const { erasure } = await erase(test, { externalId: 'both-cy' });
  await finished(test, erasure?.id);
  const { recipient } = await test.query<{ recipient: { email: string } }>(
    '{ recipient(ref: { externalId: "both-dee" }) { email } }',
  );
  expect(recipient.email).toBe('shared.nest@example.com');
  const { suppressions } = await test.query<{ suppressions: { nodes: { address: string | null }[] } }>(
    '{ suppressions(first: 10) { nodes { address } } }',
  );
  expect(suppressions.nodes.map(({ address }) => address).toSorted()).toEqual(
    ['shared.nest@example.com', null].toSorted(),
  );
  expect(await rowsWith(gate, ['both-cy', 'lone.nest'])).toEqual([]);
});

test('a recipient token may not erase', async () => {
  await production.person('eve', { email: 'eve@example.com' });
  const eve = await production.as('eve');
  const input = { recipient: { externalId: 'eve' } };
  const { errors } = await eve.raw({
    query: 'mutation($input: EraseRecipientInput!) { eraseRecipient(input: $input) { erasure { id } } }',
    variables: { input },
  });
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
});

test('operators see every erasure', async () => {
  const { erasures } = await production.query<{ erasures: { nodes: Erasure[] } }>(
    '{ erasures(first: 10) { nodes { id actor finishedAt } } }',
  );
  expect(erasures.nodes.length).toBe(4);
  expect(erasures.nodes.every((one) => one.finishedAt !== null)).toBe(true);
});
