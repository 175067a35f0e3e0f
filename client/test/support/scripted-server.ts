import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { buildSchema, graphql } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { InboxEvent, InboxItem, InboxMark } from '../../src/core/operations.ts';
import { ModelServer } from './model-server.ts';
import { demoAnswers } from './demo-answers.ts';

const contract = readFileSync(new URL('../../../test/support/contract.graphql', import.meta.url), 'utf8');
const outbox = `
extend type Query { outbox(first: Int! = 25, after: String, filter: OutboxFilter): OutboxConnection! }
input OutboxFilter { address: String  channel: Channel }
type OutboxConnection { nodes: [OutboxMessage!]! }
type OutboxMessage { id: ID! createdAt: DateTime! channel: Channel! address: String! provider: String! integration: String! title: String body: String! html: String notificationId: ID! }
`;
const policy = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; style-src 'self'";

/** The wire as the widget sees it: the contract's schema over a model inbox, with a hand on every connection. */
export interface ScriptedServer {
  readonly url: string;
  readonly model: ModelServer;
  readonly acknowledged: string[];
  readonly marked: { ids: readonly string[]; mark: InboxMark }[];
  /** The `after` of every subscription so far. */
  readonly resumedAfter: number[];
  /** Names of the tokens that were handed out. */
  readonly tokens: string[];
  /** Adds an item, made now unless told otherwise, and pushes it. */
  push(fields?: Partial<InboxItem>): InboxItem;
  /** Pushes to the open subscriptions what the model has logged meanwhile. */
  announce(): void;
  /** Ends every socket: with a close code, or (without one) by pulling the plug. */
  cut(code?: number): void;
  /** While false, mutations answer 500, and the demo has no session. */
  mutationsWork: boolean;
  demoOn: boolean;
  /** While false, new sockets are refused. */
  socketsOpen: boolean;
  /** Stops listening to the open sockets without closing them, as a machine that has lost its power. */
  freeze(): void;
  close(): Promise<void>;
}

/** Serves the built demo from `pages` under the strict policy, and the contract's inbox beside it. */
export async function startScriptedServer(pages: string): Promise<ScriptedServer> {
  const schema = buildSchema(contract + outbox + 'extend type InboxItem { toast: Boolean! }');
  const model = new ModelServer();
  const waiting = new Set<() => void>();
  const app = express();
  const http = createServer(app);
  const sockets = new WebSocketServer({ noServer: true });

  const server: ScriptedServer = {
    url: '',
    model,
    acknowledged: [],
    marked: [],
    resumedAfter: [],
    tokens: [],
    mutationsWork: true,
    demoOn: true,
    socketsOpen: true,
    push(fields) {
      const item = model.add({ createdAt: new Date().toISOString(), ...fields });
      server.announce();
      return item;
    },
    announce() {
      for (const wake of waiting) wake();
    },
    cut(code) {
      for (const socket of sockets.clients) {
        if (code === undefined) socket.terminate();
        else socket.close(code, 'cut');
      }
    },
    freeze() {
      for (const socket of sockets.clients) socket.pause();
    },
    async close() {
      server.cut();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };

  async function* events(after: number): AsyncGenerator<{ inboxEvents: object }> {
    let next = model.log.findIndex((event) => event.version > after);
    if (next < 0) next = model.log.length;
    let wake = (): void => {};
    const nudge = (): void => wake();
    waiting.add(nudge);
    try {
      for (;;) {
        for (const event of model.log.slice(next)) yield { inboxEvents: typed(event) };
        next = model.log.length;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      waiting.delete(nudge);
    }
  }

  const root = {
    ...demoAnswers(),
    inbox: ({ first, after }: { first: number; after?: string | null }) => model.page(first, after ?? null),
    createRecipientToken: () => {
      server.tokens.push(`token-${server.tokens.length + 1}`);
      return { token: server.tokens.at(-1), expiresAt: null, userErrors: [] };
    },
    send: ({ input }: { input: { content: { title: string; body: string } } }) => {
      server.push(input.content);
      return { send: { id: 'snd_1', notifications: { nodes: [{ id: 'ntf_1' }] } }, userErrors: [] };
    },
    markInboxItems: ({ input }: { input: { ids: string[]; mark: InboxMark } }) => {
      server.marked.push(input);
      const answer = model.mark(input.ids, input.mark);
      server.announce();
      return { ...answer, userErrors: [] };
    },
    markAllInboxItems: ({ input }: { input: { mark: InboxMark; upToVersion: number } }) => {
      const answer = model.markAll(input.mark, input.upToVersion);
      server.announce();
      return { ...answer, userErrors: [] };
    },
    acknowledgeInboxItems: ({ input }: { input: { ids: string[] } }) => {
      server.acknowledged.push(...input.ids);
      return { acknowledgedCount: input.ids.length, userErrors: [] };
    },
    inboxEvents: ({ after }: { after: number }) => {
      server.resumedAfter.push(after);
      return events(after);
    },
  };

  app.use((_request, response, next) => {
    response.setHeader('content-security-policy', policy);
    next();
  });
  app.get('/demo/session', (_request, response) => {
    const recipient = { externalId: 'ana', name: 'Ana' };
    if (!server.demoOn) response.status(404).end();
    else response.json({ apiKey: 'key', environment: 'demo', recipient, category: 'order-update' });
  });
  app.post('/graphql', express.json(), async (request, response) => {
    const { query, variables } = request.body as { query: string; variables: Record<string, unknown> };
    if (!server.mutationsWork && query.startsWith('mutation Mark')) response.status(500).end();
    else response.json(await graphql({ schema, source: query, rootValue: root, variableValues: variables }));
  });
  app.use(express.static(pages));

  useServer({ schema, roots: { subscription: root } }, sockets);
  http.on('upgrade', (request, socket, head) => {
    if (!server.socketsOpen) socket.destroy();
    else sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return Object.assign(server, { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
}

function typed(event: InboxEvent): object {
  return { ...event, __typename: event.kind };
}
