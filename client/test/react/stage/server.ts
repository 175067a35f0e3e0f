import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { buildSchema, graphql } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { InboxFilter, InboxItem, InboxMark } from '../../../src/core/operations.ts';
import type { PreferencesChange } from '../../../src/core/preferences-operations.ts';
import { demoAnswers } from '../../support/demo-answers.ts';
import { Model } from './model.ts';

const schema = buildSchema(readFileSync(new URL('../../../../schema.graphql', import.meta.url), 'utf8'));
const policy = [
  "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; style-src 'self'",
  "require-trusted-types-for 'script'; trusted-types 'none'",
].join('; ');

/** What a mark was asked to do. */
export interface Marked {
  readonly ids: readonly string[];
  readonly mark: InboxMark;
  readonly until?: string;
}

/** The gateway as the components see it: the real schema over one person's model, with a hand on every connection. */
export interface StageServer {
  readonly url: string;
  readonly model: Model;
  readonly acknowledged: string[];
  readonly marked: Marked[];
  readonly engaged: { notification: string; kind: string }[];
  /** The `after` of every subscription so far. */
  readonly resumedAfter: number[];
  push(fields?: Partial<InboxItem>): InboxItem;
  /** Ends every socket by pulling the plug. */
  cut(): void;
  /** While false: mutations answer 500, lists answer 500, sockets are refused, there is no demo, the network ends every request. */
  mutationsWork: boolean;
  listsWork: boolean;
  socketsOpen: boolean;
  demoOn: boolean;
  reachable: boolean;
  close(): Promise<void>;
}

/** Serves what was built into `pages` under a strict policy, with the inbox beside it. */
export async function startStage(pages: string): Promise<StageServer> {
  const model = new Model();
  const waiting = new Set<() => void>();
  const app = express();
  const http = createServer(app);
  const sockets = new WebSocketServer({ noServer: true });
  const announce = (): void => {
    for (const wake of waiting) wake();
  };
  const server: StageServer = {
    url: '',
    model,
    acknowledged: [],
    marked: [],
    engaged: [],
    resumedAfter: [],
    mutationsWork: true,
    listsWork: true,
    socketsOpen: true,
    demoOn: true,
    reachable: true,
    push(fields) {
      const item = model.add(fields);
      announce();
      return item;
    },
    cut() {
      for (const socket of sockets.clients) socket.terminate();
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
        for (const event of model.log.slice(next)) yield { inboxEvents: { ...event, __typename: event.kind } };
        next = model.log.length;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      waiting.delete(nudge);
    }
  }

  const done = <Answer extends object>(answer: Answer): Answer & { userErrors: [] } => {
    announce();
    return { ...answer, userErrors: [] };
  };
  const root = {
    ...demoAnswers(),
    inbox: ({ first, after, filter }: { first: number; after?: string | null; filter?: InboxFilter | null }) =>
      model.page(first, after ?? null, filter ?? {}),
    inboxCounts: ({ filters }: { filters: readonly InboxFilter[] }) => filters.map((filter) => model.counts(filter)),
    preferences: () => model.wishes,
    updatePreferences: ({ input }: { input: PreferencesChange }) => {
      model.change(input);
      return done({ preferences: model.wishes });
    },
    createRecipientToken: () => ({ token: 'token', expiresAt: null, userErrors: [] }),
    send: ({ input }: { input: { content: { title: string; body: string } } }) => {
      server.push(input.content);
      return done({ send: { id: 'snd_1', notifications: { nodes: [{ id: 'ntf_1' }] } } });
    },
    markInboxItems: ({ input }: { input: Marked }) => {
      server.marked.push(input);
      const items = model.mark(input.ids, input.mark, input.until);
      return done({ items, counts: model.counts({}) });
    },
    markAllInboxItems: ({ input }: { input: { mark: InboxMark; upToVersion: number; readOnly?: boolean } }) => {
      const changedCount = model.markAll(input.mark, input.upToVersion, input);
      return done({ changedCount, counts: model.counts({}) });
    },
    acknowledgeInboxItems: ({ input }: { input: { ids: string[] } }) => {
      server.acknowledged.push(...input.ids);
      return done({ acknowledgedCount: input.ids.length });
    },
    recordEngagement: ({ input }: { input: { notification: string; kind: string } }) => {
      server.engaged.push(input);
      return done({ recorded: true });
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
    const broken =
      (!server.mutationsWork && /^mutation (Mark|Update)/.test(query)) ||
      (!server.listsWork && /^query (Inbox|Preferences)\b/.test(query));
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
