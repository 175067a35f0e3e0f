import { readFileSync } from 'node:fs';
import { buildSchema, getOperationAST, getVariableValues, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { exampleTabs } from '../graphiql/operations.ts';

const contract = buildSchema(readFileSync(new URL('../../test/support/contract.graphql', import.meta.url), 'utf8'));

it.each(exampleTabs)('offers operations that the contract accepts: $query', ({ query, variables }) => {
  const document = parse(query);
  expect(validate(contract, document).map((error) => error.message)).toEqual([]);

  const definitions = getOperationAST(document)?.variableDefinitions ?? [];
  const { errors } = getVariableValues(contract, definitions, JSON.parse(variables ?? '{}') as Record<string, unknown>);
  expect(errors).toBeUndefined();
});

it('gives every tab a title of its own, and no header before the reader has one', () => {
  const titles = exampleTabs.map(({ query }) => getOperationAST(parse(query))?.name?.value);
  expect(new Set(titles).size).toBe(exampleTabs.length);
  for (const { headers } of exampleTabs) expect(JSON.parse(headers.replace(/^\s*\/\/.*$/gm, ''))).toEqual({});
});
