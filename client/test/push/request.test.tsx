import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { renderToString } from 'react-dom/server';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { pushKey } from '../../src/push/operations.ts';
import { asker } from '../../src/push/request.ts';
import { webPush } from '../../src/push.ts';
import { usePush } from '../../src/push-react.ts';

let server: Server;
let url: string;
let asked: (string | undefined)[];
/** What the gateway says to whom; others are refused. */
let answers: Record<string, object>;

beforeAll(async () => {
  server = createServer((request, response) => {
    const token = request.headers.authorization;
    asked.push(token);
    const answer = answers[token ?? ''];
    response.writeHead(answer ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  asked = [];
  answers = { 'Bearer good': { data: { webPushPublicKey: 'key' } } };
});

it('asks with a fresh token when one is refused, once', async () => {
  const tokens = ['old', 'good'];
  const ask = asker(url, () => tokens.shift() ?? 'none');
  expect(await ask(pushKey, {})).toEqual({ webPushPublicKey: 'key' });
  expect(asked).toEqual(['Bearer old', 'Bearer good']);
  expect(await ask(pushKey, {})).toEqual({ webPushPublicKey: 'key' });
  expect(asked).toHaveLength(3);
});

it('gives up when no token is good, and says by which code others fail', async () => {
  await expect(asker(url, 'bad')(pushKey, {})).rejects.toThrow('UNAUTHENTICATED');
  expect(asked).toEqual(['Bearer bad', 'Bearer bad']);
  answers['Bearer good'] = { errors: [{ extensions: { code: 'UNAVAILABLE' } }] };
  await expect(asker(url, 'good')(pushKey, {})).rejects.toThrow('UNAVAILABLE');
});

it('does nothing where there is no window', async () => {
  const push = webPush({ url, token: 'good' });
  expect(push.getSnapshot()).toEqual({ state: 'unknown', busy: false, problem: null });
  push.stop();
  const Switch = () => {
    const { state } = usePush({ url, token: 'good' });
    return <p>{state}</p>;
  };
  expect(renderToString(<Switch />)).toBe('<p>unknown</p>');
  expect(asked).toEqual([]);
});
