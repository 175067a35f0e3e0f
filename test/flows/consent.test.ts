import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeId } from '../../src/base/ids.js';
import { explainedPlan } from '../../src/recipients/plan.js';
import type { StoredPlan } from '../../src/store/notification-log.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { environmentOf } from '../support/environment.js';
import { Gate } from '../support/gate.js';
import type { Gateway, NotificationView } from '../support/gateway.js';
import { signedByTwilio } from '../support/twilio-signer.js';
import { until } from '../support/until.js';
import { mailBy, textsBy, TWILIO, Vendor } from '../support/vendor.js';

const PUBLIC_URL = 'https://tidings.example.com';
const PLACE = 'Example Inc., 1 High Street, Springfield, IL 62701';

let app: TestApp;
let gate: Gate;
let vendor: Vendor;
let production: Gateway;
let texts: string;

beforeAll(async () => {
  app = await startTestApp({ publicUrl: PUBLIC_URL });
  gate = await Gate.at(app.database.url);
  vendor = await Vendor.start();
  production = app.production;
  await production.integration('mail', ...mailBy(vendor));
  texts = (await production.integration('texts', ...textsBy(vendor))).integration.id;
  await production.mutate('updateCompliance', { postalAddress: PLACE }, 'compliance { postalAddress }');
  await production.category('newsletter', { class: 'MARKETING', channels: ['EMAIL'] });
  await production.category('offers', { class: 'MARKETING', channels: ['EMAIL'] });
  await production.category('deals', { class: 'MARKETING', channels: ['SMS'] });
  await production.category('receipts', { class: 'TRANSACTIONAL', channels: ['EMAIL'] });
});

afterAll(async () => {
  await vendor[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

async function personIn(name: string, country: string | null, more: object = {}): Promise<{ externalId: string }> {
  await production.person(name, { email: `${name}@example.com`, ...more });
  await gate.rows('update recipient set country = $2 where external_id = $1', [name, country]);
  return { externalId: name };
}

interface Consent {
  id: string;
  channel: string;
  purpose: string;
  state: string;
  at: string;
  method: string;
  source: string | null;
  wording: string | null;
  version: string | null;
  address: string | null;
  actor: string | null;
  evidence: object;
}
const FIELDS = 'id channel purpose state at method source wording version address actor evidence';

const record = (gateway: Gateway, input: object) =>
  gateway.attempt<{ consent: Consent | null }>('recordConsent', { method: 'FORM', ...input }, `consent { ${FIELDS} }`);

function grant(externalId: string, channel: string, purpose: string, state = 'GRANTED') {
  return record(production, { recipient: { externalId }, channel, purpose, state });
}

async function proofOf(gateway: Gateway, externalId: string | null, page: object = {}) {
  const query = `query($recipient: RecipientRef, $first: Int = 100, $after: String) {
    consents(recipient: $recipient, first: $first, after: $after) { nodes { ${FIELDS} } pageInfo { hasNextPage endCursor } } }`;
  const variables = { recipient: externalId === null ? null : { externalId }, ...page };
  const { consents } = await gateway.query<{
    consents: { nodes: Consent[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
  }>(query, variables);
  return consents;
}

const words = async (externalId: string): Promise<string[]> =>
  (await proofOf(production, externalId)).nodes.map(({ purpose, state }) => `${purpose} ${state}`).toSorted();

/** What the plan says of the law that was applied. */
async function lawOf({ id }: NotificationView): Promise<string | null | undefined> {
  const [row] = await gate.rows<{ plan: StoredPlan }>('select plan from notification where id = $1', [
    decodeId('notification', id),
  ]);
  if (!row) throw new Error(`no notification ${id}`);
  return explainedPlan(row.plan).notes.find((note) => note.reason === 'LAW_APPLIED')?.detail;
}

const reasonOf = ({ plan }: NotificationView): string | undefined => plan.steps[0]?.reason;
const channels = ({ deliveries }: NotificationView): string[] =>
  deliveries.map(({ channel, state }) => `${channel} ${state}`);

describe('one newsletter to five regions', () => {
  test.each([
    ['ana', 'US', 'COMPLETED', 'CAN-SPAM, CCPA/CPRA on EMAIL'],
    ['ben', 'CA', 'SUPPRESSED', 'CASL on EMAIL: CASL: MARKETING on EMAIL is not granted'],
    ['cy', 'DE', 'SUPPRESSED', 'GDPR, ePrivacy Directive on EMAIL: GDPR, ePrivacy Directive: newsletter on EMAIL is'],
    ['dee', 'GB', 'SUPPRESSED', 'PECR, UK DPA on EMAIL: PECR, UK DPA: newsletter on EMAIL is not granted'],
    ['eve', null, 'SUPPRESSED', 'region unknown, so the strictest of CAN-SPAM, '],
  ])('%s in %s', async (name, country, state, law) => {
    const to = await personIn(name, country);
    const sent = await production.sendAndFinish(to, 'newsletter');
    expect(sent.state).toBe(state);
    expect(await lawOf(sent)).toContain(law);
    expect(vendor.to(`${name}@example.com`)).toHaveLength(state === 'COMPLETED' ? 1 : 0);
    if (state === 'COMPLETED') return;

    expect(reasonOf(sent)).toBe('CONSENT_MISSING');
    const query = 'query($input: SendInput!) { explain(input: $input) { outcome steps { reason } } }';
    const input = { to: [to], category: 'newsletter', content: { title: 'Hello', body: 'World' } };
    const { explain } = await production.query<{ explain: object[] }>(query, { input });
    expect(explain).toEqual([{ outcome: state, steps: [{ reason: 'CONSENT_MISSING' }] }]);

    // What is no advertising goes all the same.
    expect(channels(await production.sendAndFinish(to, 'receipts'))).toEqual(['EMAIL SENT']);
    await grant(name, 'EMAIL', 'newsletter');
    expect(channels(await production.sendAndFinish(to, 'newsletter'))).toEqual(['EMAIL SENT']);
  });
});

describe('consent', () => {
  test('to one purpose, in the EU, is none to another, and one to all is none to either', async () => {
    const to = await personIn('fay', 'FR');
    await grant('fay', 'EMAIL', 'MARKETING');
    expect(reasonOf(await production.sendAndFinish(to, 'newsletter'))).toBe('CONSENT_MISSING');
    await grant('fay', 'EMAIL', 'newsletter');
    expect(channels(await production.sendAndFinish(to, 'newsletter'))).toEqual(['EMAIL SENT']);
    expect(reasonOf(await production.sendAndFinish(to, 'offers'))).toBe('CONSENT_MISSING');
  });

  test('to texts in the USA is twofold', async () => {
    const to = await personIn('gus', null, { phone: '+14155550101' });
    const none = await production.sendAndFinish(to, 'deals');
    expect(await lawOf(none)).toBe('TCPA, CCPA/CPRA on SMS: TCPA: MARKETING on SMS is not granted');
    await grant('gus', 'SMS', 'MARKETING');
    const half = await production.sendAndFinish(to, 'deals');
    expect([half.state, reasonOf(half)]).toEqual(['SUPPRESSED', 'CONSENT_MISSING']);
    expect(await lawOf(half)).toBe('TCPA, CCPA/CPRA on SMS: TCPA: DEVICE on SMS is not granted');
    await grant('gus', 'SMS', 'DEVICE');
    expect(channels(await production.sendAndFinish(to, 'deals'))).toEqual(['SMS SENT']);
    expect(vendor.to('+14155550101')).toHaveLength(1);
  });

  test('is recorded with who, when, how, where and in what words, and never changed', async () => {
    await personIn('hal', 'US');
    const said = {
      ...{ channel: 'EMAIL', purpose: 'newsletter', state: 'GRANTED', at: '2026-01-02T03:04:05.000Z' },
      ...{ method: 'VERBAL', source: 'Shop in the High Street', wording: 'Yes, the weekly one.', version: '3' },
      evidence: { clerk: 'ben' },
    };
    const recipient = { externalId: 'hal' };
    const { consent } = await record(production, { recipient, ...said });
    expect(consent).toMatchObject({ ...said, actor: 'key:first key', address: null });
    await grant('hal', 'EMAIL', 'newsletter', 'WITHDRAWN');
    await grant('hal', 'EMAIL', 'offers');
    const all = (await proofOf(production, 'hal')).nodes;
    expect(all.map(({ purpose, state }) => [purpose, state])).toEqual([
      ['offers', 'GRANTED'],
      ['newsletter', 'WITHDRAWN'],
      ['newsletter', 'GRANTED'],
    ]);
    expect(all[2]).toEqual(consent);
    const first = await proofOf(production, 'hal', { first: 2 });
    const rest = await proofOf(production, 'hal', { first: 2, after: first.pageInfo.endCursor });
    expect([...first.nodes, ...rest.nodes]).toEqual(all);
    expect(rest.pageInfo.hasNextPage).toBe(false);
    expect(reasonOf(await production.sendAndFinish(recipient, 'newsletter'))).toBe('CONSENT_MISSING');
  });

  test('is the person’s own to give and to take, and nobody else’s', async () => {
    await personIn('ivy', 'DE');
    const ivy = await production.as('ivy');
    const input = { channel: 'EMAIL', purpose: 'newsletter', method: 'PREFERENCES' };
    expect((await record(ivy, { ...input, state: 'GRANTED' })).consent).toMatchObject({ actor: 'recipient' });
    const sends = async () => reasonOf(await production.sendAndFinish({ externalId: 'ivy' }, 'newsletter'));
    expect(await sends()).toBe('ACCEPTED');
    await record(ivy, { ...input, state: 'WITHDRAWN' });
    expect(await sends()).toBe('CONSENT_MISSING');
    expect((await proofOf(ivy, null)).nodes).toHaveLength(2);
    const other = { ...input, method: 'FORM', state: 'GRANTED', recipient: { externalId: 'hal' } };
    await expect(record(ivy, other)).rejects.toThrow('FORBIDDEN');
  });

  test('that is taken back holds what is scheduled', async () => {
    const to = await personIn('kim', 'US');
    const sendAt = new Date(Date.now() + 1_500).toISOString();
    const { notificationIds } = await production.send([to], 'newsletter', { sendAt });
    await grant('kim', 'EMAIL', 'MARKETING', 'WITHDRAWN');
    const ended = await production.finished(notificationIds[0] as string);
    expect([ended.state, reasonOf(ended)]).toEqual(['SUPPRESSED', 'CONSENT_MISSING']);
    expect(await lawOf(ended)).toBe('CAN-SPAM, CCPA/CPRA on EMAIL: MARKETING was withdrawn');
    expect(vendor.to('kim@example.com')).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['a purpose that is none', { purpose: 'none' }, 'UNKNOWN_PURPOSE'],
    ['a question', { state: 'PENDING' }, 'INVALID_STATE'],
    ['the future', { at: '2099-01-01T00:00:00Z' }, 'INVALID_TIME'],
    ['no method', { method: '' }, 'TOO_LONG'],
    ['a novel', { wording: 'x'.repeat(10_001) }, 'TOO_LONG'],
    ['a heap of evidence', { evidence: { page: 'x'.repeat(33_000) } }, 'TOO_LONG'],
  ])('is not recorded of %s', async (_name, more, code) => {
    const input = { recipient: { externalId: 'hal' }, channel: 'EMAIL', purpose: 'offers', state: 'GRANTED', ...more };
    expect(await record(production, input)).toMatchObject({ consent: null, userErrors: [{ code }] });
  });
});

describe('by text message', () => {
  let texted = 900;
  async function answer(from: string, text: string): Promise<void> {
    const url = `${PUBLIC_URL}/webhooks/${texts}`;
    const body = `Body=${encodeURIComponent(text)}&From=${encodeURIComponent(from)}&MessageSid=SM${(texted += 1)}`;
    const { headers } = signedByTwilio(body, { token: TWILIO.authToken, url, now: new Date() });
    const path = `http://127.0.0.1:${app.app.port}/webhooks/${texts}`;
    const reply = await fetch(path, { method: 'POST', headers: headers as Record<string, string>, body });
    expect(reply.status).toBe(200);
    const waiting = 'select count(*)::integer as count from callback where due_at <= now()';
    await until(async () => (await gate.rows<{ count: number }>(waiting))[0]?.count === 0, 'the answer to be folded');
  }

  interface Asked {
    sendId: string | null;
    consents: { purpose: string; state: string; wording: string }[];
  }
  const ask = (externalId: string, more: object = {}) =>
    production.attempt<Asked>(
      'requestConsent',
      { recipient: { externalId }, channel: 'SMS', category: 'deals', ...more },
      'sendId consents { purpose state wording }',
    );
  const describeDeals = (rules: object) =>
    production.mutate('upsertCategory', { key: 'deals', ...rules }, 'category { description expected termsUrl }');
  const TERMS = { description: 'Deals of the day', expected: 'At most 2 a week', termsUrl: 'https://example.com/t' };

  test('nobody is asked without being told to what', async () => {
    await personIn('lou', 'US', { phone: '+14155550102' });
    for (const missing of ['description', 'expected', 'termsUrl']) {
      await describeDeals({ ...TERMS, [missing]: null });
      const { userErrors, sendId } = await ask('lou');
      expect([sendId, userErrors]).toMatchObject([null, [{ code: 'MISSING_TERMS' }]]);
      expect(userErrors[0]?.message).toContain(missing);
    }
    await describeDeals(TERMS);
    expect(await ask('lou', { category: 'receipts' })).toMatchObject({ userErrors: [{ code: 'NOT_MARKETING' }] });
    expect(await ask('lou', { category: 'none' })).toMatchObject({ userErrors: [{ code: 'UNKNOWN_CATEGORY' }] });
    expect(await ask('lou', { channel: 'EMAIL' })).toMatchObject({ userErrors: [{ code: 'INVALID_CHANNEL' }] });
    expect(await ask('ana')).toMatchObject({ userErrors: [{ code: 'NO_ADDRESS' }] });
    expect(await words('lou')).toEqual([]);
  });

  test('YES to the question grants both, HELP neither, and STOP takes all back', async () => {
    const to = await personIn('mia', 'US', { phone: '+14155550103' });
    await describeDeals(TERMS);
    const asked = await ask('mia');
    expect(asked.consents.map(({ purpose, state }) => [purpose, state])).toEqual([
      ['deals', 'PENDING'],
      ['DEVICE', 'PENDING'],
    ]);
    for (const part of ['Deals of the day.', 'At most 2 a week.', 'https://example.com/t', 'Reply STOP', 'HELP'])
      expect(asked.consents[0]?.wording).toContain(part);
    await until(() => vendor.to('+14155550103').length === 1, 'the question to go');
    expect(reasonOf(await production.sendAndFinish(to, 'deals'))).toBe('CONSENT_MISSING');

    await answer('+14155550103', 'HELP');
    expect(reasonOf(await production.sendAndFinish(to, 'deals'))).toBe('CONSENT_MISSING');
    await answer('+14155550103', 'Yes!');
    expect(await words('mia')).toEqual(['DEVICE GRANTED', 'DEVICE PENDING', 'deals GRANTED', 'deals PENDING']);
    const [newest] = (await proofOf(production, 'mia')).nodes;
    expect(newest).toMatchObject({
      method: 'SMS_KEYWORD',
      address: '+14155550103',
      source: 'texts',
      actor: 'recipient',
    });
    expect(channels(await production.sendAndFinish(to, 'deals'))).toEqual(['SMS SENT']);
    // Nothing is left to ask for.
    expect(await ask('mia')).toMatchObject({ sendId: null, consents: [], userErrors: [] });

    // Whoever has the number as well.
    await personIn('mia at work', 'US', { email: 'mia.work@example.com', phone: '+14155550103' });
    await answer('+14155550103', 'STOP');
    expect(await words('mia at work')).toEqual(['DEVICE WITHDRAWN', 'MARKETING WITHDRAWN']);
    expect((await words('mia')).filter((word) => word.endsWith('WITHDRAWN'))).toEqual([
      'DEVICE WITHDRAWN',
      'MARKETING WITHDRAWN',
      'deals WITHDRAWN',
    ]);
    await answer('+14155550103', 'stop');
    expect((await words('mia')).filter((word) => word.endsWith('WITHDRAWN'))).toHaveLength(3);

    // START lets messages through, and brings no consent back.
    await answer('+14155550103', 'START');
    const after = await production.sendAndFinish(to, 'deals');
    expect([after.state, reasonOf(after)]).toEqual(['SUPPRESSED', 'CONSENT_MISSING']);
    expect((await ask('mia')).consents.map(({ purpose }) => purpose)).toEqual(['deals', 'DEVICE']);
    await answer('+14155550103', 'START');
    expect(channels(await production.sendAndFinish(to, 'deals'))).toEqual(['SMS SENT']);
  });
});

describe('advertising', () => {
  test('says what it is, from where, and how to end it', async () => {
    const gateway = await environmentOf(app.production, 'told', 'TEST');
    await gateway.category('news', { class: 'MARKETING', channels: ['EMAIL', 'SMS'] });
    await gateway.category('receipts', { class: 'TRANSACTIONAL', channels: ['EMAIL'] });
    const ana = { externalId: 'ana', email: 'ana@example.org', phone: '+14155550104' };

    await gateway.mutate('updateCompliance', { defaultCountry: 'us' }, 'compliance { defaultCountry }');
    const placeless = await gateway.sendAndFinish({ externalId: 'ben', email: 'ben@example.org' }, 'news');
    expect([placeless.state, reasonOf(placeless)]).toEqual(['UNROUTABLE', 'POSTAL_ADDRESS_MISSING']);

    const postalAddress = 'Smith & Sons\n1 High Street';
    await gateway.mutate('updateCompliance', { postalAddress }, 'compliance { postalAddress }');
    await gateway.sendAndFinish(ana, 'news');
    await gateway.sendAndFinish(ana, 'receipts');
    const mails = await gateway.outbox('ana@example.org');
    expect(mails.map((mail) => mail.body.split('\n\nUnsubscribe')[0]).toSorted()).toEqual([
      'World',
      expect.stringMatching(/^World\n\n-- \nAdvertisement. Smith & Sons 1 High Street\n/),
    ]);

    for (const purpose of ['news', 'DEVICE'])
      await record(gateway, { recipient: { externalId: 'ana' }, channel: 'SMS', purpose, state: 'GRANTED' });
    await gateway.sendAndFinish(ana, 'news', { channels: ['SMS'] });
    expect((await gateway.outbox('+14155550104'))[0]?.body).toBe('World Reply STOP to end.');
  });

  test('does not pretend to be an answer', async () => {
    const to = [{ externalId: 'ana' }];
    const send = async (category: string, what: object) =>
      (await production.attempt<object>('send', { to, category, ...what }, 'send { id }')).userErrors;
    const content = { title: 'RE: your order', body: 'Buy more.' };
    expect(await send('newsletter', { content })).toMatchObject([
      { code: 'MISLEADING_SUBJECT', field: ['input', 'content', 'title'] },
    ]);
    expect(await send('newsletter', { content: { ...content, title: 'Really: shoes' } })).toEqual([]);
    expect(await send('receipts', { content })).toEqual([]);
    const contents = [{ channel: 'EMAIL', locale: 'en', title: 'Fwd: {{ recipient.name }}', body: 'B' }];
    await production.mutate('upsertTemplate', { key: 'sale', contents }, 'template { key }');
    await production.mutate('publishTemplate', { key: 'sale' }, 'template { key }');
    expect(await send('newsletter', { template: 'sale' })).toMatchObject([
      { code: 'MISLEADING_SUBJECT', field: ['input', 'template'] },
    ]);
  });

  test('settings are checked, kept and cleared', async () => {
    const gateway = await environmentOf(app.production, 'settings');
    const update = (input: object) =>
      gateway.attempt<{ compliance: object | null }>(
        'updateCompliance',
        input,
        'compliance { postalAddress defaultCountry termsUrl privacyUrl }',
      );
    const nothing = { postalAddress: null, defaultCountry: null, termsUrl: null, privacyUrl: null };
    expect((await update({})).compliance).toEqual(nothing);
    const all = { postalAddress: PLACE, termsUrl: 'https://example.com/t', privacyUrl: 'https://example.com/p' };
    expect((await update({ ...all, defaultCountry: 'de' })).compliance).toEqual({ ...all, defaultCountry: 'DE' });
    expect((await update({ defaultCountry: null })).compliance).toEqual({ ...all, defaultCountry: null });
    expect(await update({ defaultCountry: 'Germany', postalAddress: ' ' })).toMatchObject({
      compliance: null,
      userErrors: [{ code: 'INVALID_POSTAL_ADDRESS' }, { code: 'INVALID_COUNTRY' }],
    });
    expect(await update({ termsUrl: 'mailto:law@example.com' })).toMatchObject({
      userErrors: [{ code: 'INVALID_URL', field: ['input', 'termsUrl'] }],
    });
    const { compliance } = await gateway.query<{ compliance: object }>('{ compliance { termsUrl postalAddress } }');
    expect(compliance).toEqual({ termsUrl: 'https://example.com/t', postalAddress: PLACE });
  });
});
