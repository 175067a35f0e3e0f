import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});

afterAll(() => app[Symbol.asyncDispose]());

const POLICY = `category { key failover silence { after then times }
  retry { maxAttempts firstDelay factor maxDelay giveUpAfter } }`;

const upsert = (input: object) => app.development.attempt<{ category: object }>('upsertCategory', input, POLICY);

describe('a category', () => {
  it('says how it retries, fails over and takes silence; what is not said again stays', async () => {
    expect((await upsert({ key: 'plain' })).category).toMatchObject({
      failover: 'AFTER_RETRIES',
      silence: null,
      retry: { factor: 2 },
    });
    const told = await upsert({
      key: 'codes',
      class: 'SECURITY',
      failover: 'AT_ONCE',
      retry: { maxAttempts: 1, factor: 1.5 },
      silence: { after: 'PT2M', then: 'NEXT_CHANNEL' },
    });
    const expected = {
      failover: 'AT_ONCE',
      silence: { after: 'PT2M', then: 'NEXT_CHANNEL', times: 1 },
      retry: { maxAttempts: 1, factor: 1.5 },
    };
    expect(told.category).toMatchObject(expected);
    expect((await upsert({ key: 'codes', name: 'Sign-in codes' })).category).toMatchObject(expected);
    const listed = await app.development.query<{ categories: { key: string; failover: string }[] }>(
      '{ categories { key failover } }',
    );
    expect(listed.categories).toContainEqual({ key: 'codes', failover: 'AT_ONCE' });
    expect((await upsert({ key: 'codes', silence: null })).category).toMatchObject({ silence: null });
  });

  it.each<[string, object, string[], string]>([
    ['a factor below one', { retry: { factor: 0.9 } }, ['input', 'retry', 'factor'], 'INVALID_RETRY'],
    ['a factor above ten', { retry: { factor: 10.1 } }, ['input', 'retry', 'factor'], 'INVALID_RETRY'],
    [
      'silence of no fixed length',
      { silence: { after: 'P1M', then: 'RESEND' } },
      ['input', 'silence', 'after'],
      'INVALID_DURATION',
    ],
    [
      'silence of a moment',
      { silence: { after: 'PT0.5S', then: 'RESEND' } },
      ['input', 'silence', 'after'],
      'INVALID_DURATION',
    ],
    [
      'silence of a quarter',
      { silence: { after: 'P90D', then: 'RESEND' } },
      ['input', 'silence', 'after'],
      'INVALID_DURATION',
    ],
    [
      'ten reminders',
      { silence: { after: 'P1D', then: 'RESEND', times: 10 } },
      ['input', 'silence', 'times'],
      'INVALID_SILENCE',
    ],
  ])('is refused with %s', async (_name, input, field, code) => {
    const answer = await upsert({ key: 'refused', ...input });
    expect(answer).toMatchObject({ category: null, userErrors: [{ field, code }] });
  });

  it.each<[string, object]>([
    ['an unknown failover', { failover: 'SOMETIMES' }],
    ['silence without what follows', { silence: { after: 'P1D' } }],
    ['a factor that is a word', { retry: { factor: 'two' } }],
  ])('with %s is no input', async (_name, input) => {
    const query = 'mutation($input: UpsertCategoryInput!) { upsertCategory(input: $input) { category { key } } }';
    const answer = await app.development.raw({ query, variables: { input: { key: 'refused', ...input } } });
    expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  });

  it('is not a person’s to change', async () => {
    await app.development.person('ana');
    const ana = await app.development.as('ana');
    const answer = await ana.raw({ query: 'mutation { upsertCategory(input: { key: "x" }) { category { key } } }' });
    expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([403, 'FORBIDDEN']);
  });
});
