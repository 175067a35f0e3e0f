import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { Gate } from '../support/gate.js';
import type { Gateway, NotificationView } from '../support/gateway.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';
import { signedByTwilio } from '../support/twilio-signer.js';
import { until } from '../support/until.js';
import { mailBy, TWILIO, Vendor } from '../support/vendor.js';

const PUBLIC_URL = 'https://tidings.example.com';
const SIGNING_KEY = Buffer.alloc(32, 7);

let app: TestApp;
let gate: Gate;
let mail: Vendor;
let vendors: ProviderServer;
let production: Gateway;
let texts: string;
let presence = 'active';

function json(body: object, status = 200): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Slack, Twilio and a receiver of webhooks, by their paths. */
function answer({ path }: LoggedRequest): Reply {
  if (path.startsWith('/api/users.getPresence')) return json({ ok: true, presence });
  if (path === '/api/chat.postMessage') return json({ ok: true, ts: '1503435956.000247' });
  if (path.startsWith('/2010-04-01/')) return json({ sid: `SM${vendors.requests.length}`, status: 'queued' }, 201);
  return { status: 204, body: '' };
}

beforeAll(async () => {
  app = await startTestApp({ publicUrl: PUBLIC_URL });
  gate = await Gate.at(app.database.url);
  mail = await Vendor.start();
  vendors = await ProviderServer.start(answer);
  production = app.production;
  const baseUrl = vendors.url;
  await production.integration('mail', ...mailBy(mail));
  const bot = { channel: 'SLACK', credentials: { botToken: 'xoxb-of-ana' } };
  await production.integration('chat', 'slack', { baseUrl }, bot);
  const phone = { channel: 'SMS', credentials: TWILIO };
  texts = (await production.integration('texts', 'twilio', { from: '+15005550006', baseUrl }, phone)).integration.id;
  const secret = `whsec_${SIGNING_KEY.toString('base64')}`;
  await production.integration('hooks', 'webhook', {}, { channel: 'WEBHOOK', credentials: { secret } });
  await production.category('orders', { channels: ['SLACK', 'EMAIL'] });
  await production.category('news', { channels: ['SMS'], class: 'PRODUCT' });
  await production.category('machines', { channels: ['WEBHOOK'] });
});

afterAll(async () => {
  await mail[Symbol.asyncDispose]();
  await vendors[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

async function person(name: string, channel: string, address: string): Promise<void> {
  await production.person(name, { email: `${name}@example.com` });
  await gate.rows(
    `insert into endpoint (environment_id, recipient_id, channel, address, created_at)
     select environment_id, id, $2, $3, now() from recipient where external_id = $1`,
    [name, channel, address],
  );
}

const calls = (path: string) => vendors.requests.filter((request) => request.path.startsWith(path));
const channels = ({ deliveries }: NotificationView) => deliveries.map(({ channel, state }) => `${channel} ${state}`);

test('who is in Slack hears it there; who is away hears it by mail, and it says why', async () => {
  await person('ana', 'SLACK', 'U024BE7LH');
  expect(channels(await production.sendAndFinish({ externalId: 'ana' }, 'orders'))).toEqual(['SLACK SENT']);
  expect(calls('/api/chat.postMessage')).toHaveLength(1);

  presence = 'away';
  const away = await production.sendAndFinish({ externalId: 'ana' }, 'orders');
  expect(channels(away)).toEqual(['SLACK UNDELIVERED', 'EMAIL SENT']);
  expect(away.deliveries[0]).toMatchObject({
    reason: 'RECIPIENT_AWAY',
    attempts: [{ detail: 'the person is not active in Slack' }],
  });
  expect(calls('/api/chat.postMessage')).toHaveLength(1);

  // Away is not gone: the next time Slack comes first again.
  presence = 'active';
  expect(channels(await production.sendAndFinish({ externalId: 'ana' }, 'orders'))).toEqual(['SLACK SENT']);
});

async function twilioTells(body: string, url = `${PUBLIC_URL}/webhooks/${texts}`): Promise<Response> {
  const { headers } = signedByTwilio(body, { token: TWILIO.authToken, url, now: new Date() });
  const path = url.slice(PUBLIC_URL.length);
  return fetch(`http://127.0.0.1:${app.app.port}${path}`, {
    method: 'POST',
    headers: headers as Record<string, string>,
    body,
  });
}

const BEN = '+14155550123';
const written = (sid: string, text: string) => `Body=${text}&From=${encodeURIComponent(BEN)}&MessageSid=${sid}`;

test('a text that arrived is told at the URL that Twilio was given, under a signature', async () => {
  const ben = { externalId: 'ben', phone: BEN };
  const { id, deliveries } = await production.sendAndFinish(ben, 'news');
  const asked = new URLSearchParams(calls('/2010-04-01/').at(-1)?.body);
  const reports = asked.get('StatusCallback') ?? '';
  expect(reports).toBe(`${PUBLIC_URL}/webhooks/${texts}?attempt=${id}.0.1`);

  const body = `MessageSid=${deliveries[0]?.providerId}&MessageStatus=delivered`;
  const reply = await twilioTells(body, reports);
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/xml')]);
  expect(await reply.text()).toContain('<Response/>');
  await until(
    async () => channels(await production.notification(id))[0] === 'SMS DELIVERED',
    'the report to be folded',
  );
});

test('STOP ends texts to a number at once, and START allows them again', async () => {
  const ben = { externalId: 'ben', phone: BEN };
  const before = calls('/2010-04-01/').length;
  const reasons = async (): Promise<string | undefined> =>
    (await production.sendAndFinish(ben, 'news')).plan.steps[0]?.reason;

  expect((await twilioTells(written('SM901', 'Stop!'))).status).toBe(200);
  await until(async () => (await reasons()) === 'ENDPOINT_SUPPRESSED', 'STOP to be folded');
  const sent = calls('/2010-04-01/').length;
  expect(await reasons()).toBe('ENDPOINT_SUPPRESSED');
  expect(calls('/2010-04-01/')).toHaveLength(sent);

  expect((await twilioTells(written('SM902', 'START'))).status).toBe(200);
  await until(async () => (await reasons()) !== 'ENDPOINT_SUPPRESSED', 'START to be folded');
  expect(calls('/2010-04-01/').length).toBeGreaterThan(before);

  const forged = await fetch(`http://127.0.0.1:${app.app.port}/webhooks/${texts}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': 'forged' },
    body: written('SM903', 'STOP'),
  });
  expect(forged.status).toBe(401);
});

test('a webhook reaches its receiver signed, under one id', async () => {
  await person('shop', 'WEBHOOK', `${vendors.url}/hooks/shop`);
  const { id } = await production.sendAndFinish({ externalId: 'shop' }, 'machines');
  const [hook] = calls('/hooks/shop');
  const header = (name: string) => hook?.headers[`webhook-${name}`] as string;
  expect(header('id')).toBe(`${id}_0`);
  const signature = createHmac('sha256', SIGNING_KEY)
    .update(`${header('id')}.${header('timestamp')}.${hook?.body}`)
    .digest('base64');
  expect(header('signature')).toBe(`v1,${signature}`);
});
