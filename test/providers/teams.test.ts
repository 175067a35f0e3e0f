import { describe, expect, it } from 'vitest';
import { egressTo } from '../../src/base/egress.js';
import { teams } from '../../src/providers/teams.js';
import { describeAnyAnswer } from '../support/any-answer.js';
import { call, describeProvider, noon, type Fixture } from '../support/provider-contract.js';
import { deadUrl, ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';

const HOST = 'https://prod-00.westeurope.logic.azure.com';
const SECRET_PATH = '/workflows/abc/triggers/manual/paths/invoke?api-version=2016-06-01&sig=hush';

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const yes = (): Reply => ({ status: 202, headers: { 'x-ms-workflow-run-id': '0858' }, body: '' });
const no = (status: number, code: string): Reply => json(status, { error: { code, message: `about ${SECRET_PATH}` } });

interface Card {
  type: string;
  attachments: {
    contentType: string;
    content: { version: string; body: { type: string; text: string }[]; actions?: { title: string; url: string }[] };
  }[];
}

const cardIn = (request: LoggedRequest | undefined) => JSON.parse(request?.body ?? '') as Card;

const FIXTURE: Fixture = {
  name: 'teams',
  channel: 'TEAMS',
  address: HOST + SECRET_PATH,
  open: (baseUrl) => teams(noon, egressTo([])).open({ baseUrl }, {}),
  yes,
  providerId: '0858',
  unauthorized: no(401, 'DirectApiAuthorizationRequired'),
  otherwise: { 'refused credentials': 'gone' },
  rejected: no(400, 'TriggerInputSchemaMismatch'),
  limited: json(429, {}),
  sent: (request) => {
    const content = cardIn(request).attachments[0]?.content;
    const urls = content?.actions?.map((action) => action.url) ?? [];
    return { to: HOST + request.path, texts: [...(content?.body.map((block) => block.text) ?? []), ...urls] };
  },
};

describeProvider(FIXTURE);
describeAnyAnswer(FIXTURE);

describe('teams', () => {
  const ALLOWED = egressTo(['127.0.0.0/8']);

  async function send(mode: ProviderServer['mode'], content: object = {}, egress = ALLOWED) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const message = call('TEAMS', server.url + SECRET_PATH);
    const answer = await teams(noon, egress)
      .open({}, {})
      .send({ ...message, content: { ...message.content, ...content } }, AbortSignal.timeout(8_000));
    return { answer, requests: server.requests };
  }

  it('gets an adaptive card, with a button that says where it leads', async () => {
    const { requests } = await send('ok', { url: 'https://e.com/1' });
    expect([requests[0]?.method, requests[0]?.path]).toEqual(['POST', SECRET_PATH]);
    expect(cardIn(requests[0])).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: {
            type: 'AdaptiveCard',
            body: [{ text: 'Your order', weight: 'Bolder' }, { text: 'It is on its way.' }],
            actions: [{ type: 'Action.OpenUrl', title: 'e.com', url: 'https://e.com/1' }],
          },
        },
      ],
    });
    const plain = cardIn((await send('ok', { title: null })).requests[0]).attachments[0]?.content;
    expect([plain?.body.length, plain?.actions]).toEqual([1, undefined]);
  });

  it.each<[Reply, object]>([
    [yes(), { kind: 'accepted', providerId: '0858' }],
    [
      { status: 202, body: '' },
      { kind: 'accepted', providerId: null },
    ],
    [
      { status: 200, body: '1' },
      { kind: 'accepted', providerId: null },
    ],
    [
      { status: 200, body: 'Microsoft Teams endpoint returned HTTP error 429' },
      { kind: 'retry', rateLimited: true },
    ],
    [no(400, 'InvalidTemplate'), { kind: 'rejected', code: 'InvalidTemplate' }],
    [no(403, 'Forbidden'), { kind: 'gone' }],
    [no(404, 'WorkflowNotFound'), { kind: 'gone', code: 'WorkflowNotFound' }],
    [
      { status: 410, body: '' },
      { kind: 'gone', code: '410' },
    ],
  ])('answers %j: %j', async (reply, outcome) => expect((await send(reply)).answer).toMatchObject(outcome));

  it('has its URL said by no answer', async () => {
    const lonely = teams(noon, ALLOWED).open({}, {});
    const gone = await lonely.send(call('TEAMS', (await deadUrl()) + SECRET_PATH), AbortSignal.timeout(8_000));
    const answers = [gone, (await send(no(404, 'x'))).answer, (await send('cut mid-body')).answer];
    expect(JSON.stringify(answers)).not.toMatch(/hush|workflows\/abc/);
  });

  it('is not asked to take what is too long, in bytes', async () => {
    const { answer, requests } = await send('ok', { body: 'ž'.repeat(14_336) });
    expect([answer.kind, answer.code, requests.length]).toEqual(['rejected', 'TOO_LONG', 0]);
    expect((await send('ok', { body: 'x'.repeat(28_000) })).answer.kind).toBe('accepted');
  });

  it('is not called where addresses may not lead', async () => {
    const { answer, requests } = await send('ok', {}, egressTo([]));
    expect([answer.kind, answer.code, requests.length]).toEqual(['rejected', 'EGRESS_REFUSED', 0]);
  });

  it('is not led to another host by a path that looks like one', async () => {
    await using server = await ProviderServer.start(yes);
    const carrier = teams(noon, egressTo([])).open({ baseUrl: server.url }, {});
    await carrier.send(call('TEAMS', 'https://e.com//evil.example/x'), AbortSignal.timeout(8_000));
    expect(server.requests.map(({ path }) => path)).toEqual(['//evil.example/x']);
  });

  it('is not called at what is no URL', async () =>
    expect(
      await teams(noon, ALLOWED).open({}, {}).send(call('TEAMS', 'nowhere'), AbortSignal.timeout(8_000)),
    ).toMatchObject({ kind: 'rejected', code: 'INVALID_URL' }));
});
