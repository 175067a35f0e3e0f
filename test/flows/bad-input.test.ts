import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SignJWT } from 'jose';
import { startTestApp, type TestApp } from '../support/app.js';
import { Gateway, type GraphAnswer } from '../support/gateway.js';
import { until } from '../support/until.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  await app.development.category('orders');
  await app.development.person('ana', { email: 'ana@example.com' });
});

afterAll(() => app[Symbol.asyncDispose]());

/** A clear refusal: a code, a request id where there was a request, and nothing of our insides. */
function expectRefusal(answer: GraphAnswer<unknown>, status: number, code: string): void {
  expect([answer.status, answer.errors[0]?.extensions.code], answer.text).toEqual([status, code]);
  expect(answer.text).not.toMatch(/\bat \/|node_modules|select |stack/i);
  expect(answer.errors[0]?.message.length).toBeGreaterThan(10);
}

const send = (input: object): { query: string; variables: object } => ({
  query: 'mutation($input: SendInput!) { send(input: $input) { send { id } userErrors { field message code } } }',
  variables: { input },
});
const good = { to: [{ externalId: 'ana' }], category: 'orders', content: { title: 'T', body: 'B' } };

describe('over HTTP', () => {
  const bodies: [string, unknown, number, string][] = [
    ['nothing', '', 400, 'BAD_USER_INPUT'],
    ['half a JSON', '{"query": "{ categ', 400, 'BAD_USER_INPUT'],
    ['a list', [], 400, 'BAD_USER_INPUT'],
    ['no query', {}, 400, 'BAD_USER_INPUT'],
    ['a query that is a number', { query: 5 }, 400, 'BAD_USER_INPUT'],
    ['a syntax error', { query: '{ categories { key }' }, 400, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', { query: '{ categories { kee } }' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'an unknown operation name',
      { query: 'query A { categories { key } }', operationName: 'B' },
      400,
      'BAD_USER_INPUT',
    ],
    ['a missing variable', { query: 'query($id: ID!) { notification(id: $id) { id } }' }, 400, 'BAD_USER_INPUT'],
    [
      'a variable of the wrong type',
      { query: 'query($id: ID!) { notification(id: $id) { id } }', variables: { id: { a: 1 } } },
      400,
      'BAD_USER_INPUT',
    ],
    [
      'both fields of a reference',
      { query: '{ recipient(ref: { id: "a", externalId: "b" }) { id } }' },
      400,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['no field of a reference', { query: '{ recipient(ref: {}) { id } }' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a depth bomb',
      { query: `{ notifications { nodes { ${'recipient { '.repeat(30)} id ${'}'.repeat(30)} } } }` },
      400,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'two hundred aliases',
      { query: `{ ${Array.from({ length: 200 }, (_, n) => `a${n}: categories { key }`).join(' ')} }` },
      400,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['too many tokens', { query: `{ ${'a '.repeat(6000)} }` }, 400, 'GRAPHQL_PARSE_FAILED'],
    [
      'a fragment cycle',
      { query: '{ categories { ...A } } fragment A on Category { ...B } fragment B on Category { ...A }' },
      400,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['NUL in the document', { query: '{ template(key: "\\u0000") { key } }' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'half a surrogate pair in the document',
      { query: '{ template(key: "\\uD800") { key } }' },
      400,
      'GRAPHQL_PARSE_FAILED',
    ],
    ['a page of 0', { query: '{ notifications(first: 0) { nodes { id } } }' }, 400, 'BAD_USER_INPUT'],
    ['a page of 99,999,999', { query: '{ notifications(first: 99999999) { nodes { id } } }' }, 400, 'BAD_USER_INPUT'],
    ['a forged cursor', { query: '{ notifications(after: "WzFd") { nodes { id } } }' }, 400, 'BAD_USER_INPUT'],
    ['a subscription', { query: 'subscription { inboxEvents { version } }' }, 400, 'BAD_USER_INPUT'],
    ['a batch', [{ query: '{ categories { key } }' }], 400, 'BAD_USER_INPUT'],
  ];
  test.each(bodies)('%s', async (_name, body, status, code) => {
    expectRefusal(await app.development.raw(body), status, code);
  });

  const inputs: [string, object, string][] = [
    ['NUL in a title', { ...good, content: { title: 'a\u0000b', body: 'B' } }, 'BAD_USER_INPUT'],
    ['half a surrogate pair in data', { ...good, data: { deep: [{ key: '\ud800' }] } }, 'BAD_USER_INPUT'],
    ['NUL in a key', { ...good, data: { 'a\u0000': 1 } }, 'BAD_USER_INPUT'],
    ['an unknown input field', { ...good, colour: 'red' }, 'BAD_USER_INPUT'],
    ['a date that is none', { ...good, sendAt: '2026-02-30T00:00:00Z' }, 'BAD_USER_INPUT'],
    ['a zone that is none', { ...good, to: [{ externalId: 'x', timeZone: 'Mars/Base' }] }, 'BAD_USER_INPUT'],
    [
      'a script as a link',
      { ...good, content: { title: 'T', body: 'B', url: 'javascript:alert(1)' } },
      'BAD_USER_INPUT',
    ],
    ['an unknown channel', { ...good, channels: ['PIGEON'] }, 'BAD_USER_INPUT'],
  ];
  test.each(inputs)('%s', async (_name, input, code) => {
    expectRefusal(await app.development.raw(send(input)), 400, code);
  });

  const refused: [string, object, string[], string][] = [
    [
      '1,001 recipients',
      { ...good, to: Array.from({ length: 1001 }, (_, n) => ({ externalId: `p${n}` })) },
      ['input', 'to'],
      'TOO_MANY_RECIPIENTS',
    ],
    ['no recipients', { ...good, to: [] }, ['input', 'to'], 'TOO_MANY_RECIPIENTS'],
    ['neither people nor topic', { ...good, to: null }, ['input', 'to'], 'INVALID_TARGET'],
    ['a person without a name', { ...good, to: [{ locale: 'en' }] }, ['input', 'to', '0'], 'INVALID_TARGET'],
    [
      'a broken address',
      { ...good, to: [{ externalId: 'ana' }, { externalId: 'b', email: 'a@b@c' }] },
      ['input', 'to', '1', 'email'],
      'INVALID_EMAIL',
    ],
    [
      'an address with a second header',
      { ...good, to: [{ externalId: 'b', email: 'x@example.com\r\nBcc: y@example.com' }] },
      ['input', 'to', '0', 'email'],
      'INVALID_EMAIL',
    ],
    [
      'a broken phone',
      { ...good, to: [{ externalId: 'b', phone: '555' }] },
      ['input', 'to', '0', 'phone'],
      'INVALID_PHONE',
    ],
    [
      'a stranger',
      { ...good, to: [{ externalId: 'nobody' }] },
      ['input', 'to', '0', 'externalId'],
      'UNKNOWN_RECIPIENT',
    ],
    [
      'an id of another kind',
      { ...good, to: [{ id: 'snd_00000000000000000000000000' }] },
      ['input', 'to', '0', 'id'],
      'UNKNOWN_RECIPIENT',
    ],
    ['an unknown category', { ...good, category: 'none' }, ['input', 'category'], 'UNKNOWN_CATEGORY'],
    [
      'an unknown template',
      { to: good.to, category: 'orders', template: 'none' },
      ['input', 'template'],
      'UNKNOWN_TEMPLATE',
    ],
    [
      'an unknown topic',
      { topic: 'none', category: 'orders', content: good.content },
      ['input', 'topic'],
      'UNKNOWN_TOPIC',
    ],
    [
      'two lines of title',
      { ...good, content: { title: 'a\r\nBcc: x', body: 'B' } },
      ['input', 'content', 'title'],
      'INVALID_CONTENT',
    ],
    [
      'an end before the start',
      { ...good, sendAt: '2026-12-24T00:00:00Z', expiresAt: '2026-12-23T00:00:00Z' },
      ['input', 'expiresAt'],
      'INVALID_TIME',
    ],
    ['an empty key', { ...good, idempotencyKey: '' }, ['input', 'idempotencyKey'], 'INVALID_IDEMPOTENCY_KEY'],
    ['no channel at all', { ...good, channels: [] }, ['input', 'channels'], 'INVALID_CHANNELS'],
  ];
  test.each(refused)('%s: said with its path, and nothing is stored', async (_name, input, field, code) => {
    const answer = await app.development.raw(send(input));
    expect(answer.status).toBe(200);
    expect(answer.data).toMatchObject({ send: { send: null, userErrors: [{ field, code }] } });
  });

  test('more than a megabyte', async () => {
    expectRefusal(
      await app.development.raw({ query: '{ categories { key } }', padding: 'x'.repeat(1_100_000) }),
      413,
      'PAYLOAD_TOO_LARGE',
    );
  });

  test('another content type, and GET', async () => {
    const text = await fetch(`http://127.0.0.1:${app.app.port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '{"query":"{ categories { key } }"}',
    });
    expect([text.status, text.headers.get('content-type')]).toEqual([400, 'application/json; charset=utf-8']);
    const get = await fetch(`http://127.0.0.1:${app.app.port}/graphql?query=%7Bcategories%7Bkey%7D%7D`);
    expect(get.status).toBe(400);
    const nowhere = await fetch(`http://127.0.0.1:${app.app.port}/nowhere`);
    expect([
      nowhere.status,
      ((await nowhere.json()) as { errors: { extensions: object }[] }).errors[0]?.extensions,
    ]).toEqual([404, { code: 'NOT_FOUND' }]);
  });

  test('integrations that cannot work are refused with paths', async () => {
    const upsert = (input: object) =>
      app.development.attempt('upsertIntegration', { key: 'mail', channel: 'EMAIL', ...input }, 'integration { id }');
    expect((await upsert({ provider: 'pigeon' })).userErrors[0]?.code).toBe('UNKNOWN_PROVIDER');
    expect((await upsert({ provider: 'twilio' })).userErrors.map((error) => error.code)).toContain(
      'CHANNEL_NOT_SUPPORTED',
    );
    const errors = (await upsert({ provider: 'smtp', settings: { host: '', port: 99_999, colour: 'red' } })).userErrors;
    expect(errors.map((error) => error.field.join('.'))).toEqual(
      expect.arrayContaining(['input.settings.host', 'input.settings.port', 'input.settings.from']),
    );
  });

  const tokens: [string, () => Promise<string>][] = [
    ['garbage', async () => 'eyJ.garbage.x'],
    [
      'no signature',
      async () =>
        `${Buffer.from('{"alg":"none","kid":"development"}').toString('base64url')}.${Buffer.from('{"sub":"ana"}').toString('base64url')}.`,
    ],
    ['another secret', () => sign({ aud: 'development', sub: 'ana' }, '5m')],
    ['an environment that is none', () => sign({ aud: 'nowhere', sub: 'ana' }, '5m', 'nowhere')],
  ];
  test.each(tokens)('a token with %s', async (_name, make) => {
    expectRefusal(
      await new Gateway(app.app.port, await make()).raw({ query: '{ inbox { version } }' }),
      401,
      'UNAUTHENTICATED',
    );
  });

  test('a token that has expired, and one that would live too long', async () => {
    const token = await app.development.token('ana', 'PT1S');
    await until(
      async () =>
        (await new Gateway(app.app.port, token).raw({ query: '{ inbox { version } }' })).errors[0]?.extensions[
          'reason'
        ] === 'TOKEN_EXPIRED',
      'the token to expire',
    );
    const long = await app.development.attempt(
      'createRecipientToken',
      { recipient: { externalId: 'ana' }, expiresIn: 'PT1H' },
      'token',
    );
    expect(long.userErrors[0]).toMatchObject({ field: ['input', 'expiresIn'], code: 'INVALID_DURATION' });
  });
});

function sign(claims: { aud: string; sub: string }, life: string, kid = 'development'): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256', kid })
    .setIssuer('tidings')
    .setAudience(claims.aud)
    .setSubject(claims.sub)
    .setIssuedAt()
    .setExpirationTime(life)
    .sign(Buffer.from('not the secret of this environment'));
}
