import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createInboxClient } from '../../src/core/store.ts';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';

// React Native calls its global object `window`, and there is neither a document nor a location nor storage.
let server: ScriptedServer;

beforeEach(async () => {
  vi.stubGlobal('window', globalThis);
  server = await startScriptedServer('.');
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await server.close();
});

it('works in an app, with the settings of the guide', async () => {
  const client = createInboxClient({
    url: `${server.url}/graphql`,
    recipient: 'ana',
    token: 'token',
    platform: 'MOBILE',
    storage: null,
  });
  const list = client.list();
  const stopWatching = list.subscribe(() => {});
  client.start();
  await vi.waitFor(() => expect(client.getSnapshot().status).toBe('live'), 10_000);
  const { id } = server.push();
  await vi.waitFor(() => expect(list.getSnapshot().items.map((item) => item.id)).toEqual([id]), 10_000);
  expect(await client.mark([id], 'READ')).toBe(true);
  expect(client.getSnapshot().counts).toEqual({ unseen: 0, unread: 0 });
  stopWatching();
  client.stop();
});
