import * as fc from 'fast-check';
import { buildSchema, getIntrospectionQuery, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import {
  badVariable,
  LIMITS,
  operationKinds,
  operationLimits,
  soundStrings,
  variableProblem,
} from '../../src/graphql/limits.js';

const schema = buildSchema('type Query { a: Query, b(text: String): Query, id: ID }');

/** What our limits say to an operation. */
function refusals(query: string): string[] {
  return validate(schema, parse(query), [operationLimits]).map((error) => error.message);
}

function nested(depth: number): string {
  return `${'{ a '.repeat(depth - 1)}{ id }${' }'.repeat(depth - 1)}`;
}

function many(count: number, selection: (nth: number) => string): string {
  return Array.from({ length: count }, (_, nth) => selection(nth)).join(' ');
}

describe('an operation within bounds passes', () => {
  it.each([
    ['as deep as may be', nested(LIMITS.depth)],
    ['as wide as may be', `{ a { ${many(LIMITS.fields - 1, () => 'id')} } }`],
    ['with as many aliases as may be', `{ a { ${many(LIMITS.aliases, (nth) => `x${nth}: id`)} } }`],
    ['with as many directives as may be', `{ a { ${many(LIMITS.directives, () => 'id @skip(if: false)')} } }`],
    ['with as many beginnings as may be', `{ ${many(LIMITS.rootFields, () => 'id')} }`],
    ['that asks for the schema', getIntrospectionQuery()],
  ])('%s', (_name, query) => expect(refusals(query)).toEqual([]));
});

describe('an operation out of bounds is refused', () => {
  it.each([
    ['too deep', nested(LIMITS.depth + 1), 'depth 13, at most 12'],
    ['too deep in a fragment', `{ ...f } fragment f on Query ${nested(LIMITS.depth + 1)}`, 'depth 13, at most 12'],
    ['too deep in place', `{ ... on Query ${nested(LIMITS.depth + 1)} }`, 'depth 13, at most 12'],
    ['too wide', `{ a { ${many(LIMITS.fields, () => 'id')} } }`, 'fields 1001, at most 1000'],
    ['with too many aliases', `{ a { ${many(51, (nth) => `x${nth}: id`)} } }`, 'aliases 51, at most 50'],
    ['with too many directives', `{ a { ${many(21, () => 'id @skip(if: false)')} } }`, 'directives 21, at most 20'],
    ['with too many beginnings', `{ ${many(26, () => 'id')} }`, 'rootFields 26, at most 25'],
    ['that hides behind the schema', `{ __typename ${many(60, (nth) => `x${nth}: id`)} }`, 'aliases 60, at most 50'],
  ])('%s', (_name, query, message) => expect(refusals(query)).toContainEqual(`the operation has ${message}`));

  it('with a code that a client can read', () => {
    const [error] = validate(schema, parse(nested(20)), [operationLimits]);
    expect(error?.extensions).toEqual({ reason: 'QUERY_TOO_COMPLEX' });
  });

  it('the one that is out of bounds, not its neighbour', () => {
    const errors = validate(schema, parse(`query A ${nested(2)} query B ${nested(20)}`), [operationLimits]);
    expect(errors.length).toBe(1);
    expect(errors[0]?.nodes?.[0]).toMatchObject({ name: { value: 'B' } });
  });

  it('is measured in full: more fields than anybody could count out of sixty fragments', () => {
    const bomb = `{ ...f0 } ${many(60, (nth) => `fragment f${nth} on Query { ...f${nth + 1} ...f${nth + 1} }`)} fragment f60 on Query { id }`;
    expect(refusals(bomb)).toEqual([`the operation has fields ${2 ** 60}, at most 1000`]);
  });

  it('also when it asks for the schema, to no end', () => {
    const deep = `{ __schema { types { ${'fields { type { '.repeat(6)}name${' } }'.repeat(6)} } } }`;
    expect(validate(schema, parse(deep), [...specifiedRules, operationLimits])).not.toEqual([]);
  });
});

describe('whatever the fragments', () => {
  it('measuring ends, also in circles and holes', () => {
    const name = fc.constantFrom('f0', 'f1', 'f2', 'f3', 'missing');
    const body = fc.array(
      fc.oneof(
        name.map((one) => `...${one}`),
        fc.constant('id'),
        name.map((one) => `a { ...${one} }`),
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(body, fc.array(body, { maxLength: 4 }), (root, fragments) => {
        const query = `{ ${root.join(' ')} } ${fragments.map((one, nth) => `fragment f${nth} on Query { ${one.join(' ')} }`).join(' ')}`;
        for (const message of refusals(query)) expect(message).toMatch(/^the operation has (depth|fields)/);
        expect(refusals(query)).toEqual(refusals(query));
      }),
    );
  });

  it('a fragment costs what it holds, wherever it stands', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 4 }), (size, uses) => {
        const query = `{ ${many(uses, () => '...f')} } fragment f on Query { ${many(size, () => 'id')} }`;
        expect(refusals(query).length).toBe(size * uses > LIMITS.fields ? 1 : 0);
      }),
    ));
});

describe('strings that no text can hold', () => {
  it.each(['"\\u0000"', '"a\\ud800b"', '"""\u0000"""'])('are refused in an operation: %s', (literal) => {
    // A NUL in the source itself is the parser's to refuse.
    const found = (): readonly unknown[] => validate(schema, parse(`{ b(text: ${literal}) { id } }`), [soundStrings]);
    let refused: boolean;
    try {
      refused = found().length === 1;
    } catch {
      refused = true;
    }
    expect(refused).toBe(true);
  });

  it('are no others', () =>
    expect(validate(schema, parse('{ b(text: "ana 😀 \\u0001") { id } }'), [soundStrings])).toEqual([]));

  it.each<[unknown, string]>([
    ['\u0000', '$'],
    [{ input: { to: [{ email: 'ok' }, { email: 'a\u0000' }] } }, '$.input.to.1.email'],
    [{ data: { 'a\u0000': 1 } }, '$.data.<key>'],
    [['\ud800'], '$.0'],
  ])('are found in variables: %j', (value, path) => expect(badVariable(value)).toBe(path));

  it('are found in variables wherever they stand, and nowhere else', () =>
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const bad = /\\u0000|\\ud[89a-f][0-9a-f]{2}/i.test(JSON.stringify(value).replaceAll('\\\\', ''));
        expect(badVariable(value) !== null).toBe(bad);
      }),
    ));
});

describe('variables that nobody could walk', () => {
  const nest = (depth: number): unknown => Array.from({ length: depth }).reduce<unknown>((inner) => [inner], 1);

  it.each([1, LIMITS.variableDepth])('pass %i levels deep', (depth) => expect(variableProblem(nest(depth))).toBeNull());

  it.each([LIMITS.variableDepth + 1, 100_000])('are refused %i levels deep', (depth) =>
    expect(variableProblem(nest(depth))?.reason).toBe('TOO_DEEP'),
  );

  it('are told from strings that no text can hold', () =>
    expect(variableProblem({ a: ['\u0000'] })).toMatchObject({ reason: 'BAD_STRING' }));
});

it('the kinds of operations in a document are known', () =>
  expect(operationKinds(parse('query A { id } mutation B { id } query C { id } fragment f on Query { id }'))).toEqual(
    new Set(['query', 'mutation']),
  ));
