import { buildSchema, type ExecutionArgs } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Services } from '../../src/graphql/context.js';
import { framesOf } from '../../src/http/frames.js';
import { Operations, type Prepared } from '../../src/http/operations.js';

const schema = buildSchema(`
  type Query { nothing: Int }
  type Event { version: Int, title(long: Boolean): String }
  type Subscription { events(after: Int, only: String): Event }
`);
const operations = new Operations(schema);

function prepared(query: string, variables: Record<string, unknown> = {}): Prepared {
  const found = operations.prepare({ query, variables });
  if ('errors' in found) throw new Error(found.errors.map((error) => error.message).join());
  return found;
}

describe('a document', () => {
  it.each<[string, string, string[]]>([
    ['has no shape by what it starts from', 'subscription($after: Int) { events(after: $after) { version } }', []],
    [
      'has one by what its fields are given',
      'subscription($after: Int, $long: Boolean) { events(after: $after) { title(long: $long) } }',
      ['long'],
    ],
    [
      'has one by what it leaves out, in fragments too',
      `subscription($b: Boolean!, $a: Boolean!) { events { ...Some version @skip(if: $b) } }
       fragment Some on Event { title @include(if: $a) }`,
      ['a', 'b'],
    ],
    [
      'has one by whatever a fragment around its own field says',
      'subscription($only: String) { ...All } fragment All on Subscription { events(only: $only) { version } }',
      ['only'],
    ],
  ])('%s', (_name, query, shaping) => expect(prepared(query).shaping).toEqual(shaping));

  it('is read once, whoever sends it, and checked each time for what comes with it', () => {
    const query = 'subscription($after: Int) { events(after: $after) { version } }';
    expect(prepared(query, { after: 1 })).toBe(prepared(query, { after: 2 }));
    expect(operations.prepare({ query, variables: { after: '\u0000' } })).toMatchObject({ errors: [{}] });
    expect(operations.prepare({ query: 'subscription { colour }' })).toMatchObject({ errors: [{}] });
  });
});

describe('frames of one event', () => {
  let made = 0;
  const event = () => ({
    version: 7,
    title: ({ long }: { long?: boolean }) => `${long ? 'long' : 'short'} ${(made += 1)}`,
  });
  async function* once<T>(value: T): AsyncGenerator<T> {
    yield value;
  }

  async function frame(
    id: string,
    of: object,
    query: string,
    variableValues: Record<string, unknown>,
  ): Promise<object> {
    const sent: string[] = [];
    const args = { schema, document: prepared(query).document, variableValues, contextValue: { platform: 'WEB' } };
    const framing = {
      ...{ services: { database: {} } as Services, caller: null, args: args as ExecutionArgs },
      ...{ prepared: prepared(query), mask: () => new Error('unexpected') as never },
      send: async (text: string) => void sent.push(text),
    };
    const { done } = await framesOf(id, once(of), framing).next();
    expect([done, sent.length]).toEqual([true, 1]);
    return JSON.parse(sent[0] as string) as object;
  }

  const QUERY = 'subscription($after: Int, $long: Boolean) { events(after: $after) { version title(long: $long) } }';
  const next = (id: string, title: string) => ({
    ...{ id, type: 'next' },
    payload: { data: { events: { version: 7, title } } },
  });

  it('are made once for those who select the same, wherever they started', async () => {
    made = 0;
    const shared = { events: event() };
    expect(await frame('1', shared, QUERY, { after: 1, long: true })).toEqual(next('1', 'long 1'));
    expect(await frame('"2"', shared, QUERY, { after: 5, long: true })).toEqual(next('"2"', 'long 1'));
    expect(await frame('3', shared, QUERY, { after: 5, long: false })).toEqual(next('3', 'short 2'));
    expect(await frame('4', shared, `${QUERY} `, { after: 5, long: false })).toEqual(next('4', 'short 3'));
    expect(await frame('5', { events: event() }, QUERY, { long: true })).toEqual(next('5', 'long 4'));
  });
});
