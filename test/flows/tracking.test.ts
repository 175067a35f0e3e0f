import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { Gate } from '../support/gate.js';
import type { Gateway } from '../support/gateway.js';
import { signed, told, WEBHOOK_PUBLIC_KEY } from '../support/sendgrid-events.js';
import { until } from '../support/until.js';
import { mailBy, SENDGRID, Vendor } from '../support/vendor.js';

let app: TestApp;
let gate: Gate;
let vendor: Vendor;
let gateway: Gateway;
let mail: string;

beforeAll(async () => {
  app = await startTestApp();
  gate = await Gate.at(app.database.url);
  vendor = await Vendor.start();
  gateway = app.production;
  const credentials = { ...SENDGRID, webhookPublicKey: WEBHOOK_PUBLIC_KEY };
  mail = (await gateway.integration('mail', ...mailBy(vendor, { credentials }))).integration.id;
  await gateway.category('orders', { channels: ['EMAIL'], class: 'TRANSACTIONAL' });
});

afterAll(async () => {
  await vendor[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

interface View {
  readonly engagements: { kind: string }[];
  readonly plan: { notes: { reason: string; detail: string }[] };
  readonly deliveries: { state: string }[];
}

/** Sent, and then opened and clicked: what is known of it afterwards. */
async function opened(name: string): Promise<{ kinds: string[]; notes: string[]; kept: number }> {
  const { id } = await gateway.sendAndFinish({ externalId: name }, 'orders');
  const events = ['delivered', 'open', 'click'].map((word) => told(word, `${id}.0.1`));
  const body = JSON.stringify(events);
  const url = `http://127.0.0.1:${app.app.port}/webhooks/${mail}`;
  expect((await fetch(url, { method: 'POST', headers: signed(body), body })).status).toBe(200);
  const left = "select key from callback where due_at is not null or outcome = 'UNMATCHED'";
  await until(async () => (await gate.rows(left)).length === 0, 'callbacks to be folded');
  const query = `query($id: ID!) { notification(id: $id) {
    engagements { kind } plan { notes { reason detail } } deliveries { state } } }`;
  // What was reported is decided upon right after it was folded.
  const notification = await until(async () => {
    const { notification: now } = await gateway.query<{ notification: View }>(query, { id });
    return now.deliveries[0]?.state === 'DELIVERED' && now;
  }, 'the report to be decided upon');
  const [row] = await gate.rows<{ kept: number }>(
    `select count(*)::integer as kept from callback where attempt_id = '${id}.0.1'`,
  );
  return {
    kinds: notification.engagements.map(({ kind }) => kind).toSorted(),
    notes: notification.plan.notes.map(({ reason, detail }) => `${reason} ${detail}`),
    kept: row?.kept ?? -1,
  };
}

async function person(name: string, more: object = {}): Promise<void> {
  const input = { externalId: name, email: `${name}@example.com`, ...more };
  await gateway.mutate('upsertRecipient', input, 'recipient { id }');
}

const offIn = (countries: string[] | null) =>
  gateway.attempt<{ compliance: { trackingOffIn: string[] } | null }>(
    'updateCompliance',
    { trackingOffIn: countries },
    'compliance { trackingOffIn }',
  );

test('who says so is not looked at, and nothing is kept of it; the others are', async () => {
  await person('ana');
  await person('ben');
  const input = { recipient: { externalId: 'ben' }, limitUse: true };
  await gateway.mutate('updatePreferences', input, 'preferences { limitUse }');
  expect(await opened('ana')).toEqual({ kinds: ['CLICKED', 'OPENED'], notes: [], kept: 3 });
  expect(await opened('ben')).toEqual({ kinds: [], notes: ['NOT_TRACKED as the person wants it'], kept: 1 });
});

test('a region can be left alone, by country or phone number; where it is unknown, as well', async () => {
  expect((await offIn(['de', 'AT', 'de'])).compliance?.trackingOffIn).toEqual(['AT', 'DE']);
  await person('cy', { country: 'DE' });
  await person('dee', { phone: '+436641234567' });
  await person('eve', { country: 'US' });
  await person('fay');
  const off = { kinds: [], kept: 1 };
  expect(await opened('cy')).toEqual({ ...off, notes: ['NOT_TRACKED region DE'] });
  expect(await opened('dee')).toEqual({ ...off, notes: ['NOT_TRACKED region AT'] });
  expect(await opened('eve')).toMatchObject({ kinds: ['CLICKED', 'OPENED'], kept: 3 });
  expect(await opened('fay')).toEqual({ ...off, notes: ['NOT_TRACKED region unknown'] });
  expect((await offIn(null)).compliance?.trackingOffIn).toEqual([]);
});

test('what is no country is refused', async () => {
  const { userErrors } = await offIn(['DE', 'Germany']);
  expect(userErrors).toMatchObject([{ field: ['input', 'trackingOffIn'], code: 'INVALID_COUNTRY' }]);
});
