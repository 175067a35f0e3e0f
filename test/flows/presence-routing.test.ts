import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestApp, type TestApp } from '../support/app.js';
import { BrowserPush } from '../support/browser-push.js';
import { Gate } from '../support/gate.js';
import type { Gateway, NotificationView } from '../support/gateway.js';
import { until } from '../support/until.js';

let app: TestApp;
let gateway: Gateway;
let gate: Gate;

beforeAll(async () => {
  app = await startTestApp();
  gate = await Gate.at(app.database.url);
  gateway = app.development;
  await gateway.category('news', { channels: ['INBOX', 'EMAIL'] });
  await gateway.category('team', { channels: ['SLACK', 'EMAIL'] });
});

afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

const person = (name: string) => gateway.person(name, { email: `${name}@example.com` });
const address = (name: string, channel: string, value: string) =>
  gateway.mutate('addEndpoint', { recipient: { externalId: name }, channel, address: value }, 'created');
const report = (name: string, platform: string, state: string) =>
  gateway.mutate('reportPresence', { recipient: { externalId: name }, platform, state }, 'presence { online }');

/** Where clients of the person are open. */
async function openOn(name: string): Promise<string[]> {
  const query = 'query($of: RecipientRef) { presence(recipient: $of) { platforms { platform connected } } }';
  type Answer = { presence: { platforms: { platform: string; connected: boolean }[] } };
  const { presence } = await gateway.query<Answer>(query, { of: { externalId: name } });
  return presence.platforms.filter((one) => one.connected).map((one) => one.platform);
}

const STEPS = 'steps { channel decision reason explanation }';
type Steps = NotificationView['plan']['steps'];

/** What explain says of a send, channel by channel. */
async function explained(name: string, category: string): Promise<Steps> {
  const input = { to: [{ externalId: name }], category, content: { title: 'Hello', body: 'World' } };
  const query = `query($input: SendInput!) { explain(input: $input) { ${STEPS} } }`;
  const { explain } = await gateway.query<{ explain: { steps: Steps }[] }>(query, { input });
  return explain[0]?.steps ?? [];
}

const reasons = (steps: Steps) => steps.map(({ channel, reason }) => `${channel} ${reason}`);
const reached = ({ deliveries }: NotificationView) => deliveries.map(({ channel, state }) => `${channel} ${state}`);

test('who is away from every screen gets an e-mail, though a page is open; who comes back gets a toast', async () => {
  await person('ana');
  await using widget = await gateway.online('ana');
  await report('ana', 'WEB', 'AWAY');
  const said = {
    ...{ channel: 'INBOX', decision: 'SKIP', reason: 'RECIPIENT_AWAY' },
    explanation: 'the person is away: not active in any page or app that is open',
  };
  expect((await explained('ana', 'news'))[0]).toMatchObject(said);
  const missed = await gateway.sendAndFinish({ externalId: 'ana' }, 'news');
  expect(missed.plan.steps[0]).toMatchObject(said);
  expect(reached(missed)).toEqual(['EMAIL SIMULATED']);
  expect(widget.added).toEqual([]);

  for (const state of ['IDLE', 'ACTIVE']) {
    await report('ana', 'WEB', state);
    expect(reached(await gateway.sendAndFinish({ externalId: 'ana' }, 'news'))).toEqual(['INBOX DELIVERED']);
  }
});

test('one screen where nobody says away is enough, and a report that has ended says nothing', async () => {
  await person('ben');
  await using _page = await gateway.online('ben', { acknowledge: false });
  await report('ben', 'WEB', 'AWAY');
  {
    await using _app = await gateway.online('ben', { platform: 'MOBILE' });
    await until(async () => (await openOn('ben')).includes('MOBILE'), 'the app to be connected');
    expect(reached(await gateway.sendAndFinish({ externalId: 'ben' }, 'news'))).toEqual(['INBOX DELIVERED']);
  }
  await until(async () => !(await openOn('ben')).includes('MOBILE'), 'the app to be gone');
  await report('ben', 'MOBILE', 'ACTIVE');
  expect(reasons(await explained('ben', 'news'))[0]).toBe('INBOX RECIPIENT_AWAY');
  await gate.rows(`update presence_report set expires_at = now() - interval '1 second' where platform = 'WEB'`);
  expect(reasons(await explained('ben', 'news'))[0]).toBe('INBOX SELECTED');
});

test('who is not active in Slack hears it by e-mail, and it says so; of whom nobody knows it hears it there', async () => {
  await person('cy');
  await address('cy', 'SLACK', 'U024BE7LH');
  const there = async () => reached(await gateway.sendAndFinish({ externalId: 'cy' }, 'team'));
  expect(await there()).toEqual(['SLACK SIMULATED']);
  await report('cy', 'SLACK', 'IDLE');
  expect(await there()).toEqual(['SLACK SIMULATED']);
  await report('cy', 'SLACK', 'AWAY');
  const [slack] = await explained('cy', 'team');
  const explanation = expect.stringContaining('not active in Slack') as string;
  expect(slack).toMatchObject({ decision: 'SKIP', reason: 'RECIPIENT_AWAY', explanation });
  expect(await there()).toEqual(['EMAIL SIMULATED']);
});

test('who has the app open and nothing else is reached on the phone, where the category wants that', async () => {
  const channels = ['INBOX', 'EMAIL', 'MOBILE_PUSH'];
  await gateway.category('plain', { channels });
  const made = await gateway.mutate<{ category: object }>(
    'upsertCategory',
    { key: 'near', channels, preferActivePlatform: true },
    'category { preferActivePlatform onlyWhilePresent }',
  );
  expect(made.category).toEqual({ preferActivePlatform: true, onlyWhilePresent: [] });
  await person('dee');
  const device = { channel: 'MOBILE_PUSH', address: 'token-of-dee', platform: 'ANDROID' };
  await gateway.mutate('addEndpoint', { recipient: { externalId: 'dee' }, ...device }, 'created');
  await using _app = await gateway.online('dee', { platform: 'MOBILE' });
  expect(await openOn('dee')).toEqual(['MOBILE']);
  const ordered = ['MOBILE_PUSH SELECTED', 'INBOX NEXT_IN_LINE', 'EMAIL NEXT_IN_LINE'];
  expect(reasons(await explained('dee', 'near'))).toEqual(ordered);
  expect(reached(await gateway.sendAndFinish({ externalId: 'dee' }, 'near'))).toEqual(['MOBILE_PUSH SIMULATED']);
  expect(reached(await gateway.sendAndFinish({ externalId: 'dee' }, 'plain'))).toEqual(['INBOX DELIVERED']);
});

test('a notification of the desktop goes only while somebody is there, where the category wants that', async () => {
  const channels = ['WEB_PUSH', 'EMAIL'];
  await gateway.category('desk', { channels, onlyWhilePresent: ['WEB_PUSH'] });
  await person('eve');
  const subscription = new BrowserPush().subscription('https://push.example.com/eve');
  await address('eve', 'WEB_PUSH', JSON.stringify(subscription));
  expect(reasons(await explained('eve', 'desk'))).toEqual(['WEB_PUSH RECIPIENT_OFFLINE', 'EMAIL SELECTED']);
  await using _page = await gateway.online('eve');
  expect(reasons(await explained('eve', 'desk'))[0]).toBe('WEB_PUSH SELECTED');
  await report('eve', 'WEB', 'AWAY');
  expect(reasons(await explained('eve', 'desk'))).toEqual(['WEB_PUSH RECIPIENT_AWAY', 'EMAIL SELECTED']);
});

test('a category names only channels of a platform as those that need somebody there', async () => {
  const { userErrors } = await gateway.attempt('upsertCategory', { key: 'odd', onlyWhilePresent: ['EMAIL'] }, '');
  expect(userErrors).toMatchObject([{ code: 'INVALID_CHANNELS', field: ['input', 'onlyWhilePresent'] }]);
});

test('a client that runs nowhere that is known is told so', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${app.app.port}/graphql`, 'graphql-transport-ws');
  socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { platform: 'FRIDGE' } })));
  const closed = await new Promise((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  expect(closed).toEqual({ code: 4400, reason: 'platform: "FRIDGE" given, expected WEB or MOBILE' });
});
