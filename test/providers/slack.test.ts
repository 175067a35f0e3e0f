import { describe, expect, it } from 'vitest';
import type { Callback } from '../../src/providers/callback.js';
import { slack } from '../../src/providers/slack.js';
import { NOON } from '../support/arbitraries.js';
import { describeAnyAnswer } from '../support/any-answer.js';
import { describeCallbacks, toCallback } from '../support/callback-contract.js';
import { callbackOf, SECRETS, signed, slackCallbacks } from '../support/callbacks/slack.js';
import { call, describeProvider, noon, type Fixture } from '../support/provider-contract.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';

function json(body: object, status = 200): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const yes = (): Reply => json({ ok: true, channel: 'D024BE91L', ts: '1503435956.000247', message: {} });
const no = (error: string): Reply => json({ ok: false, error });

interface Posted {
  channel: string;
  text: string;
  unfurl_links: boolean;
  metadata: { event_type: string; event_payload: { attempt_id: string } };
}

const postedIn = (request: LoggedRequest | undefined) => JSON.parse(request?.body ?? '') as Posted;
const unescaped = (text: string) => text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');

const FIXTURE: Fixture = {
  name: 'slack',
  channel: 'SLACK',
  address: 'U024BE7LH',
  open: (baseUrl) => slack(noon).open({ presence: 'IGNORE', baseUrl }, SECRETS),
  yes,
  providerId: '1503435956.000247',
  unauthorized: no('invalid_auth'),
  rejected: no('msg_too_long'),
  limited: json({ ok: false, error: 'ratelimited' }, 429),
  sent: (request) => ({ to: postedIn(request).channel, texts: [unescaped(postedIn(request).text)] }),
  attemptIn: (request) => postedIn(request).metadata.event_payload.attempt_id,
};

describeProvider(FIXTURE);
describeAnyAnswer(FIXTURE);

const read = (callback: Callback, secrets: object = SECRETS) =>
  slack(noon).read?.(callback, { presence: 'ASK' }, secrets as typeof SECRETS);

describeCallbacks({ ...slackCallbacks, read: (callback) => read(callback) as never });

describe('slack, when it calls back', () => {
  it('hears its challenge again, if it is proven', () => {
    const body = Buffer.from(JSON.stringify({ type: 'url_verification', challenge: '3eZbrw1a', token: 'x' }));
    expect(read(signed(body, NOON))).toEqual({
      kind: 'events',
      events: [],
      reply: { contentType: 'text/plain', body: '3eZbrw1a' },
    });
    expect(read(toCallback({ body }))).toMatchObject({ kind: 'forged' });
  });

  it('is not believed where we do not know its signing secret', () => {
    const body = Buffer.from(callbackOf('Ev01', { type: 'user_change' }));
    expect(read(signed(body, NOON), { botToken: 'x' })).toMatchObject({ kind: 'forged' });
  });
});

describe('slack', () => {
  async function send(mode: ProviderServer['mode'], content: object = {}) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const message = call('SLACK', 'U024BE7LH');
    const answer = await slack(noon)
      .open({ presence: 'IGNORE', baseUrl: server.url }, SECRETS)
      .send({ ...message, content: { ...message.content, ...content } }, AbortSignal.timeout(8_000));
    return { answer, request: server.requests[0] as LoggedRequest };
  }

  it('is asked as our bot, the title in bold and links not unfolded', async () => {
    const { request } = await send('ok', { url: 'https://e.com/?a=1&b=2' });
    expect([request.method, request.path]).toEqual(['POST', '/api/chat.postMessage']);
    expect(request.headers.authorization).toBe('Bearer xoxb-of-ana');
    expect(postedIn(request)).toMatchObject({
      text: '*Your order*\nIt is on its way.\nhttps://e.com/?a=1&amp;b=2',
      unfurl_links: false,
    });
  });

  it('cannot be made to call a whole channel, or to show a link under a false name', async () => {
    const { request } = await send('ok', { title: '2 * 3', body: '<!channel> <https://evil.example|bank>' });
    expect(postedIn(request).text).toBe('2 * 3\n&lt;!channel&gt; &lt;https://evil.example|bank&gt;');
  });

  it.each<[string, object]>([
    ['user_not_found', { kind: 'gone' }],
    ['user_disabled', { kind: 'gone' }],
    ['is_archived', { kind: 'gone' }],
    ['channel_not_found', { kind: 'rejected' }],
    ['not_in_channel', { kind: 'rejected' }],
    ['account_inactive', { kind: 'misconfigured' }],
    ['not_authed', { kind: 'misconfigured' }],
    ['ratelimited', { kind: 'retry', rateLimited: true }],
    ['service_unavailable', { kind: 'retry', rateLimited: false }],
    ['fatal_error', { kind: 'unknown' }],
    ['internal_error', { kind: 'unknown' }],
    ['some_new_word', { kind: 'rejected' }],
  ])('says 200 and %s: %j', async (error, outcome) =>
    expect((await send(no(error))).answer).toMatchObject({ ...outcome, httpStatus: 200, code: error }),
  );

  it('says which scope is missing', async () =>
    expect((await send(json({ ok: false, error: 'missing_scope', needed: 'chat:write' }))).answer).toMatchObject({
      kind: 'misconfigured',
      detail: 'Slack says: missing_scope (chat:write)',
    }));

  it('proves nothing by a yes without a time stamp', async () =>
    expect((await send(json({ ok: true, ts: 'soon' }))).answer).toMatchObject({ kind: 'unknown', code: 'NOT_PROVEN' }));

  it.each<[object, boolean]>([
    [{}, true],
    [{ presence: 'IGNORE' }, true],
    [{ presence: 'MAYBE' }, false],
  ])('takes settings %j: %s', (settings, taken) =>
    expect(slack(noon).settings.safeParse(settings).success).toBe(taken),
  );
});

describe('slack, asked who is there first', () => {
  /** A Slack that says this about presence, and takes every message. */
  async function send(presence: Reply | 'hang') {
    const asks = (request: LoggedRequest) => request.path.startsWith('/api/users.getPresence');
    await using server = await ProviderServer.start((request) =>
      asks(request) && presence !== 'hang' ? presence : yes(),
    );
    if (presence === 'hang') server.mode = 'hang';
    server.onSilence = () => (server.mode = 'ok');
    const answer = await slack(noon)
      .open({ presence: 'ASK', baseUrl: server.url }, SECRETS)
      .send(call('SLACK', 'U024BE7LH'), AbortSignal.timeout(8_000));
    return { answer, requests: server.requests };
  }

  it('is not written to about somebody who is away', async () => {
    const { answer, requests } = await send(json({ ok: true, presence: 'away' }));
    expect(answer).toMatchObject({ kind: 'rejected', reason: 'RECIPIENT_AWAY', code: 'AWAY' });
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/users.getPresence?user=U024BE7LH',
    ]);
    expect(requests[0]?.headers.authorization).toBe('Bearer xoxb-of-ana');
  });

  it.each<[string, Reply]>([
    ['somebody is active', json({ ok: true, presence: 'active' })],
    ['nobody may ask', no('missing_scope')],
    ['too many ask', json({ ok: false, error: 'ratelimited' }, 429)],
    ['Slack is in trouble', { status: 503, body: 'oops' }],
    ['a proxy answers', { status: 200, body: '<h1>Welcome</h1>' }],
  ])('is written to, once, when %s', async (_name, presence) => {
    const { answer, requests } = await send(presence);
    expect(answer).toMatchObject({ kind: 'accepted' });
    expect(requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
  });

  it('is written to when it does not say in time', async () => {
    expect((await send('hang')).answer).toMatchObject({ kind: 'accepted' });
  });
});
