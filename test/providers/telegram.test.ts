import { describe, expect, it } from 'vitest';
import type { Callback } from '../../src/providers/callback.js';
import { telegram } from '../../src/providers/telegram.js';
import { NOON } from '../support/arbitraries.js';
import { describeAnyAnswer } from '../support/any-answer.js';
import { describeCallbacks } from '../support/callback-contract.js';
import { member, SECRETS, signed, telegramCallbacks } from '../support/callbacks/telegram.js';
import { call, describeProvider, noon, type Fixture } from '../support/provider-contract.js';
import { deadUrl, ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const yes = (): Reply => json(200, { ok: true, result: { message_id: 42, chat: { id: 1111, type: 'private' } } });
const no = (status: number, description: string, parameters?: object): Reply =>
  json(status, { ok: false, error_code: status, description, parameters });

interface Message {
  chat_id: string;
  text: string;
}

const messageIn = (request: LoggedRequest) => JSON.parse(request.body) as Message;
const open = (baseUrl: string) => telegram(noon).open({ baseUrl }, SECRETS);

const FIXTURE: Fixture = {
  name: 'telegram',
  channel: 'TELEGRAM',
  address: '1111',
  open,
  yes,
  providerId: '42',
  unauthorized: no(401, 'Unauthorized'),
  rejected: no(400, 'Bad Request: message text is empty'),
  limited: no(429, 'Too Many Requests: retry later'),
  sent: (request) => ({ to: messageIn(request).chat_id, texts: [messageIn(request).text] }),
};

describeProvider(FIXTURE);
describeAnyAnswer(FIXTURE);
const read = (callback: Callback, secrets: object = SECRETS) =>
  telegram(noon).read?.(callback, {}, secrets as typeof SECRETS);

describeCallbacks({ ...telegramCallbacks, read: (callback) => read(callback) as never });

it('telegram is not believed where we do not know its secret', () =>
  expect(read(signed(Buffer.from(member(1, 'kicked'))), { botToken: SECRETS.botToken })).toMatchObject({
    kind: 'forged',
  }));

describe('telegram', () => {
  async function send(mode: ProviderServer['mode'], content: object = {}) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const message = call('TELEGRAM', '1111');
    const answer = await open(server.url).send(
      { ...message, content: { ...message.content, ...content } },
      AbortSignal.timeout(8_000),
    );
    return { answer, requests: server.requests };
  }

  it('is asked as our bot, and not for previews of links', async () => {
    const { requests } = await send('ok', { url: 'https://e.com/1' });
    expect([requests[0]?.method, requests[0]?.path]).toEqual(['POST', `/bot${SECRETS.botToken}/sendMessage`]);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      chat_id: '1111',
      text: 'Your order\nIt is on its way.\nhttps://e.com/1',
      link_preview_options: { is_disabled: true },
    });
  });

  it.each<[number, string, string]>([
    [403, 'Forbidden: bot was blocked by the user', 'gone'],
    [403, 'Forbidden: user is deactivated', 'gone'],
    [403, 'Forbidden: bot was kicked from the supergroup chat', 'gone'],
    [403, "Forbidden: bot can't initiate conversation with a user", 'gone'],
    [403, 'Forbidden: not enough rights', 'rejected'],
    [400, 'Bad Request: chat not found', 'gone'],
    [400, 'Bad Request: message is too long', 'rejected'],
    [400, 'Bad Request: something new', 'rejected'],
    [401, 'Unauthorized', 'misconfigured'],
    [404, 'Not Found', 'misconfigured'],
  ])('says %d "%s": %s', async (status, description, kind) =>
    expect((await send(no(status, description))).answer).toMatchObject({
      kind,
      httpStatus: status,
      detail: description,
    }),
  );

  it('names the new id of a group that has moved', async () =>
    expect(
      (await send(no(400, 'Bad Request: group chat was upgraded', { migrate_to_chat_id: -100123 }))).answer,
    ).toMatchObject({ kind: 'rejected', code: 'MIGRATED', detail: expect.stringContaining('-100123') as string }));

  it('says in the body how long it wants to be left alone', async () =>
    expect((await send(no(429, 'Too Many Requests', { retry_after: 35 }))).answer).toMatchObject({
      kind: 'retry',
      rateLimited: true,
      retryAt: new Date(NOON.getTime() + 35_000),
    }));

  it('is not asked to take what is too long', async () => {
    const long = { title: null, body: 'x'.repeat(4097) };
    const { answer, requests } = await send('ok', long);
    expect([answer.kind, answer.code, requests.length]).toEqual(['rejected', 'TOO_LONG', 0]);
    expect((await send('ok', { title: null, body: 'x'.repeat(4096) })).answer.kind).toBe('accepted');
  });

  it('has its token said by no answer', async () => {
    const gone = await open(await deadUrl()).send(call('TELEGRAM', '1111'), AbortSignal.timeout(8_000));
    const told = await send(no(404, `Not Found: /bot${SECRETS.botToken}/x`));
    expect(JSON.stringify([gone, told.answer])).not.toContain('AAHdq');
  });

  it.each<[object, boolean]>([
    [{ botToken: SECRETS.botToken }, true],
    [SECRETS, true],
    [{ botToken: '1/../x' }, false],
    [{ ...SECRETS, secretToken: 'with space' }, false],
  ])('takes credentials %j: %s', (credentials, taken) =>
    expect(telegram(noon).credentials.safeParse(credentials).success).toBe(taken),
  );
});
