import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  const { development } = app;
  await development.category('news', { channels: ['EMAIL', 'SMS'] });
  const people: [string, object][] = [
    [
      'ana',
      {
        email: 'ana@example.com',
        locale: 'cs',
        timeZone: 'Europe/Prague',
        attributes: { plan: { name: 'pro' }, age: 31 },
      },
    ],
    [
      'ben',
      { email: 'ben@example.com', locale: 'de-AT', attributes: { plan: { name: 'free' }, tags: ['beta', 'early'] } },
    ],
    ['cy', { phone: '+14155550123', locale: 'de', attributes: { plan: { name: 'pro' }, age: 17 } }],
    ['dee', { timeZone: 'Asia/Tokyo', attributes: { plan: 'pro' } }],
  ];
  for (const [name, more] of people) await development.person(name, more);
  await development.mutate(
    'subscribeToTopic',
    { topic: 'releases', recipients: [{ externalId: 'ana' }, { externalId: 'dee' }] },
    'addedCount',
  );
});

afterAll(() => app[Symbol.asyncDispose]());

const PRO = { attribute: { path: ['plan', 'name'], test: 'EQUALS', value: 'pro' } };

async function audience(key: string, rule: object): Promise<{ size: number; name: string; rule: object }> {
  const payload = await app.development.mutate<{ audience: { size: number; name: string; rule: object } }>(
    'upsertAudience',
    { key, rule },
    'audience { key name rule size }',
  );
  return payload.audience;
}

/** Who would get it, by a dry run. */
async function people(key: string): Promise<string[]> {
  const data = await app.development.query<{ explain: { recipient: { externalId: string } }[] }>(
    'query($input: SendInput!) { explain(input: $input) { recipient { externalId } } }',
    { input: { audience: key, category: 'news', content: { title: 'T', body: 'B' } } },
  );
  return data.explain.map((plan) => plan.recipient.externalId).sort();
}

async function send(key: string, more: object = {}): Promise<string> {
  const input = { audience: key, category: 'news', content: { title: 'News', body: 'B' }, ...more };
  return (await app.development.mutate<{ send: { id: string } }>('send', input, 'send { id }')).send.id;
}

/** The people that a send has reached when it is done. */
async function reached(id: string): Promise<string[]> {
  const { send: found } = await until(async () => {
    const data = await app.development.query<{
      send: {
        progress: { expanded: boolean; recipientCount: number; finishedCount: number };
        notifications: { nodes: { recipient: { externalId: string } }[] };
      };
    }>(
      'query($id: ID!) { send(id: $id) { progress { expanded recipientCount finishedCount } notifications { nodes { recipient { externalId } } } } }',
      { id },
    );
    const { expanded, recipientCount, finishedCount } = data.send.progress;
    return expanded && recipientCount === finishedCount && data;
  }, 'the send to be done');
  return found.notifications.nodes.map((node) => node.recipient.externalId).sort();
}

describe('a rule', () => {
  test.each<[string, object, string[]]>([
    ['about everybody', { all: [] }, ['ana', 'ben', 'cy', 'dee']],
    ['about an attribute in an object', PRO, ['ana', 'cy']],
    ['about one of several values', { attribute: { path: 'plan', test: 'IN', value: ['pro', 'team'] } }, ['dee']],
    ['about a value in a list', { attribute: { path: 'tags', test: 'CONTAINS', value: 'beta' } }, ['ben']],
    ['about a number', { attribute: { path: ['age'], test: 'GREATER', value: 17 } }, ['ana']],
    ['about something missing', { attribute: { path: ['age'], test: 'EXISTS', value: false } }, ['ben', 'dee']],
    ['about something that is there', { attribute: { path: ['age'], test: 'EXISTS' } }, ['ana', 'cy']],
    ['about a language', { locale: ['de'] }, ['ben', 'cy']],
    ['about a time zone', { timeZone: ['Asia/Tokyo', 'Asia/Seoul'] }, ['dee']],
    ['about an address', { hasChannel: 'EMAIL' }, ['ana', 'ben']],
    ['about a topic', { topic: 'releases' }, ['ana', 'dee']],
    ['about several things', { all: [PRO, { any: [{ locale: ['cs'] }, { hasChannel: 'SMS' }] }] }, ['ana', 'cy']],
    ['about what is not so', { all: [PRO, { not: { topic: 'releases' } }] }, ['cy']],
    ['that nobody fulfils', { attribute: { path: ['plan'], test: 'LESS', value: 5 } }, []],
  ])('%s holds these people, and says how many', async (_name, rule, expected) => {
    const made = await audience('trial', rule);
    expect(made.size).toBe(expected.length);
    expect(await people('trial')).toEqual(expected);
  });

  const nested = (depth: number): object => (depth === 1 ? PRO : { not: nested(depth - 1) });
  test.each<[string, object, string[], string]>([
    ['too deep', nested(9), ['rule', ...Array<string>(8).fill('not')], 'RULE_TOO_DEEP'],
    ['too large', { all: Array.from({ length: 100 }, () => PRO) }, ['rule'], 'RULE_TOO_LARGE'],
    ['of nothing', { any: [] }, ['rule', 'any'], 'INVALID_RULE'],
    [
      'with an empty path',
      { all: [{ not: { attribute: { path: [], test: 'EXISTS' } } }] },
      ['rule', 'all', '0', 'not', 'attribute', 'path'],
      'INVALID_RULE',
    ],
    ['without a value', { attribute: { path: 'age', test: 'EQUALS' } }, ['rule', 'attribute', 'value'], 'INVALID_RULE'],
    [
      'with one value where a list belongs',
      { attribute: { path: 'age', test: 'IN', value: 5 } },
      ['rule', 'attribute', 'value'],
      'INVALID_RULE',
    ],
    [
      'with a list to be less than',
      { attribute: { path: 'age', test: 'LESS', value: [5] } },
      ['rule', 'attribute', 'value'],
      'INVALID_RULE',
    ],
    ['about a topic that is none', { any: [PRO, { topic: 'none' }] }, ['rule', 'any', '1', 'topic'], 'UNKNOWN_TOPIC'],
    ['without languages', { locale: [] }, ['rule', 'locale'], 'INVALID_RULE'],
  ])('%s is refused with its place', async (_name, rule, field, code) => {
    const payload = await app.development.attempt('upsertAudience', { key: 'bad', rule }, 'audience { key }');
    expect(payload.userErrors).toMatchObject([{ field: ['input', ...field], code }]);
    expect(await app.development.query('{ audience(key: "bad") { key } }')).toEqual({ audience: null });
  });

  test.each<[string, unknown]>([
    ['two fields', { all: [], any: [] }],
    ['no field', {}],
    ['a channel that is none', { hasChannel: 'PIGEON' }],
  ])('with %s is no rule at all', async (_name, rule) => {
    const answer = await app.development.raw({
      query: 'mutation($input: UpsertAudienceInput!) { upsertAudience(input: $input) { userErrors { code } } }',
      variables: { input: { key: 'bad', rule } },
    });
    expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  });

  test('far too deep for anybody to read is refused before it is read', async () => {
    const rule = `${'{"not":'.repeat(60_000)}{"all":[]}${'}'.repeat(60_000)}`;
    const answer = await app.development.raw(
      `{"query":"mutation($input: UpsertAudienceInput!) { upsertAudience(input: $input) { userErrors { code } } }","variables":{"input":{"key":"bad","rule":${rule}}}}`,
    );
    expect([answer.status, answer.errors[0]?.extensions]).toMatchObject([400, { code: 'BAD_USER_INPUT' }]);
  });

  test('8 deep and 100 large may be', async () => {
    expect((await audience('limits', nested(8))).size).toBe(2);
    expect((await audience('limits', { all: Array.from({ length: 99 }, () => PRO) })).size).toBe(2);
  });
});

describe('a send to an audience', () => {
  test('reaches the people whom the rule selects', async () => {
    await audience('pro', PRO);
    expect(await reached(await send('pro'))).toEqual(['ana', 'cy']);
    expect(await app.development.outbox('ana@example.com')).toMatchObject([{ title: 'News' }]);
  });

  test('keeps its rule, whatever becomes of the audience', async () => {
    await audience('moving', { locale: ['cs'] });
    const id = await send('moving', { sendAt: new Date(Date.now() + 1_500).toISOString() });
    await audience('moving', { all: [] });
    await app.development.mutate('deleteAudience', { key: 'moving' }, 'deletedKey');
    expect(await reached(id)).toEqual(['ana']);
    const refused = await app.development.attempt(
      'send',
      { audience: 'moving', category: 'news', content: { title: 'T', body: 'B' } },
      'send { id }',
    );
    expect(refused.userErrors).toMatchObject([{ field: ['input', 'audience'], code: 'UNKNOWN_AUDIENCE' }]);
    const gone = await app.development.attempt('deleteAudience', { key: 'moving' }, 'deletedKey');
    expect(gone.userErrors).toMatchObject([{ field: ['input', 'key'], code: 'NOT_FOUND' }]);
  });
});

test('audiences are read back as they were written, in their environment alone', async () => {
  await app.development.mutate(
    'upsertAudience',
    { key: 'vip', name: 'Very important', rule: { not: PRO } },
    'audience { key }',
  );
  const renamed = await audience('vip', { all: [PRO, { hasChannel: 'EMAIL' }] });
  expect(renamed).toMatchObject({ name: 'Very important', rule: { all: [PRO, { hasChannel: 'EMAIL' }] }, size: 1 });
  const { audiences } = await app.development.query<{ audiences: { nodes: { key: string }[] } }>(
    '{ audiences { nodes { key } } }',
  );
  const keys = audiences.nodes.map((node) => node.key);
  expect(keys).toContain('vip');
  expect(keys).toEqual([...keys].sort());
  expect(await app.production.query('{ audience(key: "vip") { key } audiences { nodes { key } } }')).toEqual({
    audience: null,
    audiences: { nodes: [] },
  });
});
