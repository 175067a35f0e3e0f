import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';

let app: TestApp;
let gateway: Gateway;
/** A person of their own for every test. */
let ana: string;
let count = 0;

beforeAll(async () => {
  app = await startTestApp();
  gateway = app.development;
  await gateway.advertises();
  await gateway.category('orders', { class: 'TRANSACTIONAL', channels: ['EMAIL', 'SMS'] });
  await gateway.category('news', { channels: ['EMAIL', 'SMS'] });
  await gateway.category('offers', { class: 'MARKETING', channels: ['EMAIL'] });
  await gateway.category('sign-in', { class: 'SECURITY', channels: ['SMS', 'MOBILE_PUSH'] });
});

afterAll(() => app[Symbol.asyncDispose]());

beforeEach(async () => {
  count += 1;
  ana = `ana-${count}`;
  await gateway.person(ana, { email: `${ana}@example.com`, phone: `+1415555${String(1000 + count)}` });
});

const ALL = `preferences {
  rules { category { key } channel enabled cadence editable source }
  categories { category { key } channels pausedUntil addresses { channel address } }
  sections { section { key name } categories { category { key section } } }
  level channelsOff quietHours { start end days } pausedUntil
  delegate { recipient { externalId name email endpoints { address } online attributes } until categories }
  redirects { channel address until } caps { max per channel category } doNotSell limitUse }`;

interface Rule {
  category: { key: string };
  channel: string;
  enabled: boolean;
  cadence: string;
  editable: boolean;
  source: string;
}

async function choose(change: object, as: Gateway = gateway, of: string = ana) {
  const recipient = as === gateway ? { recipient: { externalId: of } } : {};
  const { preferences } = await as.mutate<{ preferences: { rules: Rule[]; [field: string]: unknown } }>(
    'updatePreferences',
    { ...recipient, ...change },
    ALL,
  );
  return preferences;
}

async function refusals(change: object): Promise<string[]> {
  const { userErrors } = await gateway.attempt(
    'updatePreferences',
    { recipient: { externalId: ana }, ...change },
    'preferences { level }',
  );
  return userErrors.map(({ field, code }) => `${field.slice(1).join('.')}: ${code}`);
}

/** The channels that it went on, and the state it ended in. */
async function outcome(category: string, more: object = {}): Promise<string> {
  const { state, deliveries } = await gateway.sendAndFinish({ externalId: ana }, category, more);
  return [state, ...deliveries.map((delivery) => delivery.channel)].join(' ');
}

const ahead = (ms: number): string => new Date(Date.now() + ms).toISOString();
const DAY = 24 * 3_600_000;

test('one category is switched off, and the others go on', async () => {
  const { rules } = await choose({
    rules: [
      { category: 'news', channel: 'EMAIL', enabled: false },
      { category: 'news', channel: 'SMS', enabled: false },
    ],
  });
  expect(rules.filter((rule) => rule.category.key === 'news')).toMatchObject([
    { channel: 'EMAIL', enabled: false, editable: true, source: 'RECIPIENT' },
    { channel: 'SMS', enabled: false },
  ]);
  expect([await outcome('news'), await outcome('offers'), await outcome('orders')]).toEqual([
    'SUPPRESSED',
    'COMPLETED EMAIL',
    'COMPLETED EMAIL',
  ]);
  // Null goes back to the default.
  const back = await choose({ rules: [{ category: 'news', channel: 'EMAIL', enabled: null }] });
  expect(back.rules.find((rule) => rule.category.key === 'news')).toMatchObject({ enabled: true, source: 'CATEGORY' });
  expect(await outcome('news')).toBe('COMPLETED EMAIL');
});

test('SMS instead of e-mail for one category alone', async () => {
  await choose({ categories: [{ category: 'news', channels: ['SMS'] }] });
  const chosen = await gateway.sendAndFinish({ externalId: ana }, 'news');
  expect(chosen).toMatchObject({ state: 'COMPLETED', deliveries: [{ channel: 'SMS' }] });
  expect(chosen.plan.steps).toMatchObject([
    { channel: 'SMS', decision: 'SEND' },
    { channel: 'EMAIL', reason: 'NOT_CHOSEN' },
  ]);
  expect(await outcome('orders')).toBe('COMPLETED EMAIL');
  await choose({ categories: [{ category: 'news', channels: null }] });
  expect(await outcome('news')).toBe('COMPLETED EMAIL');
});

test('a whole channel is off, and the next one goes', async () => {
  const { channelsOff } = await choose({ channelsOff: ['EMAIL'] });
  expect(channelsOff).toEqual(['EMAIL']);
  expect(await outcome('orders')).toBe('COMPLETED SMS');
  expect(await outcome('offers')).toBe('SUPPRESSED');
  await choose({ channelsOff: null });
  expect(await outcome('offers')).toBe('COMPLETED EMAIL');
});

test('a level lets through what is above it', async () => {
  await choose({ level: 'CRITICAL' });
  const silenced = await gateway.sendAndFinish({ externalId: ana }, 'orders');
  expect(silenced.timeline.at(-1)).toMatchObject({ type: 'notification.suppressed', reason: 'LEVEL' });
  expect(await outcome('sign-in')).toBe('COMPLETED SMS');
  await choose({ level: 'TRANSACTIONAL' });
  expect([await outcome('orders'), await outcome('news')]).toEqual(['COMPLETED EMAIL', 'SUPPRESSED']);
});

test('security goes by its own channels whatever the person prefers, and the plan says so', async () => {
  await choose({ channelsOff: ['SMS'], level: 'CRITICAL', pausedUntil: ahead(DAY) });
  const query =
    'query($input: SendInput!) { explain(input: $input) { outcome notes { reason detail explanation } steps { channel decision } } }';
  const input = { to: [{ externalId: ana }], category: 'sign-in', content: { title: 'T', body: 'B' } };
  expect((await gateway.query<{ explain: object[] }>(query, { input })).explain).toMatchObject([
    {
      outcome: 'SEND',
      notes: [
        {
          reason: 'PREFERENCE_OVERRIDDEN',
          detail: null,
          explanation: 'this category goes whatever the person prefers',
        },
      ],
      steps: [{ channel: 'SMS', decision: 'SEND' }, { channel: 'MOBILE_PUSH' }],
    },
  ]);
  expect(await outcome('sign-in')).toBe('COMPLETED SMS');
  expect(
    await refusals({
      rules: [{ category: 'sign-in', channel: 'SMS', enabled: false }],
      categories: [{ category: 'sign-in', channels: ['MOBILE_PUSH'], pausedUntil: ahead(DAY) }],
    }),
  ).toEqual([
    'rules.0.enabled: NOT_EDITABLE',
    'categories.0.channels: NOT_EDITABLE',
    'categories.0.pausedUntil: NOT_EDITABLE',
  ]);
});

test('an operator makes a category override preferences, but never marketing', async () => {
  await gateway.category('alarm', { channels: ['SMS'], overrides: true });
  await choose({ channelsOff: ['SMS'] });
  expect(await outcome('alarm')).toBe('COMPLETED SMS');
  for (const [field, change] of [
    ['overrides', { overrides: true }],
    ['mandatory', { mandatory: true }],
  ] as const) {
    const { userErrors } = await gateway.attempt('upsertCategory', { key: 'offers', ...change }, 'category { key }');
    expect(userErrors).toMatchObject([{ field: ['input', field], code: 'NOT_ALLOWED' }]);
  }
});

test('a category that begins switched off goes only to those who switch it on', async () => {
  await gateway.category('beta', { channels: ['EMAIL'], defaultOn: false });
  const early = await gateway.sendAndFinish({ externalId: ana }, 'beta');
  expect(early).toMatchObject({ state: 'SUPPRESSED', plan: { steps: [{ reason: 'NOT_SUBSCRIBED' }] } });
  await choose({ rules: [{ category: 'beta', channel: 'EMAIL', enabled: true }] });
  expect(await outcome('beta')).toBe('COMPLETED EMAIL');
});

test('what an operator leaves to people is all that they may choose', async () => {
  await gateway.category('limited', {
    channels: ['EMAIL', 'SMS'],
    choosableChannels: ['EMAIL', 'MOBILE_PUSH'],
    choosableCadences: ['INSTANT', 'DAILY'],
  });
  const { rules } = await choose({
    rules: [{ category: 'limited', channel: 'EMAIL', cadence: 'DAILY' }],
    categories: [{ category: 'limited', channels: ['MOBILE_PUSH', 'EMAIL'] }],
  });
  expect(rules.filter((rule) => rule.category.key === 'limited')).toMatchObject([
    { channel: 'EMAIL', editable: true, enabled: true, cadence: 'DAILY', source: 'CATEGORY' },
    { channel: 'SMS', editable: false },
    { channel: 'MOBILE_PUSH', editable: true },
  ]);
  expect(
    await refusals({
      rules: [
        { category: 'limited', channel: 'SMS', enabled: false },
        { category: 'limited', channel: 'EMAIL', cadence: 'WEEKLY' },
      ],
      categories: [{ category: 'limited', channels: ['SMS'] }],
    }),
  ).toEqual([
    'rules.0.enabled: NOT_EDITABLE',
    'rules.1.cadence: NOT_EDITABLE',
    'categories.0.channels.0: NOT_EDITABLE',
  ]);
});

test('one of several addresses is used for one category', async () => {
  const home = `${ana}@home.example`;
  const endpoint = { recipient: { externalId: ana }, channel: 'EMAIL', address: home };
  await gateway.mutate('addEndpoint', endpoint, 'created');
  const { categories } = await choose({
    categories: [{ category: 'offers', addresses: [{ channel: 'EMAIL', address: home }] }],
  });
  expect(categories).toContainEqual(
    expect.objectContaining({ category: { key: 'offers' }, addresses: [{ channel: 'EMAIL', address: home }] }),
  );
  const sent = await gateway.sendAndFinish({ externalId: ana }, 'offers');
  expect(sent.deliveries).toMatchObject([{ address: home }]);
  expect((await gateway.sendAndFinish({ externalId: ana }, 'news')).deliveries).toMatchObject([
    { address: `${ana}@example.com` },
  ]);
  const other = [{ category: 'offers', addresses: [{ channel: 'EMAIL', address: 'ben@example.com' }] }];
  expect(await refusals({ categories: other })).toEqual(['categories.0.addresses.0.address: NOT_FOUND']);
});

test('a new e-mail address of the person takes the place of the old one alone', async () => {
  const home = `${ana}@home.example`;
  const endpoint = { recipient: { externalId: ana }, channel: 'EMAIL', address: home };
  await gateway.mutate('addEndpoint', endpoint, 'created');
  const addresses = async () => {
    const { recipient } = await gateway.query<{ recipient: { email: string; endpoints: { address: string }[] } }>(
      'query($e: String!) { recipient(ref: { externalId: $e }) { email endpoints { channel address } } }',
      { e: ana },
    );
    const mails = recipient.endpoints.map((one) => one.address).filter((address) => address.includes('@'));
    return [recipient.email, ...mails.sort()];
  };
  expect(await addresses()).toEqual([`${ana}@example.com`, `${ana}@example.com`, home]);
  await gateway.person(ana, { email: `${ana}@new.example` });
  expect(await addresses()).toEqual([`${ana}@new.example`, home, `${ana}@new.example`]);
  expect((await gateway.sendAndFinish({ externalId: ana }, 'news')).deliveries[0]?.address).toBe(`${ana}@new.example`);
  // One that was added becomes the person's own.
  await gateway.person(ana, { email: home });
  expect(await addresses()).toEqual([home, home]);
  await gateway.mutate('addEndpoint', { ...endpoint, address: `${ana}@work.example` }, 'created');
  await gateway.person(ana, { email: null });
  expect(await addresses()).toEqual([`${ana}@work.example`, `${ana}@work.example`]);
});

test('an opt-out after scheduling is honoured', async () => {
  const { notificationIds } = await gateway.send([{ externalId: ana }], 'offers', { sendAt: ahead(1_500) });
  const id = notificationIds[0] as string;
  await until(async () => (await gateway.notification(id)).state === 'HELD', 'it to be held');
  await choose({ rules: [{ category: 'offers', channel: 'EMAIL', enabled: false }] });
  expect(await gateway.finished(id)).toMatchObject({
    state: 'SUPPRESSED',
    deliveries: [],
    plan: { steps: [{ reason: 'CATEGORY_OPT_OUT' }] },
  });
});

test('defaults: of the environment, then of the tenant, then the person’s own word', async () => {
  await gateway.category('tips', { channels: ['EMAIL', 'SMS'] });
  const set = (more: object) =>
    gateway.mutate('updatePreferenceDefaults', more, 'defaults { category channel enabled cadence }');
  await set({ rules: [{ category: 'tips', channel: 'EMAIL', enabled: false }] });
  await set({ tenant: 'acme', rules: [{ category: 'tips', channel: 'EMAIL', enabled: true, cadence: 'DAILY' }] });
  const rule = async (tenant: string | null) => {
    const { preferences } = await gateway.query<{ preferences: { rules: Rule[] } }>(
      `query($e: String!, $t: String) { preferences(recipient: { externalId: $e }, tenant: $t) {
         rules { category { key } channel enabled cadence source } } }`,
      { e: ana, t: tenant },
    );
    return preferences.rules.find((one) => one.category.key === 'tips');
  };
  expect(await rule(null)).toMatchObject({ enabled: false, source: 'ENVIRONMENT', cadence: 'INSTANT' });
  expect(await rule('acme')).toMatchObject({ enabled: true, source: 'TENANT', cadence: 'DAILY' });
  expect(await outcome('tips')).toBe('COMPLETED SMS');
  expect(await gateway.query('{ preferenceDefaults(tenant: "acme") { category channel enabled cadence } }')).toEqual({
    preferenceDefaults: [{ category: 'tips', channel: 'EMAIL', enabled: true, cadence: 'DAILY' }],
  });
  await choose({ rules: [{ category: 'tips', channel: 'EMAIL', enabled: true }] });
  expect(await outcome('tips')).toBe('COMPLETED EMAIL');
  await set({ tenant: 'acme', rules: [{ category: 'tips', channel: 'EMAIL', enabled: null, cadence: null }] });
  expect(await gateway.query('{ preferenceDefaults(tenant: "acme") { channel } }')).toEqual({ preferenceDefaults: [] });
  const wrong = await gateway.attempt(
    'updatePreferenceDefaults',
    {
      tenant: '',
      rules: [
        { category: 'none', channel: 'EMAIL', enabled: true },
        { category: 'sign-in', channel: 'SMS', enabled: false },
      ],
    },
    'defaults { channel }',
  );
  expect(wrong.userErrors.map(({ code }) => code)).toEqual(['INVALID_TENANT', 'NOT_FOUND', 'NOT_EDITABLE']);
});

test('sections group categories for display', async () => {
  await gateway.mutate('upsertSection', { key: 'z-last', name: 'Last', position: 2 }, 'section { key }');
  await gateway.mutate('upsertSection', { key: 'a-first', name: 'First', position: 1 }, 'section { key }');
  await gateway.category('comments', { section: 'z-last', description: 'Replies to you', expected: 'A few a day' });
  await gateway.category('mentions', { section: 'a-first' });
  const { sections } = await choose({});
  const shown = (sections as { section: { key: string } | null; categories: { category: { key: string } }[] }[]).map(
    (one) => [one.section?.key, ...one.categories.map(({ category }) => category.key)],
  );
  expect(shown.slice(0, 2)).toEqual([
    ['a-first', 'mentions'],
    ['z-last', 'comments'],
  ]);
  expect(shown.at(-1)).toEqual(expect.arrayContaining([undefined, 'news', 'orders']));
  const { userErrors } = await gateway.attempt('upsertCategory', { key: 'lost', section: 'none' }, 'category { key }');
  expect(userErrors).toMatchObject([{ field: ['input', 'section'], code: 'UNKNOWN_SECTION' }]);
});

test('a missing field stays as it is, and null clears it', async () => {
  const all = {
    level: 'DIGESTS',
    channelsOff: ['TELEGRAM'],
    quietHours: { start: '22:00', end: '07:00' },
    caps: [{ max: 3, per: 'P1D', channel: 'SMS', category: 'news' }],
    doNotSell: true,
    limitUse: true,
  };
  const first = await choose(all);
  const kept = await choose({ level: 'TRANSACTIONAL' });
  expect(kept).toEqual({ ...first, level: 'TRANSACTIONAL' });
  expect(kept).toMatchObject({
    quietHours: { start: '22:00', end: '07:00', days: ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] },
    caps: [{ max: 3, per: 'P1D', channel: 'SMS', category: 'news' }],
    doNotSell: true,
    limitUse: true,
  });
  const cleared = Object.fromEntries(Object.keys(all).map((field) => [field, null]));
  expect(await choose(cleared)).toMatchObject({
    level: 'EVERYTHING',
    channelsOff: [],
    quietHours: null,
    caps: [],
    doNotSell: false,
    limitUse: false,
  });
  const choices = {
    rules: [{ category: 'news', channel: 'SMS', enabled: false }],
    categories: [{ category: 'news', channels: ['SMS'] }],
  };
  await choose(choices);
  const none = await choose({ rules: null, categories: null });
  expect(none.rules.filter((rule) => rule.source === 'RECIPIENT')).toEqual([]);
  expect(none['categories']).toContainEqual(expect.objectContaining({ category: { key: 'news' }, channels: null }));
});

test('what cannot be meant is refused with its place, and nothing is written', async () => {
  const later = ahead(DAY);
  expect(
    await refusals({
      level: 'CRITICAL',
      rules: [{ category: 'none', channel: 'EMAIL', enabled: false }],
      quietHours: { start: '25:00', end: '7:00' },
      pausedUntil: ahead(400 * DAY),
      delegate: { recipient: { externalId: ana }, until: ahead(-DAY), categories: ['sign-in', 'none'] },
      redirects: [
        { channel: 'EMAIL', address: 'nowhere', until: later },
        { channel: 'INBOX', address: 'x', until: later },
        { channel: 'MOBILE_PUSH', address: 'x', until: later },
        { channel: 'EMAIL', address: 'ben@example.com', until: later },
      ],
      caps: [{ max: 0, per: 'PT1S', category: 'none' }],
      categories: [{ category: 'news', channels: [] }],
    }),
  ).toEqual([
    'rules.0.category: NOT_FOUND',
    'pausedUntil: INVALID_TIME',
    'quietHours.start: INVALID_TIME',
    'quietHours.end: INVALID_TIME',
    'caps.0.max: INVALID_CAP',
    'caps.0.per: INVALID_DURATION',
    'caps.0.category: NOT_FOUND',
    'delegate.until: INVALID_TIME',
    'delegate.recipient: NOT_ALLOWED',
    'delegate.categories.0: NOT_EDITABLE',
    'delegate.categories.1: NOT_FOUND',
    'redirects.0.address: INVALID_ADDRESS',
    'redirects.1.channel: CHANNEL_HAS_NO_ADDRESSES',
    'redirects.2.channel: NOT_ALLOWED',
    'redirects.3.channel: NOT_ALLOWED',
    'categories.0.channels: INVALID_CHANNELS',
  ]);
  expect((await choose({}))['level']).toBe('EVERYTHING');
  expect(await refusals({ delegate: { recipient: { externalId: 'nobody' }, until: later } })).toEqual([
    'delegate.recipient: NOT_FOUND',
  ]);
  expect(await refusals({ quietHours: { start: '09:00', end: '09:00' } })).toEqual(['quietHours.end: INVALID_TIME']);
});

test('changes at once do not lose each other', async () => {
  await Promise.all([
    choose({ level: 'TRANSACTIONAL' }),
    choose({ channelsOff: ['SMS'] }),
    choose({ quietHours: { start: '20:00', end: '08:00', days: ['SAT', 'SUN'] } }),
    choose({ categories: [{ category: 'news', channels: ['SMS'] }] }),
    choose({ categories: [{ category: 'orders', channels: ['EMAIL'] }] }),
  ]);
  const { level, channelsOff, quietHours, categories } = await choose({});
  expect({ level, channelsOff, quietHours }).toEqual({
    level: 'TRANSACTIONAL',
    channelsOff: ['SMS'],
    quietHours: { start: '20:00', end: '08:00', days: ['SAT', 'SUN'] },
  });
  const chosen = (categories as { channels: string[] | null }[]).flatMap((one) => one.channels ?? []);
  expect(chosen.sort()).toEqual(['EMAIL', 'SMS']);
});

test('a country is one of ISO 3166', async () => {
  await gateway.person(ana, { country: 'DE' });
  const query = 'query($e: String!) { recipient(ref: { externalId: $e }) { country } }';
  expect(await gateway.query(query, { e: ana })).toEqual({ recipient: { country: 'DE' } });
  const { userErrors } = await gateway.attempt('upsertRecipient', { externalId: ana, country: 'XX' }, 'created');
  expect(userErrors).toMatchObject([{ field: ['input', 'country'], code: 'INVALID_COUNTRY' }]);
});
