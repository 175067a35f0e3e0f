import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { egressTo } from '../../src/base/egress.js';
import { webhook } from '../../src/providers/webhook.js';
import { NOON } from '../support/arbitraries.js';
import { describeAnyAnswer } from '../support/any-answer.js';
import { call, describeProvider, noon, type Fixture } from '../support/provider-contract.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';

const KEY = Buffer.alloc(32, 7);
const SECRETS = { secret: `whsec_${KEY.toString('base64')}` };
const HOST = 'https://hooks.example.com';

const says = (status: number, headers: Record<string, string> = {}): Reply => ({ status, headers, body: '' });
const yes = (): Reply => ({ status: 204, headers: {}, body: '' });

interface Payload {
  type: string;
  timestamp: string;
  data: { title: string; body: string; url: string | null };
}

const payloadIn = (request: LoggedRequest | undefined) => JSON.parse(request?.body ?? '') as Payload;

const FIXTURE: Fixture = {
  name: 'webhook',
  channel: 'WEBHOOK',
  address: `${HOST}/ana?x=1`,
  open: (baseUrl) => webhook(noon, egressTo([])).open({ baseUrl }, SECRETS),
  yes: () => ({ status: 200, body: 'thanks' }),
  providerId: null,
  unauthorized: says(401),
  rejected: says(413),
  limited: says(429),
  otherwise: {
    'a page of some proxy': 'accepted',
    'an empty yes': 'accepted',
    'an empty object': 'accepted',
    'a redirect': 'retry',
    'refused credentials': 'retry',
  },
  sent: (request) => {
    const { title, body, url } = payloadIn(request).data;
    return { to: HOST + request.path, texts: [title, body, url ?? ''] };
  },
  hasKey: true,
  keyIn: (request) => request.headers['webhook-id'] as string,
};

describeProvider(FIXTURE);
describeAnyAnswer(FIXTURE);

describe('webhook', () => {
  async function send(mode: ProviderServer['mode'], egress = egressTo(['127.0.0.0/8'])) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const message = call('WEBHOOK', `${server.url}/ana`);
    const answer = await webhook(noon, egress)
      .open({}, SECRETS)
      .send({ ...message, content: { ...message.content, data: { order: 7 } } }, AbortSignal.timeout(8_000));
    return { answer, requests: server.requests };
  }

  it('tells what there is to tell', async () => {
    const { requests } = await send('ok');
    expect([requests[0]?.method, requests[0]?.path]).toEqual(['POST', '/ana']);
    expect(payloadIn(requests[0])).toEqual({
      type: 'notification',
      timestamp: NOON.toISOString(),
      data: {
        notificationId: call('WEBHOOK', '').notificationId,
        category: 'orders',
        title: 'Your order',
        body: 'It is on its way.',
        url: null,
        data: { order: 7 },
      },
    });
  });

  it('is signed so that its receiver can verify it by the standard', async () => {
    const { requests } = await send('ok');
    const { headers = {}, body = '' } = requests[0] ?? {};
    const [id, time] = [headers['webhook-id'] as string, headers['webhook-timestamp'] as string];
    const expected = createHmac('sha256', KEY).update(`${id}.${time}.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    expect([id.includes('.'), Number(time)]).toEqual([false, NOON.getTime() / 1000]);
  });

  it.each<[Reply, object]>([
    [says(200), { kind: 'accepted', providerId: null }],
    [says(202), { kind: 'accepted' }],
    [says(301, { location: 'http://127.0.0.1/' }), { kind: 'retry', rateLimited: false }],
    [says(400), { kind: 'retry', rateLimited: false }],
    [says(404), { kind: 'retry', rateLimited: false }],
    [says(410), { kind: 'gone' }],
    [says(413), { kind: 'rejected' }],
    [says(429), { kind: 'retry', rateLimited: true, retryAt: null }],
    [
      says(503, { 'retry-after': '30' }),
      { kind: 'retry', rateLimited: false, retryAt: new Date(NOON.getTime() + 30_000) },
    ],
  ])('answered by %j: %j', async (reply, outcome) => expect((await send(reply)).answer).toMatchObject(outcome));

  it('goes nowhere where addresses may not lead', async () => {
    const { answer, requests } = await send('ok', egressTo([]));
    expect([answer.kind, answer.code, requests.length]).toEqual(['rejected', 'EGRESS_REFUSED', 0]);
  });

  it('makes a secret of its own, which is taken as one', () => {
    const provider = webhook(noon, egressTo([]));
    const [one, other] = [provider.generate?.(), provider.generate?.()];
    expect(one).not.toEqual(other);
    expect(provider.credentials.safeParse(one).success).toBe(true);
    expect(provider.credentials.safeParse({ secret: 'short' }).success).toBe(false);
  });
});
