import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

test.each([
  ['tidings-inbox.js', 'javascript', 'tidings-inbox'],
  ['push-worker.js', 'javascript', 'notificationclick'],
  ['labels/de.js', 'javascript', 'Benachrichtigungen'],
  ['inbox.css', 'css', '@layer tidings'],
])('pages of any origin take %s from the gateway', async (name, type, content) => {
  const answer = await fetch(`http://127.0.0.1:${app.app.port}/inbox/${name}`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  expect(answer.headers.get('cache-control')).toContain('max-age=300');
  expect(answer.headers.get('content-type')).toContain(type);
  expect(await answer.text()).toContain(content);
});
