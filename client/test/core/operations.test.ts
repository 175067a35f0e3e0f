import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import * as inbox from '../../src/core/operations.ts';
import * as preferences from '../../src/core/preferences-operations.ts';

const schema = buildSchema(readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8'));

it.each(Object.entries({ ...inbox, ...preferences }))('%s is one that the gateway takes', (_name, { document }) => {
  expect(validate(schema, parse(document))).toEqual([]);
});
