import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { alertsOf, environmentOf } from '../support/environment.js';
import type { Gateway, NotificationView } from '../support/gateway.js';
import { MAIL_VENDORS, mailThrough, vendorOf, type MailVendorName } from '../support/mail-vendors.js';
import { parseMime } from '../support/mime.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';
import { signed, told } from '../support/sendgrid-events.js';
import { until } from '../support/until.js';

let app: TestApp;
let dataDir: string;
/** Every vendor of e-mail, at one address. */
let vendors: ProviderServer;
/** What a vendor answers instead of its yes. */
const instead = new Map<MailVendorName, Reply>();

function answer(request: LoggedRequest): Reply {
  const name = vendorOf(request);
  if (name === null) return { status: 418, body: '' };
  return instead.get(name) ?? MAIL_VENDORS[name].yes(vendors.requests.length);
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'providers-'));
  [app, vendors] = await Promise.all([startTestApp({ dataDir }), ProviderServer.start(answer)]);
});

beforeEach(() => instead.clear());

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await vendors[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

/** Patient enough that only failover can be quick. */
const PATIENT = { maxAttempts: 5, firstDelay: 'PT1M', giveUpAfter: 'PT1H' };

/** An environment with these vendors of e-mail, the preferred one first, and a category of each class, named like it. */
async function mailing(
  key: string,
  names: readonly MailVendorName[],
  more: Partial<Record<MailVendorName, object>> = {},
): Promise<Gateway> {
  const gateway = await environmentOf(app.production, key);
  for (const [order, name] of names.entries())
    await gateway.integration(name, ...mailThrough(name, vendors.url, { order, ...more[name] }));
  await gateway.advertises();
  for (const kind of ['SECURITY', 'TRANSACTIONAL', 'MARKETING'])
    await gateway.category(kind.toLowerCase(), { class: kind, channels: ['EMAIL'], retry: PATIENT });
  return gateway;
}

const person = (name: string) => ({ externalId: name, email: `${name}@example.com` });
const tried = ({ deliveries }: NotificationView) =>
  deliveries.flatMap(({ attempts }) => attempts.map(({ integration, outcome }) => `${integration} ${outcome}`));
/** The notification once its first attempt has ended, and is to go on. */
const answered = (gateway: Gateway, id: string) =>
  until(
    async () => {
      const now = await gateway.notification(id);
      const first = attemptsOf(now)[0];
      return first !== undefined && first.outcome !== 'STARTED' && now;
    },
    'the first attempt to end',
    20_000,
  );
const webhookOf = ({ id }: { id: string }) => `http://127.0.0.1:${app.app.port}/webhooks/${id}`;
const attemptsOf = ({ deliveries }: NotificationView) => deliveries.flatMap(({ attempts }) => attempts);
const callsTo = (name: MailVendorName) => vendors.requests.filter((request) => vendorOf(request) === name);
const lastTo = (name: MailVendorName) => callsTo(name).at(-1) as LoggedRequest;

interface Step {
  channel: string;
  integration: string;
  reason: string;
  passedOver: { integration: string; reason: string; explanation: string }[];
}

async function stepsOf(gateway: Gateway, { id }: NotificationView): Promise<Step[]> {
  const { notification } = await gateway.query<{ notification: { plan: { steps: Step[] } } }>(
    `query($id: ID!) { notification(id: $id) {
      plan { steps { channel integration reason passedOver { integration reason explanation } } } } }`,
    { id },
  );
  return notification.plan.steps;
}

describe('who can carry it', () => {
  test('12 MB of files pass the preferred SES by and go by Postmark, and the plan says why', async () => {
    const gateway = await mailing('large', ['ses', 'postmark']);
    const before = callsTo('ses').length;
    const bytes = randomBytes(12_000_000);
    const attachments = [{ filename: 'plan.bin', content: bytes.toString('base64') }];
    const notification = await gateway.sendAndFinish(person('ana'), 'transactional', { attachments });
    expect(notification).toMatchObject({ state: 'COMPLETED', deliveries: [{ provider: 'postmark', state: 'SENT' }] });
    expect(tried(notification)).toEqual(['postmark ACCEPTED']);
    expect(await stepsOf(gateway, notification)).toMatchObject([
      {
        channel: 'EMAIL',
        integration: 'postmark',
        passedOver: [
          { integration: 'ses', reason: 'PAYLOAD_TOO_LARGE', explanation: expect.stringMatching(/\w+ \w+/) },
        ],
      },
    ]);
    expect(callsTo('ses')).toHaveLength(before);
    const { Attachments } = JSON.parse(lastTo('postmark').body) as { Attachments: { Content: string }[] };
    expect(Buffer.from(Attachments[0]?.Content ?? '', 'base64').equals(bytes)).toBe(true);
    // A small one goes the preferred way.
    expect(tried(await gateway.sendAndFinish(person('ana'), 'transactional'))).toEqual(['ses ACCEPTED']);
  });

  test('a newsletter passes by a Postmark that has no broadcast stream', async () => {
    const gateway = await mailing('news', ['postmark', 'mailgun']);
    const passed = [{ integration: 'postmark', reason: 'CLASS_NOT_CARRIED' }];
    const news = await gateway.sendAndFinish(person('ben'), 'marketing');
    expect(tried(news)).toEqual(['mailgun ACCEPTED']);
    expect(await stepsOf(gateway, news)).toMatchObject([{ integration: 'mailgun', passedOver: passed }]);
    const receipt = await gateway.sendAndFinish(person('ben'), 'transactional');
    expect(tried(receipt)).toEqual(['postmark ACCEPTED']);
    expect(await stepsOf(gateway, receipt)).toMatchObject([{ integration: 'postmark', passedOver: [] }]);

    const [, settings, more] = mailThrough('postmark', vendors.url);
    await gateway.integration('postmark', 'postmark', { ...settings, broadcastStream: 'broadcasts' }, more);
    expect(tried(await gateway.sendAndFinish(person('ben'), 'marketing'))).toEqual(['postmark ACCEPTED']);
    expect(JSON.parse(lastTo('postmark').body)).toMatchObject({ MessageStream: 'broadcasts' });
  });

  test('an integration carries the classes that an operator left it, and no newsletter where none carries it', async () => {
    const gateway = await mailing('classes', ['sendgrid', 'ses'], {
      sendgrid: { classes: ['SECURITY'] },
      ses: { classes: ['SECURITY', 'TRANSACTIONAL'] },
    });
    expect(tried(await gateway.sendAndFinish(person('cy'), 'security'))).toEqual(['sendgrid ACCEPTED']);
    const receipt = await gateway.sendAndFinish(person('cy'), 'transactional');
    expect(tried(receipt)).toEqual(['ses ACCEPTED']);
    expect(await stepsOf(gateway, receipt)).toMatchObject([
      { integration: 'ses', passedOver: [{ integration: 'sendgrid', reason: 'CLASS_NOT_CARRIED' }] },
    ]);
    const news = await gateway.sendAndFinish(person('cy'), 'marketing');
    expect([news.state, tried(news)]).toEqual(['UNROUTABLE', []]);
    expect(await stepsOf(gateway, news)).toMatchObject([{ channel: 'EMAIL', reason: 'CLASS_NOT_CARRIED' }]);
  });
});

test('the same file arrives byte by byte, as MIME through SES and as a field of a form through Mailgun', async () => {
  const gateway = await mailing('files', ['ses', 'mailgun'], { ses: { classes: ['SECURITY'] } });
  const bytes = Buffer.concat([Buffer.from('%PDF-1.7\r\n.\r\n--\r\n'), randomBytes(50_000)]);
  const filename = 'Žádost – 日本.pdf';
  const attachments = [{ filename, contentType: 'application/pdf', content: bytes.toString('base64') }];
  await gateway.sendAndFinish(person('dee'), 'security', { attachments });
  const { Content } = JSON.parse(lastTo('ses').body) as { Content: { Raw: { Data: string } } };
  const part = parseMime(Buffer.from(Content.Raw.Data, 'base64'))
    .leaves()
    .find((leaf) => leaf.filename !== null);
  expect([part?.filename, part?.contentType, part?.bytes.equals(bytes)]).toEqual([filename, 'application/pdf', true]);

  await gateway.sendAndFinish(person('dee'), 'transactional', { attachments });
  const { headers, bytes: posted } = lastTo('mailgun');
  const form = await new Response(new Uint8Array(posted), {
    headers: { 'content-type': headers['content-type'] ?? '' },
  }).formData();
  const file = form.get('attachment') as File;
  expect([file.name, file.type]).toEqual([filename, 'application/pdf']);
  expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
});

test('e-mail moves from SendGrid to SES by configuration: the caller’s mutation is the same', async () => {
  const gateway = await mailing('moved', ['sendgrid']);
  const send = () => gateway.sendAndFinish(person('eve'), 'transactional');
  expect(tried(await send())).toEqual(['sendgrid ACCEPTED']);
  await gateway.integration('ses', ...mailThrough('ses', vendors.url));
  await gateway.integration('sendgrid', ...mailThrough('sendgrid', vendors.url, { enabled: false }));
  expect(tried(await send())).toEqual(['ses ACCEPTED']);
});

describe('a yes', () => {
  test.each<[MailVendorName, number, RegExp]>([
    ['ses', 200, /^0102018c2e000000-/],
    ['brevo', 201, /smtp-relay\.mailin\.fr/],
    ['sendgrid', 202, /^sg-\d+$/],
    ['mailgun', 200, /^<.*@mg\.example\.com>$/],
    ['postmark', 200, /^[\da-f-]{36}$/],
  ])(
    'of %s is its own %i, with the id that the message has there; another success proves nothing',
    async (name, status, id) => {
      const gateway = await mailing(`yes-${name}`, [name], { [name]: { classes: ['SECURITY', 'TRANSACTIONAL'] } });
      await gateway.category('codes', { class: 'SECURITY', channels: ['EMAIL'], retry: PATIENT, onAmbiguous: 'FAIL' });
      const taken = await gateway.sendAndFinish(person('fay'), 'codes');
      expect(attemptsOf(taken)).toMatchObject([{ outcome: 'ACCEPTED', httpStatus: status }]);
      expect(taken.deliveries[0]?.providerId).toMatch(id);
      instead.set(name, { status: 204, body: '' });
      const { notificationIds } = await gateway.send([person('fay')], 'codes');
      const doubtful = await answered(gateway, notificationIds[0] as string);
      // Another success than its own proves nothing; Mailgun and Postmark say what they take by 200 alone.
      expect(attemptsOf(doubtful)).toMatchObject([{ outcome: 'UNKNOWN', httpStatus: 204 }]);
    },
  );

  test('of SendGrid has an empty body, and what it tells later is still about the right message', async () => {
    const gateway = await environmentOf(app.production, 'empty');
    const { integration } = await gateway.integration('mail', ...mailThrough('sendgrid', vendors.url));
    await gateway.category('orders', { channels: ['EMAIL'] });
    const [gus, hal] = [
      await gateway.sendAndFinish(person('gus'), 'orders'),
      await gateway.sendAndFinish(person('hal'), 'orders'),
    ];
    expect(callsTo('sendgrid').at(-2)?.body).toContain(`"tidings_attempt":"${gus.id}.0.1"`);
    const body = JSON.stringify([told('delivered', `${gus.id}.0.1`)]);
    expect((await fetch(webhookOf(integration), { method: 'POST', headers: signed(body), body })).status).toBe(200);
    const state = async ({ id }: NotificationView) => (await gateway.notification(id)).deliveries[0]?.state;
    await until(async () => (await state(gus)) === 'DELIVERED', 'the report to be folded');
    expect(await state(hal)).toBe('SENT');
  });
});

describe('a key that is refused', () => {
  test.each<MailVendorName>(['sendgrid', 'ses', 'mailgun', 'postmark', 'brevo'])(
    'by %s is not tried again: the backup goes at once, and an alert says so',
    async (name) => {
      const backup = name === 'ses' ? 'postmark' : 'ses';
      const gateway = await mailing(`refused-${name}`, [name, backup]);
      instead.set(name, MAIL_VENDORS[name].unauthorized);
      const before = callsTo(name).length;
      const notification = await gateway.sendAndFinish(person('ida'), 'security');
      expect(tried(notification)).toEqual([`${name} FAILED`, `${backup} ACCEPTED`]);
      expect(attemptsOf(notification)[0]).toMatchObject({ httpStatus: name === 'ses' ? 403 : 401 });
      const next = await gateway.sendAndFinish(person('ida'), 'security');
      expect(tried(next)).toEqual([`${backup} ACCEPTED`]);
      expect(await stepsOf(gateway, next)).toMatchObject([
        { passedOver: [{ integration: name, reason: 'MISCONFIGURED' }] },
      ]);
      expect(callsTo(name)).toHaveLength(before + 1);
      expect(await alertsOf(gateway, name)).toEqual(['INTEGRATION_MISCONFIGURED']);
    },
  );
});

test('a receiver of webhooks verifies them by the secret that Tidings made, and showed once', async () => {
  await using receiver = await ProviderServer.start(() => ({ status: 204, body: '' }));
  const gateway = await environmentOf(app.production, 'hooks');
  const { generatedCredentials } = await gateway.mutate<{ generatedCredentials: { secret: string } }>(
    'upsertIntegration',
    { key: 'hooks', provider: 'webhook', channel: 'WEBHOOK', settings: {} },
    'generatedCredentials',
  );
  await gateway.category('machines', { channels: ['WEBHOOK'] });
  await gateway.person('billing');
  const endpoint = { recipient: { externalId: 'billing' }, channel: 'WEBHOOK', address: `${receiver.url}/hooks` };
  await gateway.mutate('addEndpoint', endpoint, 'created');
  const { id } = await gateway.sendAndFinish({ externalId: 'billing' }, 'machines');
  const { body, headers } = receiver.requests[0] as LoggedRequest;
  const verified = new Webhook(generatedCredentials.secret).verify(body, headers as Record<string, string>);
  expect(verified).toMatchObject({ data: { title: 'Hello' } });
  expect(String(headers['webhook-id'])).toContain(id);
});
