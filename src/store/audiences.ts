import { defineEntity, p } from '@mikro-orm/postgresql';

/** A rule over people: exactly one of the fields. */
export type AudienceRule =
  | { readonly all: readonly AudienceRule[] }
  | { readonly any: readonly AudienceRule[] }
  | { readonly not: AudienceRule }
  | { readonly attribute: AttributeTest };

/** A test of one attribute; `path` leads through nested objects. A missing attribute fulfils only `exists: false`. */
export interface AttributeTest {
  readonly path: readonly string[];
  readonly test: 'EQUALS' | 'IN' | 'CONTAINS' | 'GREATER' | 'LESS' | 'EXISTS';
  readonly value: unknown;
}

export const AudienceTable = defineEntity({
  name: 'Audience',
  tableName: 'audience',
  properties: {
    environmentId: p.uuid().primary(),
    key: p.text().primary(),
    name: p.text(),
    rule: p.json().$type<AudienceRule>(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});
