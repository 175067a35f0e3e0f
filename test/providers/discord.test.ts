import { describe, expect, it } from 'vitest';
import { discord } from '../../src/providers/discord.js';
import { NOON } from '../support/arbitraries.js';
import { describeAnyAnswer } from '../support/any-answer.js';
import { call, describeProvider, noon, type Fixture } from '../support/provider-contract.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';

const SECRETS = { botToken: 'MTk4.Cl2FMQ.of-ana' };
const CHANNEL = '162701077035089920';
const PERSON = '80351110224678912';
const DIRECT = '319674150115610528';

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const opens = (request: LoggedRequest) => request.path === '/api/v10/users/@me/channels';
const yes = (request: LoggedRequest): Reply =>
  json(200, { id: opens(request) ? DIRECT : '334385199974967042', type: 1 });
const no = (status: number, code: number, message = 'no'): Reply => json(status, { code, message });

interface Message {
  content: string;
  nonce: string;
}

const messageIn = (request: LoggedRequest | undefined) => JSON.parse(request?.body ?? '') as Message;
const open = (baseUrl: string) => discord(noon).open({ baseUrl }, SECRETS);

const FIXTURE: Fixture = {
  name: 'discord',
  channel: 'DISCORD',
  address: CHANNEL,
  open,
  yes,
  providerId: '334385199974967042',
  unauthorized: no(401, 0, '401: Unauthorized'),
  rejected: no(400, 50035, 'Invalid Form Body'),
  limited: json(429, { message: 'You are being rate limited.', global: false }),
  sent: (request) => ({ to: request.path.split('/')[4] ?? '', texts: [messageIn(request).content] }),
  hasKey: true,
  keyIn: (request) => messageIn(request).nonce,
};

describeProvider(FIXTURE);
describeAnyAnswer(FIXTURE);

describe('discord', () => {
  async function send(mode: ProviderServer['mode'], content: object = {}) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const message = call('DISCORD', CHANNEL);
    const answer = await open(server.url).send(
      { ...message, content: { ...message.content, ...content } },
      AbortSignal.timeout(8_000),
    );
    return { answer, requests: server.requests };
  }

  it('is asked as our bot, to alarm nobody, and to fold repetitions', async () => {
    const { requests } = await send('ok', { body: '@everyone!' });
    expect([requests[0]?.method, requests[0]?.path]).toEqual(['POST', `/api/v10/channels/${CHANNEL}/messages`]);
    expect(requests[0]?.headers).toMatchObject({
      authorization: `Bot ${SECRETS.botToken}`,
      'user-agent': expect.stringMatching(/^DiscordBot \(.+, .+\)$/) as string,
    });
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      content: 'Your order\n@everyone!',
      nonce: expect.stringMatching(/^[\w-]{25}$/) as string,
      enforce_nonce: true,
      allowed_mentions: { parse: [] },
      flags: 4,
    });
  });

  it('gets different keys for different deliveries', async () => {
    await using server = await ProviderServer.start(yes);
    const carrier = open(server.url);
    for (const deliveryKey of ['ntf_1.0', 'ntf_1.1'])
      await carrier.send(call('DISCORD', CHANNEL, { deliveryKey }), AbortSignal.timeout(8_000));
    const [one, other] = server.requests.map(messageIn);
    expect(one?.nonce).not.toBe(other?.nonce);
  });

  it.each<[number, number, string]>([
    [403, 50007, 'gone'],
    [403, 50278, 'gone'],
    [404, 10003, 'gone'],
    [403, 50001, 'rejected'],
    [403, 50013, 'rejected'],
    [403, 99999, 'rejected'],
    [404, 99999, 'rejected'],
    [400, 50006, 'rejected'],
    [401, 0, 'misconfigured'],
    [404, 0, 'misconfigured'],
    [403, 40002, 'misconfigured'],
    [403, 40003, 'retry'],
  ])('says %d with code %d: %s', async (status, code, kind) =>
    expect((await send(no(status, code))).answer).toMatchObject({
      kind,
      httpStatus: status,
      code: String(code === 0 ? status : code),
      detail: 'no',
    }),
  );

  it('says in the body how long it wants to be left alone, in parts of seconds', async () =>
    expect((await send(json(429, { message: 'slow', retry_after: 1.25, global: true }))).answer).toMatchObject({
      kind: 'retry',
      rateLimited: true,
      retryAt: new Date(NOON.getTime() + 2_000),
    }));

  it('is not asked to take what is too long', async () => {
    const { answer, requests } = await send('ok', { body: 'x'.repeat(2000) });
    expect([answer.kind, answer.code, requests.length]).toEqual(['rejected', 'TOO_LONG', 0]);
  });
});

describe('discord, to a person', () => {
  const message = call('DISCORD', `user:${PERSON}`);
  const patient = () => AbortSignal.timeout(8_000);

  it('opens the direct messages once, and writes there', async () => {
    await using server = await ProviderServer.start(yes);
    const carrier = open(server.url);
    for (const _twice of [1, 2]) expect((await carrier.send(message, patient())).kind).toBe('accepted');
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/api/v10/users/@me/channels',
      `/api/v10/channels/${DIRECT}/messages`,
      `/api/v10/channels/${DIRECT}/messages`,
    ]);
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ recipient_id: PERSON });
  });

  it.each<[string, ProviderServer['mode'], object]>([
    ['there is nobody', no(404, 10013), { kind: 'gone', code: '10013' }],
    ['there were too many', no(429, 40003), { kind: 'retry', rateLimited: true }],
    ['the token is refused', no(401, 0), { kind: 'misconfigured' }],
    ['the answer is lost', 'accept, then drop', { kind: 'retry', rateLimited: false }],
    ['the answer says nothing', 'html 200', { kind: 'retry', code: 'NOT_PROVEN' }],
  ])('writes nothing when they cannot be opened: %s', async (_name, mode, outcome) => {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    expect(await open(server.url).send(message, patient())).toMatchObject(outcome);
    expect(server.requests.length).toBe(1);
  });

  it('leaves in doubt a message whose answer is lost', async () => {
    await using server = await ProviderServer.start(yes);
    const carrier = open(server.url);
    await carrier.send(message, patient());
    server.mode = 'accept, then drop';
    expect((await carrier.send(message, patient())).kind).toBe('unknown');
  });
});
