import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { buildSchema, graphql } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { InboxEvent, InboxFilter, InboxItem, InboxMark, MarkPart } from '../../src/core/operations.ts';
import type { Preferences, PreferencesChange } from '../../src/core/preferences-operations.ts';
import { ModelServer } from './model-server.ts';
import { plainWishes } from './plain-wishes.ts';
import { changedWishes } from './some-wishes.ts';
import { demoAnswers } from './demo-answers.ts';

const schemaText = readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8');
const policy = [
  "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; style-src 'self'",
  "require-trusted-types-for 'script'; trusted-types 'none'",
].join('; ');

/** The wire as the widget sees it: the gateway's own schema over a model inbox, with a hand on every connection. */
export interface ScriptedServer {
  readonly url: string;
  readonly model: ModelServer;
  readonly acknowledged: string[];
  readonly marked: { ids: readonly string[]; mark: InboxMark }[];
  readonly engaged: { id: string; kind: string }[];
  wishes: Preferences;
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
  /** While false, changes answer 500, lists and preferences answer 500, the demo has no session. */
  mutationsWork: boolean;
  readsWork: boolean;
  demoOn: boolean;
  /** While false, new sockets are refused; while nothing is reachable, requests end without an answer as well. */
  socketsOpen: boolean;
  reachable: boolean;
  /** Another origin that the policy of the pages lets scripts come from. */
  scriptsFrom: string;
  /** Stops listening to the open sockets without closing them, as a machine that has lost its power. */
  freeze(): void;
  close(): Promise<void>;
}

/** Serves the built demo from `pages` under the strict policy, and an inbox of the gateway's schema beside it. */
export async function startScriptedServer(pages: string): Promise<ScriptedServer> {
  const schema = buildSchema(schemaText);
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
    engaged: [],
    wishes: plainWishes,
    resumedAfter: [],
    tokens: [],
    mutationsWork: true,
    readsWork: true,
    demoOn: true,
    socketsOpen: true,
    reachable: true,
    scriptsFrom: '',
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
    inbox: ({ first, after, filter }: { first: number; after?: string | null; filter?: InboxFilter | null }) =>
      model.page(first, after ?? null, filter ?? {}),
    inboxCounts: ({ filters }: { filters: InboxFilter[] }) => filters.map((filter) => model.counts(filter)),
    preferences: () => server.wishes,
    updatePreferences: ({ input }: { input: PreferencesChange }) => {
      server.wishes = changedWishes(server.wishes, input);
      return { preferences: server.wishes, userErrors: [] };
    },
    recordEngagement: ({ input }: { input: { notification: string; kind: string } }) => {
      server.engaged.push({ id: input.notification, kind: input.kind });
      return { recorded: true, userErrors: [] };
    },
    createRecipientToken: () => {
      server.tokens.push(`token-${server.tokens.length + 1}`);
      return { token: server.tokens.at(-1), expiresAt: null, userErrors: [] };
    },
    send: ({ input }: { input: { content: { title: string; body: string } } }) => {
      server.push(input.content);
      return { send: { id: 'snd_1', notifications: { nodes: [{ id: 'ntf_1' }] } }, userErrors: [] };
    },
    markInboxItems: ({ input }: { input: { ids: string[]; mark: InboxMark; until?: Date | null } }) => {
      const { ids, mark, until } = input;
      server.marked.push({ ids, mark });
      const userErrors = model.missing(ids);
      const answer = model.mark(ids, mark, until ? new Date(until).toISOString() : null);
      server.announce();
      return { ...(answer ?? { items: [], counts: model.counts() }), userErrors };
    },
    markAllInboxItems: ({ input }: { input: { mark: InboxMark; upToVersion: number } & MarkPart }) => {
      const { mark, upToVersion, ...part } = input;
      const answer = model.markAll(mark, upToVersion, part);
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
    response.setHeader('content-security-policy', `${policy}; script-src 'self' ${server.scriptsFrom}`);
    next();
  });
  app.get('/demo/session', (_request, response) => {
    const recipient = { externalId: 'ana', name: 'Ana' };
    if (!server.demoOn) response.status(404).end();
    else response.json({ apiKey: 'key', environment: 'demo', recipient, category: 'order-update' });
  });
  app.post('/graphql', express.json(), async (request, response) => {
    const { query, variables } = request.body as { query: string; variables: Record<string, unknown> };
    const broken =
      (!server.mutationsWork && /^mutation (Mark|Update)/.test(query)) ||
      (!server.readsWork && /^query (Inbox|Preferences)\b/.test(query));
    if (!server.reachable) request.socket.destroy();
    else if (broken) response.status(500).end();
    else response.json(await graphql({ schema, source: query, rootValue: root, variableValues: variables }));
  });
  app.use(express.static(pages));

  useServer({ schema, roots: { subscription: root } }, sockets);
  http.on('upgrade', (request, socket, head) => {
    if (!server.socketsOpen || !server.reachable) socket.destroy();
    else sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return Object.assign(server, { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
}

function typed(event: InboxEvent): object {
  return { ...event, __typename: event.kind };
}
