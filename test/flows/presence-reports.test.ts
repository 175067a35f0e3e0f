import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Gateway } from '../support/gateway.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  for (const name of ['ana', 'ben', 'cleo', 'dora', 'emil'])
    await app.development.person(name, { email: `${name}@example.com` });
});

afterAll(() => app[Symbol.asyncDispose]());

interface Presence {
  readonly online: boolean;
  readonly platforms: { platform: string; state: string | null; connected: boolean; since: string }[];
}

const FIELDS = 'online platforms { platform state connected since }';

const report = (gateway: Gateway, input: object) =>
  gateway.attempt<{ presence: Presence | null }>('reportPresence', input, `presence { ${FIELDS} }`);

async function presence(gateway: Gateway, recipient?: object): Promise<Presence> {
  const query = `query($recipient: RecipientRef) { presence(recipient: $recipient) { ${FIELDS} } }`;
  return (await gateway.query<{ presence: Presence }>(query, { recipient })).presence;
}

test('who has a widget open is online there, and says how present they are', async () => {
  const away: Presence = { online: false, platforms: [] };
  expect(await presence(app.development, { externalId: 'ana' })).toEqual(away);
  await using reader = await app.development.online('ana');
  const web = { platform: 'WEB', connected: true };
  expect(await presence(reader.gateway)).toMatchObject({ online: true, platforms: [{ ...web, state: null }] });
  const idle = await report(reader.gateway, { state: 'IDLE' });
  expect(idle.presence).toMatchObject({ online: true, platforms: [{ ...web, state: 'IDLE' }] });
  const again = await report(reader.gateway, { state: 'IDLE' });
  expect(again.presence?.platforms[0]?.since).toBe(idle.presence?.platforms[0]?.since);
});

test('a host says it of anybody, on any platform; it makes nobody online', async () => {
  const recipient = { externalId: 'ben' };
  const { presence: said } = await report(app.development, { recipient, platform: 'MOBILE', state: 'ACTIVE' });
  expect(said).toMatchObject({
    online: false,
    platforms: [{ platform: 'MOBILE', state: 'ACTIVE', connected: false }],
  });
});

test('nobody says it of somebody else, or for ever', async () => {
  const ana = await app.development.as('ana');
  const other = report(ana, { recipient: { externalId: 'ben' }, state: 'ACTIVE' });
  await expect(other).rejects.toThrow(/FORBIDDEN|own person/);
  for (const expiresIn of ['PT1S', 'P1D'])
    expect(await report(ana, { state: 'ACTIVE', expiresIn })).toMatchObject({
      presence: null,
      userErrors: [{ code: 'INVALID_DURATION', field: ['input', 'expiresIn'] }],
    });
});

test('each client of theirs speaks for itself, the most present one counts, and who speaks for the platform wins', async () => {
  await using reader = await app.development.online('cleo');
  const state = async (): Promise<string | null | undefined> =>
    (await presence(reader.gateway)).platforms.find(({ platform }) => platform === 'WEB')?.state;
  await report(reader.gateway, { client: 'office', state: 'ACTIVE' });
  await report(reader.gateway, { client: 'home', state: 'AWAY' });
  expect(await state()).toBe('ACTIVE');
  await report(reader.gateway, { client: 'office', state: 'IDLE' });
  expect(await state()).toBe('IDLE');
  await report(reader.gateway, { client: 'office', state: 'AWAY' });
  expect(await state()).toBe('AWAY');
  await report(app.development, { recipient: { externalId: 'cleo' }, state: 'ACTIVE' });
  expect(await state()).toBe('ACTIVE');
  await report(app.development, { recipient: { externalId: 'cleo' }, state: 'AWAY' });
  await report(reader.gateway, { client: 'office', state: 'ACTIVE' });
  expect(await state()).toBe('AWAY');
});

test('routing goes by the most present client', async () => {
  await app.development.category('notes', { channels: ['INBOX', 'EMAIL'] });
  const emil = await app.development.as('emil');
  await using reader = await app.development.online('emil');
  const query = `query($input: SendInput!) { explain(input: $input) { steps { channel decision } } }`;
  const input = { to: [{ externalId: 'emil' }], category: 'notes', content: { title: 'T', body: 'B' } };
  const first = async (): Promise<string | undefined> => {
    const { explain } = await app.development.query<{ explain: { steps: { channel: string; decision: string }[] }[] }>(
      query,
      { input },
    );
    return explain[0]?.steps.find((step) => step.decision === 'SEND')?.channel;
  };
  await report(emil, { client: 'home', state: 'AWAY' });
  expect(await first()).toBe('EMAIL');
  await report(reader.gateway, { client: 'office', state: 'IDLE' });
  expect(await first()).toBe('INBOX');
});

test('only the last clients are known, and a name of theirs is short', async () => {
  const dora = await app.development.as('dora');
  for (let n = 0; n < 25; n += 1) await report(dora, { client: `c${n}`, state: n === 0 ? 'ACTIVE' : 'AWAY' });
  expect((await presence(dora)).platforms).toMatchObject([{ platform: 'WEB', state: 'AWAY' }]);
  for (const client of ['', 'x'.repeat(65)])
    expect(await report(dora, { client, state: 'ACTIVE' })).toMatchObject({
      presence: null,
      userErrors: [{ code: 'INVALID_CLIENT', field: ['input', 'client'] }],
    });
});
