import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { BrowserPush } from '../support/browser-push.js';
import { ProviderServer } from '../support/provider-server.js';

const PUBLIC_URL = 'https://tidings.example';

let app: TestApp;
/** The push service of everybody's browser. */
let service: ProviderServer;

beforeAll(async () => {
  app = await startTestApp({ publicUrl: PUBLIC_URL });
  service = await ProviderServer.start(() => ({ status: 201, headers: { location: 'https://e.com/1' }, body: '' }));
  await app.production.category('news', { channels: ['WEB_PUSH'] });
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

/** What the service worker of a person gets of a new notification. */
async function pushTo(name: string): Promise<{ id: string; report: string | undefined }> {
  const browser = new BrowserPush();
  await app.production.person(name);
  const address = JSON.stringify(browser.subscription(`${service.url}/${name}`));
  await (await app.production.as(name)).mutate('addEndpoint', { channel: 'WEB_PUSH', address }, 'created');
  const { id } = await app.production.sendAndFinish({ externalId: name }, 'news');
  const request = service.requests.findLast(({ path }) => path === `/${name}`);
  const push = JSON.parse(browser.read(request?.bytes as Buffer)) as { notificationId: string; report?: string };
  expect(push.notificationId).toBe(id);
  return { id, report: push.report };
}

/** Where the product is in this test. */
const here = (url = ''): string => url.replace(PUBLIC_URL, `http://127.0.0.1:${app.app.port}`);
const report = async (url: string | undefined, body: Record<string, string> | string) =>
  (await fetch(here(url), { method: 'POST', body: typeof body === 'string' ? body : new URLSearchParams(body) }))
    .status;

async function engagements(id: string): Promise<string[]> {
  const { notification } = await app.production.query<{ notification: { engagements: { kind: string }[] } }>(
    `query ($id: ID!) { notification(id: $id) { engagements { kind } } }`,
    { id },
  );
  return notification.engagements.map(({ kind }) => kind);
}

test('a service worker says without a token that a push was put away, then opened; each counts once', async () => {
  const push = await pushTo('ana');
  expect(push.report).toMatch(/^https:\/\/tidings\.example\/engagement\/[\w.-]+$/);
  expect(await engagements(push.id)).toEqual([]);
  for (const kind of ['SEEN', 'OPENED', 'OPENED']) expect(await report(push.report, { kind })).toBe(204);
  expect(await engagements(push.id)).toEqual(['SEEN', 'OPENED']);
});

test('a link says nothing but that, and of this notification alone', async () => {
  const push = await pushTo('ben');
  expect(await report(push.report, { kind: 'ACTED' })).toBe(400);
  expect(await report(push.report, {})).toBe(400);
  expect(await report(push.report, 'x'.repeat(5_000))).toBe(400);
  expect(await report(`${push.report}x`, { kind: 'OPENED' })).toBe(404);
  expect(await report(push.report?.replace('engagement', 'unsubscribe'), { kind: 'OPENED' })).toBe(404);
  expect((await fetch(here(push.report))).status).toBe(404);
  expect(await engagements(push.id)).toEqual([]);
});

test('of people whom nobody looks at it carries no link, and what comes by an older one is not kept', async () => {
  const push = await pushTo('cem');
  const wish = { recipient: { externalId: 'cem' }, limitUse: true };
  await app.production.mutate('updatePreferences', wish, 'preferences { limitUse }');
  expect(await report(push.report, { kind: 'OPENED' })).toBe(204);
  expect(await engagements(push.id)).toEqual([]);
  expect((await pushTo('cem')).report).toBeUndefined();
});

test('a link of somebody who was erased opens nothing', async () => {
  const push = await pushTo('dora');
  await app.production.mutate('eraseRecipient', { recipient: { externalId: 'dora' } }, '__typename');
  expect(await report(push.report, { kind: 'OPENED' })).toBe(404);
});
