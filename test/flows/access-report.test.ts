import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { Gate } from '../support/gate.js';
import type { Gateway } from '../support/gateway.js';
import { signed, told, WEBHOOK_PUBLIC_KEY } from '../support/sendgrid-events.js';
import { until } from '../support/until.js';
import { mailBy, SENDGRID, textsBy, Vendor } from '../support/vendor.js';

const ANA = { externalId: 'ana' };
let app: TestApp;
let gate: Gate;
let vendor: Vendor;
let production: Gateway;

interface Report {
  since: string;
  until: string;
  country: string | null;
  laws: string[];
  doNotSell: boolean;
  limitUse: boolean;
  recipient: { externalId: string; name: string };
  warnings: string[];
  holdings: {
    kind: string;
    what: string;
    sources: string[];
    purpose: string;
    keptFor: string | null;
    erasing: string;
    count: number;
  }[];
  sharedWith: {
    provider: string;
    integration: string;
    channel: string;
    data: string[];
    categories: string[];
    classes: string[];
    count: number;
    firstAt: string;
    lastAt: string;
  }[];
}

interface Records {
  nodes: { id: string; at: string; data: Record<string, unknown> }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

async function report(gateway: Gateway, variables: object = { recipient: ANA }): Promise<Report> {
  const { accessReport } = await gateway.query<{ accessReport: Report }>(
    `query($recipient: RecipientRef, $since: DateTime) { accessReport(recipient: $recipient, since: $since) {
      since until country laws doNotSell limitUse warnings recipient { externalId name }
      holdings { kind what sources purpose keptFor erasing count }
      sharedWith { provider integration channel data categories classes count firstAt lastAt } } }`,
    variables,
  );
  return accessReport;
}

async function records(gateway: Gateway, kind: string, page: object = {}): Promise<Records> {
  const { accessReport } = await gateway.query<{ accessReport: { records: Records } }>(
    `query($recipient: RecipientRef, $since: DateTime, $kind: PersonalDataKind!, $first: Int! = 50, $after: String) {
      accessReport(recipient: $recipient, since: $since) { records(kind: $kind, first: $first, after: $after) {
        nodes { id at data } pageInfo { hasNextPage endCursor } } } }`,
    { recipient: ANA, kind, ...page },
  );
  return accessReport.records;
}

beforeAll(async () => {
  app = await startTestApp();
  gate = await Gate.at(app.database.url);
  vendor = await Vendor.start();
  production = app.production;
  const credentials = { ...SENDGRID, webhookPublicKey: WEBHOOK_PUBLIC_KEY };
  const { integration } = await production.integration('mail', ...mailBy(vendor, { credentials }));
  await production.integration('texts', ...textsBy(vendor));
  await production.category('orders', { channels: ['EMAIL'] });
  await production.category('news', { channels: ['EMAIL'], class: 'PRODUCT' });
  await production.category('alarms', { channels: ['SMS'] });
  await production.category('notes', { channels: ['INBOX'] });
  await production.category('gathered', { channels: ['EMAIL'], digest: { kind: 'SCHEDULE', cadence: 'DAILY' } });
  await production.person('ana', {
    ...{ email: 'ana@example.com', phone: '+442071838750', name: 'Ana', attributes: { plan: 'pro' } },
    idempotencyKey: 'ana',
  });
  await production.person('ben', { email: 'ben@example.com' });
  await production.mutate('subscribeToTopic', { topic: 'releases', recipients: [ANA] }, 'addedCount');
  await production.mutate(
    'upsertWebhookSubscription',
    { key: 'hook', url: `${vendor.url}/hook`, events: ['*'] },
    'secret',
  );
  await production.mutate(
    'recordConsent',
    { recipient: ANA, channel: 'EMAIL', purpose: 'DEVICE', state: 'GRANTED', method: 'FORM' },
    'consent { id }',
  );
  await production.mutate(
    'updatePreferences',
    {
      ...{ recipient: ANA, doNotSell: true, caps: [{ max: 50, per: 'P1D' }] },
      rules: [{ category: 'orders', channel: 'EMAIL', enabled: true }],
    },
    'preferences { level }',
  );
  const attachments = [
    { filename: 'bill.txt', contentType: 'text/plain', content: Buffer.from('1 EUR').toString('base64') },
  ];
  const content = { title: 'Your order', body: 'It is on its way.' };
  const ordered = await production.sendAndFinish(ANA, 'orders', { content, attachments, tags: ['order-7'] });
  await production.sendAndFinish(ANA, 'news');
  await production.sendAndFinish(ANA, 'alarms');
  await production.sendAndFinish({ externalId: 'ben' }, 'orders');
  await production.send([ANA], 'gathered');
  const reader = await production.online('ana');
  await production.sendAndFinish(ANA, 'notes');
  const body = JSON.stringify([told('delivered', `${ordered.id}.0.1`), told('spamreport', `${ordered.id}.0.1`)]);
  const url = `http://127.0.0.1:${app.app.port}/webhooks/${integration.id}`;
  await fetch(url, { method: 'POST', headers: signed(body), body });
  await until(async () => (await gate.rows('select 1 from suppression')).length === 1, 'the complaint to be folded');
  await until(async () => (await gate.rows('select 1 from digest')).length === 1, 'a window to open');
  await reader.addedTitle('Hello');
});

afterAll(async () => {
  await vendor[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

describe('the report', () => {
  test('names the person, the act, and what the person has said', async () => {
    const found = await report(production);
    expect(found).toMatchObject({
      ...{ recipient: { externalId: 'ana', name: 'Ana' }, country: 'GB', laws: ['UK DPA'] },
      ...{ doNotSell: true, limitUse: false },
    });
    const [since, until_] = [new Date(found.since), new Date(found.until)];
    expect(until_.getUTCFullYear() - since.getUTCFullYear()).toBe(1);
    expect(until_.getUTCMonth()).toBe(since.getUTCMonth());
  });

  test.each([
    ['DE', ['GDPR']],
    ['US', ['CCPA/CPRA']],
    ['GB', ['UK DPA']],
    ['JP', []],
    [null, ['CCPA/CPRA', 'GDPR', 'UK DPA']],
  ])('of somebody in %s goes by %j', async (country, laws) => {
    await production.person('cy', { country });
    expect((await report(production, { recipient: { externalId: 'cy' } })).laws.toSorted()).toEqual(laws);
  });

  test('has every kind of data that there is, with sources and purpose, and every record of it', async () => {
    const { holdings } = await report(production);
    const counts = Object.fromEntries(holdings.map(({ kind, count }) => [kind, count]));
    expect(counts).toMatchObject({
      ...{ PROFILE: 1, ADDRESSES: 2, PREFERENCES: 2, TOPICS: 1, CONSENTS: 1, NOTIFICATIONS: 5, CONTENT: 5, INBOX: 1 },
      ...{ FILES: 1, DIGESTS: 1, CALLBACKS: 1, SUPPRESSIONS: 1, PRESENCE: 1, ANSWERS: 1 },
    });
    expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([]);
    for (const { kind, what, purpose, sources, count } of holdings) {
      expect([kind, what, purpose, sources]).toEqual([
        kind,
        expect.stringMatching(/./),
        expect.stringMatching(/./),
        expect.any(Array),
      ]);
      expect([kind, (await records(production, kind)).nodes.length]).toEqual([kind, count]);
    }
    const all = await Promise.all(holdings.map(async ({ kind }) => JSON.stringify(await records(production, kind))));
    const everything = all.join();
    for (const words of [
      'ana@example.com',
      '+442071838750',
      '"plan":"pro"',
      'releases',
      'FORM',
      'Your order',
      'bill.txt',
    ])
      expect(everything).toContain(words);
    for (const words of ['order-7', 'spamreport', 'COMPLAINT', 'notification.completed', 'WEB', '"enabled":true'])
      expect(everything).toContain(words);
    expect(everything).not.toContain('ben@example.com');
  });

  test('names who received what, and what for', async () => {
    const { sharedWith } = await report(production);
    expect(sharedWith).toMatchObject([
      {
        ...{ provider: 'sendgrid', integration: 'mail', channel: 'EMAIL', data: ['ADDRESSES', 'CONTENT', 'FILES'] },
        ...{ categories: ['news', 'orders'], count: 2 },
      },
      {
        provider: 'twilio',
        integration: 'texts',
        channel: 'SMS',
        data: ['ADDRESSES', 'CONTENT'],
        categories: ['alarms'],
        count: 1,
      },
    ]);
    expect(sharedWith[0]?.classes).toContain('PRODUCT');
  });

  test('comes page by page', async () => {
    const whole = await records(production, 'NOTIFICATIONS');
    const pages: string[] = [];
    let after: string | null = null;
    do {
      const page: Records = await records(production, 'NOTIFICATIONS', { first: 2, after });
      pages.push(...page.nodes.map((node) => node.id));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(pages).toEqual(whole.nodes.map((node) => node.id));
    const addresses = await records(production, 'ADDRESSES', { first: 1 });
    const next = await records(production, 'ADDRESSES', { first: 1, after: addresses.pageInfo.endCursor });
    expect([...addresses.nodes, ...next.nodes].map(({ data }) => data['address']).toSorted()).toEqual([
      '+442071838750',
      'ana@example.com',
    ]);
  });

  test('goes no further back than it is asked to, but for what simply holds', async () => {
    const since = new Date(Date.now() + 1_000).toISOString();
    const { holdings, sharedWith } = await report(production, { recipient: ANA, since });
    const kinds = holdings.filter(({ count }) => count > 0).map(({ kind }) => kind);
    expect(kinds).toEqual([
      'PROFILE',
      'ADDRESSES',
      'PREFERENCES',
      'TOPICS',
      'CONSENTS',
      'SUPPRESSIONS',
      'PRESENCE',
      'ANSWERS',
    ]);
    expect(sharedWith).toEqual([]);
  });

  test('is for people themselves as well, each of their own', async () => {
    const ana = await production.as('ana');
    expect((await report(ana, {})).recipient.externalId).toBe('ana');
    expect((await records(ana, 'CONTENT', { recipient: null })).nodes.length).toBe(5);
    await expect(report(ana, { recipient: { externalId: 'ben' } })).rejects.toThrow('FORBIDDEN');
    await expect(report(production, {})).rejects.toThrow('BAD_USER_INPUT');
    await expect(report(production, { recipient: { externalId: 'nobody' } })).rejects.toThrow('BAD_USER_INPUT');
  });

  test('refuses a cursor that is none', async () => {
    const forged = (...key: string[]) =>
      Buffer.from(JSON.stringify(['personal data ADDRESSES', ...key])).toString('base64url');
    for (const after of ['x', forged('a\0b'), forged('a', 'b')])
      await expect(records(production, 'ADDRESSES', { after })).rejects.toThrow('BAD_USER_INPUT');
  });
});

test('it says how long each kind stays, and where that is less than the twelve months it should cover', async () => {
  const keptFor = ({ holdings }: Report): Record<string, string | null> =>
    Object.fromEntries(holdings.map((one) => [one.kind, one.keptFor]));
  const usual = await report(production);
  expect(keptFor(usual)).toMatchObject({ NOTIFICATIONS: 'P400D', CONTENT: 'P400D', CONSENTS: null, ANSWERS: 'P3D' });
  expect(usual.warnings).toEqual([]);
  const keep = (kept: string | null) =>
    production.mutate(
      'updateRetention',
      { rules: [{ kind: 'CONTENT', keepFor: kept }] },
      'retention { rules { kind } }',
    );
  await keep('P90D');
  const short = await report(production);
  expect(keptFor(short)).toMatchObject({ NOTIFICATIONS: 'P400D', CONTENT: 'P90D' });
  expect(short.warnings).toEqual([expect.stringContaining('CONTENT stays 90 days')]);
  await keep(null);
});
