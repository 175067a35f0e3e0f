import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { Gate } from '../support/gate.js';
import type { Gateway } from '../support/gateway.js';
import { PageForm } from '../support/page-form.js';
import { mailBy, textsBy, Vendor } from '../support/vendor.js';

const PUBLIC_URL = 'https://tidings.example.com';
const EMAIL = 'newsletter EMAIL';

let app: TestApp;
let gate: Gate;
let vendor: Vendor;
let production: Gateway;

beforeAll(async () => {
  app = await startTestApp({ publicUrl: PUBLIC_URL });
  gate = await Gate.at(app.database.url);
  vendor = await Vendor.start();
  production = app.production;
  await production.integration('mail', ...mailBy(vendor));
  await production.integration('texts', ...textsBy(vendor));
  const links = { termsUrl: 'https://example.com/terms', privacyUrl: 'https://example.com/privacy' };
  await production.mutate(
    'updateCompliance',
    { postalAddress: '1 High Street', ...links },
    'compliance { postalAddress }',
  );
  const told = { description: 'What is new', expected: 'One a week' };
  await production.category('newsletter', { name: 'Weekly', class: 'MARKETING', channels: ['EMAIL'], ...told });
  await production.category('deals', { name: 'Deals', class: 'MARKETING', channels: ['SMS', 'WHATSAPP'], ...told });
  await production.category('vague', { name: 'Vague', class: 'MARKETING', channels: ['EMAIL'], description: 'Things' });
});

afterAll(async () => {
  await vendor[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

function here(url: string): string {
  return url.replace(PUBLIC_URL, `http://127.0.0.1:${app.app.port}`);
}

/** A new person, and where their page of preferences is. */
async function personIn(name: string, country: string | null, more: object = {}): Promise<string> {
  await production.person(name, { email: `${name}@example.com`, country, locale: 'en', ...more });
  const recipient = { externalId: name };
  const { url } = await production.mutate<{ url: string }>('createPreferencesLink', { recipient }, 'url');
  return here(url);
}

const record = (externalId: string, purpose: string, state: string, channel = 'EMAIL') =>
  production.mutate(
    'recordConsent',
    { recipient: { externalId }, channel, purpose, state, method: 'FORM' },
    'consent { id }',
  );

interface Proof {
  channel: string;
  purpose: string;
  state: string;
  method: string;
  source: string | null;
  wording: string | null;
  version: string | null;
  address: string | null;
  actor: string | null;
}

/** Newest first. */
async function proofOf(externalId: string): Promise<Proof[]> {
  const { consents } = await production.query<{ consents: { nodes: Proof[] } }>(
    `query($e: String!) { consents(recipient: { externalId: $e }, first: 100) {
       nodes { channel purpose state method source wording version address actor } } }`,
    { e: externalId },
  );
  return consents.nodes;
}

const words = async (externalId: string): Promise<string[]> =>
  (await proofOf(externalId)).map(({ channel, purpose, state }) => `${purpose} ${channel} ${state}`);

async function rulesOf(externalId: string): Promise<Record<string, string>> {
  const { preferences } = await production.query<{
    preferences: { rules: { category: { key: string }; channel: string; enabled: boolean; needsConsent: boolean }[] };
  }>(
    `query($e: String!) { preferences(recipient: { externalId: $e }) {
       rules { category { key } channel enabled needsConsent } } }`,
    { e: externalId },
  );
  return Object.fromEntries(
    preferences.rules.map(({ category, channel, enabled, needsConsent }) => [
      `${category.key} ${channel}`,
      `${enabled ? 'on' : 'off'}${needsConsent ? ', needs consent' : ''}`,
    ]),
  );
}

/** What becomes of one message: the reason why it does not go, or how often the vendor has had any for the person. */
async function sent(externalId: string, category = 'newsletter'): Promise<string | number> {
  const { state, plan } = await production.sendAndFinish({ externalId }, category);
  return state === 'COMPLETED' ? vendor.to(`${externalId}@example.com`).length : (plan.steps[0]?.reason ?? state);
}

describe('advertising on the page of preferences', () => {
  test('is off without a consent, comes by a tick, which is the proof, and ends by another', async () => {
    const url = await personIn('ana', 'DE');
    const page = await PageForm.at(url);
    expect([page.box(EMAIL), await sent('ana')]).toEqual(['off', 'CONSENT_MISSING']);
    expect((await rulesOf('ana'))[EMAIL]).toBe('on, needs consent');
    for (const part of [
      'What is new',
      'One a week',
      'href="https://example.com/terms"',
      'href="https://example.com/privacy"',
      'untick it here, or use the link in every e-mail',
      'By ticking a box you agree',
    ])
      expect(page.html).toContain(part);

    const after = await page.tick('on', EMAIL).send();
    expect([after.status, after.page.box(EMAIL), await sent('ana')]).toEqual([303, 'on', 1]);
    expect((await rulesOf('ana'))[EMAIL]).toBe('on');
    const [proof, ...others] = await proofOf('ana');
    expect(others).toEqual([]);
    expect(proof).toMatchObject({
      ...{ channel: 'EMAIL', purpose: 'newsletter', state: 'GRANTED', method: 'PREFERENCES_PAGE' },
      ...{ source: '/preferences', version: 'en', address: 'ana@example.com', actor: 'recipient' },
    });
    expect(proof?.wording?.split('\n')).toEqual([
      'Weekly',
      'What is new',
      'One a week',
      '☑ E-mail',
      expect.stringMatching(/^This is advertising\. .* By ticking a box you agree /),
      'Terms: https://example.com/terms',
      'Privacy policy: https://example.com/privacy',
    ]);

    const gone = await after.page.untick('on', EMAIL).send();
    expect([gone.page.box(EMAIL), typeof (await sent('ana'))]).toEqual(['off', 'string']);
    expect(vendor.to('ana@example.com')).toHaveLength(1);
    expect(await words('ana')).toEqual(['newsletter EMAIL WITHDRAWN', 'newsletter EMAIL GRANTED']);
    expect((await rulesOf('ana'))[EMAIL]).toBe('off, needs consent');

    await gone.page.tick('on', EMAIL).send();
    expect(await sent('ana')).toBe(2);
  });

  test.each(['CA', 'GB', null])('comes by a tick in %s', async (country) => {
    const name = `ben ${country}`.replace(' ', '-');
    const page = await PageForm.at(await personIn(name, country));
    expect(page.box(EMAIL)).toBe('off');
    await page.tick('on', EMAIL).send();
    expect([await words(name), await sent(name)]).toEqual([['newsletter EMAIL GRANTED'], 1]);
  });

  test('needs no consent in the USA by e-mail', async () => {
    const page = await PageForm.at(await personIn('cy', 'US'));
    expect([page.box(EMAIL), await sent('cy')]).toEqual(['on', 1]);
    expect(page.html).toContain('This is advertising.');
    await page.untick('on', EMAIL).send();
    expect(await words('cy')).toEqual([]);
  });

  test.each([
    ['all advertising', 'MARKETING', ['newsletter EMAIL GRANTED', 'MARKETING EMAIL WITHDRAWN']],
    ['the device', 'DEVICE', ['DEVICE EMAIL GRANTED', 'newsletter EMAIL GRANTED', 'DEVICE EMAIL WITHDRAWN']],
    ['this very one', 'newsletter', ['newsletter EMAIL GRANTED', 'newsletter EMAIL WITHDRAWN']],
  ])('goes after a tick, whatever was withdrawn before: %s', async (_name, purpose, proof) => {
    const name = `dee-${purpose}`;
    const url = await personIn(name, 'US');
    await record(name, purpose, 'WITHDRAWN');
    const page = await PageForm.at(url);
    expect([page.box(EMAIL), await sent(name)]).toEqual(['off', 'CONSENT_MISSING']);
    await page.tick('on', EMAIL).send();
    expect([await sent(name), new Set(await words(name))]).toEqual([1, new Set(proof)]);
  });

  test('by text message in the USA waits for an answer by text message, also of a form of one’s own', async () => {
    const url = await personIn('eve', 'US', { phone: '+14155550111' });
    const page = await PageForm.at(url);
    expect([page.box('deals SMS'), page.box('deals WHATSAPP')]).toEqual(['off locked', 'off locked']);
    expect(page.html).toContain('only after you answered YES to our text message');
    expect(page.html).toContain('only after you agreed to it elsewhere');
    const body = new URLSearchParams([
      ['was', 'level=EVERYTHING'],
      ['shown', 'deals SMS'],
      ['on', 'deals SMS'],
    ]);
    expect((await fetch(url, { method: 'POST', body, redirect: 'manual' })).status).toBe(303);
    expect(await words('eve')).toEqual([]);
    for (const purpose of ['deals', 'DEVICE']) await record('eve', purpose, 'GRANTED', 'SMS');
    expect((await PageForm.at(url)).box('deals SMS')).toBe('on');
    await record('eve', 'DEVICE', 'WITHDRAWN', 'SMS');
    expect((await PageForm.at(url)).box('deals SMS')).toBe('off locked');
  });

  test('by text message in the EU comes by a tick', async () => {
    const page = await PageForm.at(await personIn('fay', 'FR', { phone: '+33612345678' }));
    expect(page.box('deals SMS')).toBe('off');
    await page.tick('on', 'deals SMS').send();
    expect(await proofOf('fay')).toMatchObject([{ channel: 'SMS', purpose: 'deals', address: '+33612345678' }]);
    await production.sendAndFinish({ externalId: 'fay' }, 'deals');
    expect(vendor.to('+33612345678')).toHaveLength(1);
  });

  test('that does not say what it is cannot be agreed to, nor without terms that a browser can open', async () => {
    const url = await personIn('gus', 'DE');
    const page = await PageForm.at(url);
    expect(page.box('vague EMAIL')).toBe('off locked');
    expect(page.html).toContain('cannot be chosen until we say what it is about');
    const put = (termsUrl: string) => production.mutate('updateCompliance', { termsUrl }, 'compliance { termsUrl }');
    // As it may have been written before anybody looked at it.
    await gate.rows(`update environment set compliance = compliance || '{"termsUrl": "javascript:alert(1)"}'`);
    const unsafe = await PageForm.at(url);
    expect([unsafe.box(EMAIL), unsafe.html.includes('javascript:')]).toEqual(['off locked', false]);
    await put('https://example.com/terms');
    expect((await PageForm.at(url)).box(EMAIL)).toBe('off');
  });
});

describe('nobody agrees by accident', () => {
  test('saving the page as it is changes nothing', async () => {
    const page = await PageForm.at(await personIn('hal', 'DE'));
    const before = await rulesOf('hal');
    const { status } = await page.send();
    expect([status, await words('hal'), await rulesOf('hal')]).toEqual([303, [], before]);
  });

  test('a box that was ticked when the page was shown gives nothing after the consent was withdrawn', async () => {
    const url = await personIn('ida', 'DE');
    await record('ida', 'newsletter', 'GRANTED');
    const page = await PageForm.at(url);
    expect(page.box(EMAIL)).toBe('on');
    await record('ida', 'newsletter', 'WITHDRAWN');
    const after = await page.send();
    expect([after.page.box(EMAIL), (await words('ida'))[0]]).toEqual(['off', 'newsletter EMAIL WITHDRAWN']);
  });

  test('a form that does not tell what it showed gives nothing, and switches nothing on', async () => {
    const url = await personIn('jo', 'DE');
    const before = await rulesOf('jo');
    await (await PageForm.at(url)).tick('on', EMAIL).send(['was']);
    expect([await words('jo'), await rulesOf('jo')]).toEqual([[], before]);
  });

  test('whoever unsubscribes from everything agrees to nothing, here or meanwhile elsewhere', async () => {
    const url = await personIn('kim', 'DE');
    const open = await PageForm.at(url);
    const page = await PageForm.at(url);
    const after = await page.tick('on', EMAIL).tick('unsubscribed', 'yes').send();
    expect([after.page.box(EMAIL), await words('kim'), await sent('kim')]).toEqual(['off', [], 'CONSENT_MISSING']);
    await open.tick('on', EMAIL).send();
    expect(await words('kim')).toEqual([]);
    await (await PageForm.at(url)).untick('unsubscribed', 'yes').tick('on', EMAIL).send();
    expect([await words('kim'), await sent('kim')]).toEqual([['newsletter EMAIL GRANTED'], 1]);
  });

  test('words that changed while the page lay open are read again before', async () => {
    const url = await personIn('lou', 'DE');
    const page = await PageForm.at(url);
    await production.category('newsletter', { expected: 'Ten a day' });
    const { status, page: again } = await page.tick('on', EMAIL).send();
    expect([status, again.box(EMAIL), await words('lou')]).toEqual([422, 'off', []]);
    expect(again.html).toContain('The words that you would agree to have changed.');
    expect((await again.tick('on', EMAIL).send()).status).toBe(303);
    expect((await proofOf('lou'))[0]?.wording).toContain('Ten a day');
    await production.category('newsletter', { expected: 'One a week' });
  });
});

test('one click of a mail client takes the consent back too; subscribing again there does not give it', async () => {
  const url = await personIn('mia', 'DE');
  await (await PageForm.at(url)).tick('on', EMAIL).send();
  expect(await sent('mia')).toBe(1);
  const [mail] = vendor.to('mia@example.com');
  const link = mail?.body.match(/https:\/\/tidings\.example\.com\/unsubscribe\/[\w.-]+/)?.[0];
  const unsubscribe = here(link ?? '');
  const post = async (choice: string) =>
    (await fetch(unsubscribe, { method: 'POST', body: new URLSearchParams({ choice }) })).text();
  await post('category');
  await post('category');
  expect(await proofOf('mia')).toMatchObject([
    {
      state: 'WITHDRAWN',
      purpose: 'newsletter',
      method: 'UNSUBSCRIBE_LINK',
      source: '/unsubscribe',
      actor: 'recipient',
    },
    { state: 'GRANTED' },
  ]);
  const again = await post('category-again');
  expect(again).toContain('it comes only once you agree to it on the page of your notification preferences');
  expect(again).not.toContain('You are subscribed again.');
  expect([await sent('mia'), (await words('mia')).length]).toEqual(['CONSENT_MISSING', 2]);
  await (await PageForm.at(url)).tick('on', EMAIL).send();
  expect(await sent('mia')).toBe(2);
});
