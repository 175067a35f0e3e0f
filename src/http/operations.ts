import {
  GraphQLError,
  Kind,
  parse,
  specifiedRules,
  validate,
  visit,
  type ASTNode,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { AppError } from '../base/errors.js';
import { toGraphQLError } from '../graphql/errors.js';
import { LIMITS, operationKinds, operationLimits, soundStrings, variableProblem } from '../graphql/limits.js';

/** Widgets of a kind say the same: that is read and checked once. Longer ones, and further ones, each time. */
const KEPT_MAX = 200;
const KEPT_CHARACTERS = 20_000;

const RULES = [...specifiedRules, operationLimits, soundStrings];

export type Payload = {
  query: string;
  variables?: Record<string, unknown> | null | undefined;
  operationName?: string | null | undefined;
};

/** A document that may be carried out. */
export interface Prepared {
  readonly document: DocumentNode;
  /** Variables that shape what is answered to an event, besides which events there are. */
  readonly shaping: readonly string[];
}

/** Reads and checks what sockets subscribe to, under the same limits as over HTTP. */
export class Operations {
  private readonly kept = new Map<string, Prepared>();
  private readonly byDocument = new WeakMap<DocumentNode, Prepared>();

  constructor(private readonly schema: GraphQLSchema) {}

  prepare({ query, variables }: Payload): Prepared | { readonly errors: readonly GraphQLError[] } {
    const problem = variableProblem(variables ?? {});
    if (problem) return { errors: [refusal('BAD_USER_INPUT', problem.message)] };
    const known = this.kept.get(query);
    if (known) return known;
    const read = this.read(query);
    if ('errors' in read) return read;
    this.byDocument.set(read.document, read);
    if (query.length > KEPT_CHARACTERS) return read;
    const [oldest] = this.kept.keys();
    if (this.kept.size >= KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
    this.kept.set(query, read);
    return read;
  }

  /** What was prepared with this document. */
  of(document: DocumentNode): Prepared | undefined {
    return this.byDocument.get(document);
  }

  private read(query: string): Prepared | { readonly errors: readonly GraphQLError[] } {
    try {
      const document = parse(query, { maxTokens: LIMITS.tokens });
      const kinds = operationKinds(document);
      if (kinds.size !== 1 || !kinds.has('subscription')) {
        const message = 'a socket takes subscriptions alone; send queries and mutations over HTTP';
        return { errors: [refusal('BAD_USER_INPUT', message)] };
      }
      const errors = validate(this.schema, document, RULES, { maxErrors: 10 });
      if (errors.length > 0) return { errors: errors.map(withCode('GRAPHQL_VALIDATION_FAILED')) };
      return { document, shaping: shapingVariables(document) };
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [withCode('GRAPHQL_PARSE_FAILED')(error)] };
      throw error;
    }
  }
}

/** All variables but those that only the arguments of the subscription's own field speak of: they are used up by then. */
function shapingVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  const collect = (node: ASTNode): void =>
    void visit(node, { VariableDefinition: () => false, Variable: (one) => void names.add(one.name.value) });
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) {
      collect(definition);
      continue;
    }
    for (const field of definition.selectionSet.selections) {
      if (field.kind !== Kind.FIELD) collect(field);
      else for (const node of [field.selectionSet, ...(field.directives ?? [])]) if (node) collect(node);
    }
  }
  return [...names].sort();
}

export function refusal(code: 'RATE_LIMITED' | 'BAD_USER_INPUT', message: string): GraphQLError {
  return toGraphQLError(new AppError(code, message));
}

function withCode(code: string): (error: GraphQLError) => GraphQLError {
  return (error) =>
    new GraphQLError(error.message, {
      source: error.source,
      positions: error.positions,
      extensions: { ...error.extensions, code },
    });
}
