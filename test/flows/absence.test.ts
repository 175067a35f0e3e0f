import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';

let app: TestApp;
let gateway: Gateway;
/** People of their own for every test. */
let [ana, ben, cy] = ['', '', ''];
let count = 0;

beforeAll(async () => {
  app = await startTestApp();
  gateway = app.development;
  await gateway.category('news', { channels: ['EMAIL'] });
  await gateway.category('tasks', { channels: ['EMAIL'], onPause: 'HOLD' });
  await gateway.category('sign-in', { class: 'SECURITY', channels: ['EMAIL'] });
});

afterAll(() => app[Symbol.asyncDispose]());

beforeEach(async () => {
  count += 1;
  [ana, ben, cy] = [`ana-${count}`, `ben-${count}`, `cy-${count}`];
  for (const name of [ana, ben, cy])
    await gateway.person(name, { email: `${name}@example.com`, name: name.replace(/-.*/, '').toUpperCase() });
});

const DAY = 24 * 3_600_000;
const ahead = (ms: number): string => new Date(Date.now() + ms).toISOString();

async function choose(of: string, change: object): Promise<void> {
  await gateway.mutate('updatePreferences', { recipient: { externalId: of }, ...change }, 'preferences { level }');
}

async function held(id: string): Promise<void> {
  await until(async () => (await gateway.notification(id)).state === 'HELD', 'it to be held');
}

interface Handed {
  state: string;
  plan: { notes: { reason: string; detail: string | null }[] };
  timeline: { type: string; reason: string | null; detail: string | null }[];
  recipient: { externalId: string };
  delegatedFrom: { externalId: string } | null;
  delegatedTo: (Omit<Handed, 'delegatedTo'> & { id: string; delegatedTo: { id: string } | null }) | null;
}

const HANDED = `state recipient { externalId } delegatedFrom { externalId } plan { notes { reason detail } }
  timeline { type reason detail }`;

async function handed(id: string): Promise<Handed> {
  const { notification } = await gateway.query<{ notification: Handed }>(
    `query($id: ID!) { notification(id: $id) { ${HANDED} delegatedTo { id ${HANDED} delegatedTo { id } } } }`,
    { id },
  );
  return notification;
}

test('a pause of everything drops or holds as the category says, and resumes by itself', async () => {
  await choose(ana, { pausedUntil: ahead(7 * DAY) });
  const dropped = await gateway.sendAndFinish({ externalId: ana }, 'news');
  expect(dropped.state).toBe('SUPPRESSED');
  expect(dropped.timeline.at(-1)).toMatchObject({ type: 'notification.suppressed', reason: 'PAUSED' });
  expect((await gateway.sendAndFinish({ externalId: ana }, 'sign-in')).state).toBe('COMPLETED');
  const pausedUntil = ahead(3_000);
  await choose(ana, { pausedUntil });
  const { notificationIds } = await gateway.send([{ externalId: ana }], 'tasks');
  const waiting = notificationIds[0] as string;
  // What is meant for a time after the pause is no part of it.
  const later = await gateway.send([{ externalId: ana }], 'news', { sendAt: ahead(3_500) });
  await held(waiting);
  expect((await gateway.notification(waiting)).plan).toMatchObject({
    outcome: 'HOLD',
    sendAt: pausedUntil,
    steps: [{ reason: 'PAUSED' }],
  });
  const went = await gateway.finished(waiting);
  expect(went.state).toBe('COMPLETED');
  const started = went.timeline.find((entry) => entry.type === 'attempt.started');
  expect(Date.parse(started?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(pausedUntil));
  expect((await gateway.finished(later.notificationIds[0] as string)).state).toBe('COMPLETED');
  expect((await gateway.sendAndFinish({ externalId: ana }, 'news')).state).toBe('COMPLETED');
});

test('a pause of one category leaves the others', async () => {
  await choose(ana, { categories: [{ category: 'news', pausedUntil: ahead(DAY) }] });
  expect((await gateway.sendAndFinish({ externalId: ana }, 'news')).state).toBe('SUPPRESSED');
  expect((await gateway.sendAndFinish({ externalId: ana }, 'tasks')).state).toBe('COMPLETED');
});

test('whoever comes back early gets at once what was held', async () => {
  await choose(ana, { pausedUntil: ahead(DAY) });
  const { notificationIds } = await gateway.send([{ externalId: ana }], 'tasks');
  const id = notificationIds[0] as string;
  await held(id);
  await choose(ana, { pausedUntil: null });
  expect((await gateway.finished(id)).state).toBe('COMPLETED');
});

test('a colleague takes it: both know of each other, security stays, and it goes no further', async () => {
  const end = ahead(DAY);
  await choose(ana, { delegate: { recipient: { externalId: ben }, until: end } });
  // Ben is away, too: what came from Ana stays with him all the same.
  await choose(ben, { delegate: { recipient: { externalId: cy }, until: end } });
  const { state, ...rest } = await gateway.sendAndFinish({ externalId: ana }, 'news');
  expect(state).toBe('SUPPRESSED');
  const found = await until(async () => {
    const now = await handed(rest.id);
    return now.delegatedTo?.state === 'COMPLETED' && now;
  }, 'the colleague to have it');
  expect(found).toMatchObject({
    recipient: { externalId: ana },
    delegatedFrom: null,
    plan: { notes: [{ reason: 'DELEGATED', detail: `BEN, until ${end}` }] },
    delegatedTo: {
      recipient: { externalId: ben },
      delegatedFrom: { externalId: ana },
      delegatedTo: null,
      plan: { notes: [{ reason: 'STANDS_IN', detail: 'for ANA' }] },
    },
  });
  const last = found.timeline.at(-1);
  expect(last).toMatchObject({ type: 'notification.suppressed', reason: 'DELEGATED' });
  expect(last?.detail).toContain(`DELEGATED BEN, until ${end}`);
  const boxes = await Promise.all([ana, ben, cy].map((name) => gateway.outbox(`${name}@example.com`)));
  expect(boxes.map((mails) => mails.length)).toEqual([0, 1, 0]);
  expect((await gateway.sendAndFinish({ externalId: ana }, 'sign-in')).deliveries).toMatchObject([
    { address: `${ana}@example.com` },
  ]);
});

test('people who stand in for each other make no loop', async () => {
  const end = ahead(DAY);
  await choose(ana, { delegate: { recipient: { externalId: ben }, until: end } });
  await choose(ben, { delegate: { recipient: { externalId: ana }, until: end } });
  const ended = await gateway.sendAndFinish({ externalId: ana }, 'news');
  await until(async () => (await handed(ended.id)).delegatedTo?.state === 'COMPLETED', 'ben to have it');
  expect(await gateway.outbox(`${ben}@example.com`)).toHaveLength(1);
  expect(await gateway.outbox(`${ana}@example.com`)).toEqual([]);
});

test('only some categories are handed on, and only until its end', async () => {
  await choose(ana, { delegate: { recipient: { externalId: ben }, until: ahead(DAY), categories: ['tasks'] } });
  expect((await gateway.sendAndFinish({ externalId: ana }, 'news')).state).toBe('COMPLETED');
  const handedOn = await gateway.sendAndFinish({ externalId: ana }, 'tasks');
  expect(handedOn.timeline.at(-1)?.reason).toBe('DELEGATED');
  await until(async () => (await handed(handedOn.id)).delegatedTo?.state === 'COMPLETED', 'ben to have it');
  await choose(ana, { delegate: { recipient: { externalId: ben }, until: ahead(1_000) } });
  const back = await gateway.send([{ externalId: ana }], 'tasks', { sendAt: ahead(1_200) });
  expect((await gateway.finished(back.notificationIds[0] as string)).deliveries).toMatchObject([
    { address: `${ana}@example.com` },
  ]);
});

test('a send to both reaches the colleague twice, once for each, and is counted once a person', async () => {
  await choose(ana, { delegate: { recipient: { externalId: ben }, until: ahead(DAY) } });
  const { id } = await gateway.send([{ externalId: ana }, { externalId: ben }], 'news');
  await until(async () => (await gateway.outbox(`${ben}@example.com`)).length === 2, 'ben to have both');
  const query = `query($id: ID!) { send(id: $id) { progress { recipientCount finishedCount } } }`;
  const counted = await until(async () => {
    const { send } = await gateway.query<{ send: { progress: { recipientCount: number; finishedCount: number } } }>(
      query,
      { id },
    );
    return send.progress.finishedCount === 2 && send.progress;
  }, 'both to have ended');
  expect(counted.recipientCount).toBe(2);
});

test('a person’s own token reads no more of the colleague than the name', async () => {
  const own = await gateway.as(ana);
  const { preferences } = await own.mutate<{ preferences: { delegate: object } }>(
    'updatePreferences',
    { delegate: { recipient: { externalId: ben }, until: ahead(DAY) } },
    'preferences { delegate { recipient { externalId name email phone online attributes endpoints { address } } } }',
  );
  expect(preferences.delegate).toEqual({
    recipient: {
      ...{ externalId: ben, name: 'BEN' },
      ...{ email: null, phone: null, online: false, attributes: {}, endpoints: [] },
    },
  });
});

test('a redirect takes the place of the own address until its end, and of none for security', async () => {
  const other = `${ana}@hotel.example`;
  const end = ahead(DAY);
  await choose(ana, { redirects: [{ channel: 'EMAIL', address: other, until: end }] });
  const redirected = await gateway.sendAndFinish({ externalId: ana }, 'news');
  expect(redirected.deliveries).toMatchObject([{ address: other }]);
  expect((await handed(redirected.id)).plan.notes).toEqual([
    { reason: 'REDIRECTED', detail: `e-mail address, until ${end}` },
  ]);
  expect((await gateway.sendAndFinish({ externalId: ana }, 'sign-in')).deliveries).toMatchObject([
    { address: `${ana}@example.com` },
  ]);
  await choose(ana, { redirects: [{ channel: 'EMAIL', address: other, until: ahead(1_000) }] });
  const after = await gateway.send([{ externalId: ana }], 'news', { sendAt: ahead(1_200) });
  expect((await gateway.finished(after.notificationIds[0] as string)).deliveries).toMatchObject([
    { address: `${ana}@example.com` },
  ]);
});

test('a suppressed address gets nothing as a redirect either, and explain says so', async () => {
  const other = `${ana}@complained.example`;
  await gateway.mutate('suppressAddress', { channel: 'EMAIL', address: other }, 'suppression { address }');
  await choose(ana, { redirects: [{ channel: 'EMAIL', address: other, until: ahead(DAY) }] });
  const input = { to: [{ externalId: ana }], category: 'news', content: { title: 'T', body: 'B' } };
  const { explain } = await gateway.query<{ explain: object[] }>(
    'query($input: SendInput!) { explain(input: $input) { outcome notes { reason } steps { channel reason } } }',
    { input },
  );
  expect(explain).toEqual([
    {
      outcome: 'UNROUTABLE',
      notes: [{ reason: 'REDIRECTED' }],
      steps: [{ channel: 'EMAIL', reason: 'ENDPOINT_SUPPRESSED' }],
    },
  ]);
  expect(await gateway.sendAndFinish({ externalId: ana }, 'news')).toMatchObject({
    state: 'UNROUTABLE',
    plan: { steps: [{ reason: 'ENDPOINT_SUPPRESSED' }] },
  });
});
