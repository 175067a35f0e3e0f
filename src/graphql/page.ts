import { Field, ObjectType, type ClassType } from 'type-graphql';
import { encodeCursor, toPage, type PageRequest } from '../base/page.js';

@ObjectType('PageInfo', { description: 'Where a page stands in its list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'More follow after `endCursor`.' })
  hasNextPage!: boolean;
  @Field(() => Boolean, { description: 'This page was asked for with `after`.' })
  hasPreviousPage!: boolean;
  @Field(() => String, { nullable: true, description: 'Cursor of the first node; null on an empty page.' })
  startCursor!: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last node: pass it as `after` for the next page.',
  })
  endCursor!: string | null;
}

export interface Connection<Node> {
  edges: { cursor: string; node: Node }[];
  nodes: Node[];
  pageInfo: PageInfo;
}

/** The Relay connection and edge types of a node type. */
export function connectionOf<Node extends object>(name: string, NodeType: () => ClassType<Node>) {
  @ObjectType(`${name}Edge`, { description: `One ${name} in a list, with its cursor.` })
  class Edge {
    @Field(() => String, { description: 'Opaque position in this list.' })
    cursor!: string;
    @Field(NodeType, { description: 'The entry itself.' })
    node!: Node;
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${name} entries.` })
  class ConnectionType implements Connection<Node> {
    @Field(() => [Edge], { description: 'Entries with cursors.' })
    edges!: Edge[];
    @Field(() => [NodeType()], { description: 'Entries alone.' })
    nodes!: Node[];
    @Field(() => PageInfo, { description: 'Where this page stands.' })
    pageInfo!: PageInfo;
  }
  return ConnectionType;
}

/** A connection out of rows that were read with `limit first + 1`. */
export function toConnection<Row, Node>(
  list: string,
  rows: readonly Row[],
  request: PageRequest,
  keyOf: (row: Row) => string | number | readonly (string | number)[],
  toNode: (row: Row) => Node,
): Connection<Node> {
  const page = toPage(rows, request);
  const edges = page.rows.map((row) => ({ cursor: encodeCursor(list, [keyOf(row)].flat()), node: toNode(row) }));
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
