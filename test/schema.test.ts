import { readFileSync } from 'node:fs';
import {
  buildSchema,
  findBreakingChanges,
  findDangerousChanges,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { makeSchema, schemaText } from '../src/graphql/schema.js';

const schema = await makeSchema();
const contractText = readFileSync(new URL('./support/contract.graphql', import.meta.url), 'utf8');
const contract = buildSchema(contractText);

/** In the contract, each with an issue of its own; absent until it works. */
const WAITING: Readonly<Record<string, string[]>> = {};
const WAITING_FIELDS: string[] = [];

function ownTypes(of: GraphQLSchema): GraphQLNamedType[] {
  return Object.values(of.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
}

/** Everything that a caller can read about: `Send`, `Send.notifications`, `Send.notifications(first:)`, `Channel.EMAIL`. */
function described(of: GraphQLSchema): [name: string, description: string][] {
  const entry = (name: string, one: { description?: string | null }): [string, string] => [name, one.description ?? ''];
  return ownTypes(of).flatMap((type) => {
    const root = type === of.getQueryType() || type === of.getMutationType() || type === of.getSubscriptionType();
    const own = root ? [] : [entry(type.name, type)];
    if (isEnumType(type))
      return [...own, ...type.getValues().map((value) => entry(`${type.name}.${value.name}`, value))];
    if (isInputObjectType(type))
      return [...own, ...Object.values(type.getFields()).map((field) => entry(`${type.name}.${field.name}`, field))];
    return [
      ...own,
      ...fieldsOf(type).flatMap((field) => [
        entry(`${type.name}.${field.name}`, field),
        ...field.args.map((arg) => entry(`${type.name}.${field.name}(${arg.name}:)`, arg)),
      ]),
    ];
  });
}

function undescribed(of: GraphQLSchema): string[] {
  return described(of).flatMap(([name, description]) => (description.trim() === '' ? [name] : []));
}

function fieldsOf(type: GraphQLNamedType | undefined | null): GraphQLField<unknown, unknown>[] {
  return isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
}

/** What the rules at the end of the contract say of shapes, as offences. */
function offences(of: GraphQLSchema): string[] {
  const upper = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
  const mutations = fieldsOf(of.getMutationType()).flatMap((field) => {
    const [input] = field.args;
    const payload = fieldsOf(getNamedType(field.type));
    const userErrors = payload.find((one) => one.name === 'userErrors');
    return [
      field.args.length === 1 && input?.name === 'input' && String(input.type) === `${upper(field.name)}Input!`
        ? []
        : [`${field.name} takes something else than input: ${upper(field.name)}Input!`],
      String(field.type) === `${upper(field.name)}Payload!`
        ? []
        : [`${field.name} answers ${String(field.type)}, not ${upper(field.name)}Payload!`],
      String(userErrors?.type) === '[UserError!]!' ? [] : [`${field.name} has no userErrors: [UserError!]!`],
    ].flat();
  });
  const connections = ownTypes(of)
    .filter((type) => type.name.endsWith('Connection'))
    .flatMap((type) => {
      const shapes = new Map(fieldsOf(type).map((field) => [field.name, String(field.type)]));
      const node = String(shapes.get('nodes')).replace(/[[\]!]/g, '');
      const edge = of.getType(String(shapes.get('edges')).replace(/[[\]!]/g, ''));
      const ofEdge = new Map(fieldsOf(edge).map((field) => [field.name, String(field.type)]));
      const right =
        shapes.get('nodes') === `[${node}!]!` &&
        /^\[\w+Edge!\]!$/.test(shapes.get('edges') ?? '') &&
        shapes.get('pageInfo') === 'PageInfo!' &&
        ofEdge.get('cursor') === 'String!' &&
        ofEdge.get('node') === `${node}!`;
      return [
        ...(right ? [] : [`${type.name} is no connection with edges, nodes and pageInfo`]),
        ...(shapes.has('totalCount') ? [`${type.name} counts all rows`] : []),
      ];
    });
  const lists = ownTypes(of)
    .flatMap(fieldsOf)
    .filter((field) => getNamedType(field.type).name.endsWith('Connection'))
    .flatMap((field) => {
      const arg = (name: string) => field.args.find((one) => one.name === name);
      const first = arg('first');
      const right =
        String(first?.type) === 'Int!' &&
        Number.isInteger(first?.defaultValue) &&
        String(arg('after')?.type) === 'String';
      return right ? [] : [`${field.name} is not paged by first: Int! with a default and after: String`];
    });
  return [...mutations, ...connections, ...lists];
}

describe('the schema', () => {
  it('stands in schema.graphql as the code says it', async () => {
    expect(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8')).toBe(await schemaText());
  });

  it('describes every type, field, argument and value', () => {
    expect(described(schema).length).toBeGreaterThan(200);
    expect(undescribed(schema)).toEqual([]);
  });

  it('follows the rules for shapes', () => {
    expect(fieldsOf(schema.getMutationType()).length).toBeGreaterThan(10);
    expect(offences(schema)).toEqual([]);
  });
});

describe('the contract', () => {
  it('is kept, except for what waits for its own issue', () => {
    const removed = [
      ...Object.values(WAITING).flatMap((types) => types.map((name) => `${name} was removed.`)),
      ...WAITING_FIELDS.map((name) => `${name} was removed.`),
    ];
    const broken = findBreakingChanges(contract, schema).map((change) => change.description);
    expect(broken.sort()).toEqual(removed.sort());
  });

  it('keeps its default values and choices', () => {
    const changed = findDangerousChanges(contract, schema).filter((change) => change.type.includes('DEFAULT'));
    expect(changed).toEqual([]);
    const inputs = (of: GraphQLSchema) =>
      ownTypes(contract)
        .filter((type) => isInputObjectType(type) && isInputObjectType(of.getType(type.name)))
        .map((type) => of.getType(type.name) as GraphQLInputObjectType);
    const defaults = (of: GraphQLSchema) =>
      inputs(of).flatMap((type) =>
        Object.values(type.getFields())
          .filter((field) => field.defaultValue !== undefined)
          .map((field) => `${type.name}.${field.name} = ${String(field.defaultValue)}`),
      );
    expect(defaults(schema).sort()).toEqual(expect.arrayContaining(defaults(contract).sort()));
    const oneOf = (of: GraphQLSchema) => inputs(of).flatMap((type) => (type.isOneOf ? [type.name] : []));
    expect(oneOf(contract)).toEqual(['RecipientRef']);
    expect(oneOf(schema)).toEqual(oneOf(contract));
  });

  it('would be seen to break', () => {
    const more = buildSchema(contractText.replace('type SendPayload {', 'type SendPayload { sentBy: String '));
    expect(findBreakingChanges(more, schema).map((change) => change.description)).toContain(
      'SendPayload.sentBy was removed.',
    );
  });
});

describe('an offence is named', () => {
  const bad = buildSchema(`
    type Query { people(first: Int!, after: String): PersonConnection! }
    type PersonConnection { nodes: [String!]! totalCount: Int! }
    type Mutation { addPerson(name: String!): Person! }
    type Person { name: String! }
    "A colour."
    enum Colour { RED }
  `);

  it('in shapes', () => {
    expect(offences(bad)).toEqual([
      'addPerson takes something else than input: AddPersonInput!',
      'addPerson answers Person!, not AddPersonPayload!',
      'addPerson has no userErrors: [UserError!]!',
      'PersonConnection is no connection with edges, nodes and pageInfo',
      'PersonConnection counts all rows',
      'people is not paged by first: Int! with a default and after: String',
    ]);
  });

  it('in descriptions', () => {
    expect(undescribed(bad)).toEqual(
      expect.arrayContaining(['Query.people(first:)', 'Query.people', 'Person', 'Person.name', 'Colour.RED']),
    );
    expect(undescribed(bad)).not.toContain('Colour');
  });
});
