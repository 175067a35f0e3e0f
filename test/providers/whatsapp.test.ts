import { describe, expect, it } from 'vitest';
import { whatsapp } from '../../src/providers/whatsapp.js';
import { describeAnyAnswer } from '../support/any-answer.js';
import { describeCallbacks } from '../support/callback-contract.js';
import { SECRETS, SETTINGS, whatsappCallbacks } from '../support/callbacks/whatsapp.js';
import { call, describeProvider, noon, type Fixture } from '../support/provider-contract.js';
import { ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';
const TEMPLATE = 'HX00000000000000000000000000000001';

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const yes = (): Reply => json(201, { sid: 'SM01', status: 'queued' });
const formOf = (request: LoggedRequest) => new URLSearchParams(request.body);

const FIXTURE: Fixture = {
  name: 'whatsapp',
  channel: 'WHATSAPP',
  address: '+14155550123',
  open: (baseUrl) => whatsapp(noon).open({ ...SETTINGS, baseUrl }, SECRETS),
  yes,
  providerId: 'SM01',
  unauthorized: json(401, { code: 20003, message: 'Authenticate', status: 401 }),
  rejected: json(400, { code: 21211, message: "The 'To' number is not a valid phone number.", status: 400 }),
  limited: json(429, { code: 20429, message: 'Too Many Requests', status: 429 }),
  sent: (request) => {
    const form = formOf(request);
    return { to: form.get('To')?.replace(/^whatsapp:/, '') ?? '', texts: [form.get('Body') ?? ''] };
  },
  attemptIn: (request) => new URL(formOf(request).get('StatusCallback') ?? '').searchParams.get('attempt') ?? undefined,
};

describeProvider(FIXTURE);
describeAnyAnswer(FIXTURE);

describeCallbacks({
  ...whatsappCallbacks,
  read: (callback) => whatsapp(noon).read?.(callback, SETTINGS, SECRETS) as never,
});

describe('whatsapp', () => {
  async function send(mode: ProviderServer['mode'], settings: object = {}, said: object = {}) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const carrier = whatsapp(noon).open({ ...SETTINGS, ...settings, baseUrl: server.url }, SECRETS);
    const message = call('WHATSAPP', '+14155550123');
    const content = { ...message.content, url: 'https://e.com/1', ...said };
    const answer = await carrier.send({ ...message, content }, AbortSignal.timeout(8_000));
    return { answer, form: formOf(server.requests[0] as LoggedRequest) };
  }

  it('is written to from number to number', async () => {
    const { form } = await send('ok');
    expect([form.get('From'), form.get('To')]).toEqual(['whatsapp:+15005550006', 'whatsapp:+14155550123']);
    expect(form.get('Body')).toBe('Your order\nIt is on its way.\nhttps://e.com/1');
  });

  it('gets the template with its variables, and no text besides', async () => {
    const { form } = await send('ok', { contentSid: TEMPLATE });
    expect([form.get('ContentSid'), form.has('Body')]).toEqual([TEMPLATE, false]);
    expect(JSON.parse(form.get('ContentVariables') ?? '')).toEqual({
      1: 'Your order',
      2: 'It is on its way.',
      3: 'https://e.com/1',
    });
  });

  it('fills in what is not there, and takes out line breaks, which templates do not take', async () => {
    const said = { title: null, body: 'One\n\ntwo', url: null };
    const { form } = await send('ok', { contentSid: TEMPLATE }, said);
    expect(JSON.parse(form.get('ContentVariables') ?? '')).toEqual({ 1: '-', 2: 'One two', 3: '-' });
  });

  it.each<[number, string, RegExp]>([
    [63016, 'rejected', /24 hours.*contentSid/],
    [63024, 'gone', /no/],
    [63003, 'gone', /no/],
    [63015, 'rejected', /no/],
    [63007, 'misconfigured', /no/],
    [63041, 'misconfigured', /no/],
    [63018, 'retry', /no/],
  ])('refuses with %d: %s', async (code, kind, detail) =>
    expect((await send(json(400, { code, message: 'no', status: 400 }))).answer).toMatchObject({
      kind,
      code: String(code),
      detail: expect.stringMatching(detail) as string,
    }),
  );

  it.each<[object, boolean]>([
    [SETTINGS, true],
    [{ ...SETTINGS, contentSid: TEMPLATE }, true],
    [{ ...SETTINGS, contentSid: 'HX1' }, false],
    [{ from: 'whatsapp:+15005550006' }, false],
    [{}, false],
  ])('takes settings %j: %s', (settings, taken) =>
    expect(whatsapp(noon).settings.safeParse(settings).success).toBe(taken),
  );
});
