import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/** Bounds on one operation, the same over HTTP and WebSocket. */
export const LIMITS = {
  tokens: 5_000,
  depth: 12,
  fields: 1_000,
  aliases: 50,
  directives: 20,
  rootFields: 25,
  /** Levels of objects and lists in the variables: whoever walks them may do so by recursion. */
  variableDepth: 100,
} as const;

interface Cost {
  depth: number;
  fields: number;
  aliases: number;
  directives: number;
}

/** Refuses operations that are too deep or too wide. Fragments are measured once each, so a fragment bomb costs nothing. */
export function operationLimits(context: ValidationContext): ASTVisitor {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of context.getDocument().definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const known = new Map<string, Cost>();

  function measure(set: SelectionSetNode | undefined, path: ReadonlySet<string>): Cost {
    const total: Cost = { depth: 0, fields: 0, aliases: 0, directives: 0 };
    for (const selection of set?.selections ?? []) {
      const isField = selection.kind === Kind.FIELD;
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? spread(selection.name.value, path)
          : measure(selection.selectionSet, path);
      total.depth = Math.max(total.depth, inner.depth + (isField ? 1 : 0));
      total.fields += inner.fields + (isField ? 1 : 0);
      total.aliases += inner.aliases + (isField && selection.alias ? 1 : 0);
      total.directives += inner.directives + (selection.directives?.length ?? 0);
    }
    return total;
  }

  function spread(name: string, path: ReadonlySet<string>): Cost {
    const cached = known.get(name);
    if (cached) return cached;
    // A cycle is another rule's business.
    if (path.has(name)) return { depth: 0, fields: 0, aliases: 0, directives: 0 };
    const cost = measure(fragments.get(name)?.selectionSet, new Set(path).add(name));
    known.set(name, cost);
    return cost;
  }

  return {
    OperationDefinition(node) {
      const isIntrospection = node.selectionSet.selections.every(
        (one) => one.kind === Kind.FIELD && one.name.value.startsWith('__'),
      );
      // The standard introspection query is deep by nature and answered from memory.
      if (isIntrospection) return;
      const cost = measure(node.selectionSet, new Set());
      const found = { ...cost, rootFields: node.selectionSet.selections.length };
      for (const key of ['depth', 'fields', 'aliases', 'directives', 'rootFields'] as const)
        if (found[key] > LIMITS[key])
          context.reportError(
            new GraphQLError(`the operation has ${key} ${found[key]}, at most ${LIMITS[key]}`, {
              nodes: node,
              extensions: { reason: 'QUERY_TOO_COMPLEX' },
            }),
          );
    },
  };
}

/** Strings that Postgres or the next reader cannot take: NUL, and halves of surrogate pairs. */
function isBadString(text: string): boolean {
  return text.includes('\u0000') || !text.isWellFormed();
}

const BAD_STRING = 'contains a NUL character or half of a surrogate pair, which no text can hold';

/** Refuses bad strings written in the document itself. */
export function soundStrings(context: ValidationContext): ASTVisitor {
  return {
    StringValue(node) {
      if (isBadString(node.value))
        context.reportError(
          new GraphQLError(`a string in the operation ${BAD_STRING}`, {
            nodes: node,
            extensions: { reason: 'BAD_STRING' },
          }),
        );
    },
  };
}

/** The path of the first bad string in variables, or null. Keys count as strings. Size is bounded by the body. */
export function badVariable(value: unknown, path: string = '$'): string | null {
  if (typeof value === 'string') return isBadString(value) ? path : null;
  if (value === null || typeof value !== 'object') return null;
  for (const [key, field] of Object.entries(value)) {
    if (isBadString(key)) return `${path}.<key>`;
    const found = badVariable(field, `${path}.${key}`);
    if (found) return found;
  }
  return null;
}

/** What no operation can take in its variables, for the caller; null when all is well. */
export function variableProblem(variables: unknown): { message: string; reason: string } | null {
  if (isDeeper(variables, LIMITS.variableDepth))
    return { message: `the variables are nested more than ${LIMITS.variableDepth} deep`, reason: 'TOO_DEEP' };
  const path = badVariable(variables);
  return path === null ? null : { message: `the variable at ${path} ${BAD_STRING}`, reason: 'BAD_STRING' };
}

/** Level by level, not by recursion: what is too deep for the stack must not get there. */
function isDeeper(value: unknown, depth: number): boolean {
  let level: unknown[] = [value];
  for (let at = 0; at <= depth; at += 1)
    level = level.flatMap((one) => (one !== null && typeof one === 'object' ? Object.values(one) : []));
  return level.length > 0;
}

/** The kinds of operations in a document. */
export function operationKinds(document: DocumentNode): Set<string> {
  return new Set(
    document.definitions.flatMap((one) => (one.kind === Kind.OPERATION_DEFINITION ? [one.operation] : [])),
  );
}
