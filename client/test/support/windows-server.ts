import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { buildSchema, graphql, GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { build } from 'vite';
import { WebSocketServer } from 'ws';
import type { InboxItem } from '../../src/core/operations.ts';
import { ModelServer } from './model-server.ts';

const schema = buildSchema(readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8'));
const fresh = {
  tags: [],
  urgent: false,
  actions: [],
  groupKey: null,
  snoozedUntil: null,
  pinnedAt: null,
  expiresAt: null,
};

/** One person's gateway as several tabs see it: counts sockets, hears presence reports, hands out tokens. */
export interface WindowsServer {
  readonly url: string;
  readonly model: ModelServer;
  /** Whose tokens are handed out. */
  person: string;
  readonly tokens: string[];
  /** Tokens that are answered with 4403. */
  readonly refused: Set<string>;
  /** Payloads of every connection_init. */
  readonly inits: Record<string, unknown>[];
  /** Whose socket each open one is. */
  people(): string[];
  /** Most sockets that were open at one time. */
  readonly most: number;
  readonly presence: string[];
  /** By what names it was reported. */
  readonly reporters: Set<string>;
  presenceWorks: boolean;
  /** While false, new sockets are refused. */
  doorOpen: boolean;
  /** The `after` of every subscription. */
  readonly resumedAfter: number[];
  push(fields?: Partial<InboxItem>): string;
  /** Ends every socket: with a close code, or (without one) by pulling the plug. */
  cut(code?: number): void;
  /** Stops listening to the open sockets without closing them, as a machine that has lost its power. */
  freeze(): void;
  /** How often a client has pinged. */
  readonly pings: number;
  /** What every subscription is refused with; null: none is. */
  refusal: string | null;
  close(): Promise<void>;
}

/** A token as the gateway's, but for the signature. */
export function tokenOf(person: string, id: string): string {
  return `x.${Buffer.from(JSON.stringify({ aud: 'test', sub: person, jti: id })).toString('base64url')}.x`;
}

/** The page's script; slow enough to be made once a file. */
export async function buildWindowsPage(): Promise<string> {
  const entry = fileURLToPath(new URL('windows-page.ts', import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, target: 'es2022', lib: { entry, formats: ['es'], fileName: 'page' } },
  });
  const [first] = Array.isArray(built) ? built : [built];
  if (!first || !('output' in first)) throw new Error('nothing was built');
  return first.output[0].code;
}

export async function startWindowsServer(script: string): Promise<WindowsServer> {
  const model = new ModelServer();
  const waiting = new Set<() => void>();
  const open = new Map<unknown, string>();
  const sockets = new WebSocketServer({ noServer: true });
  const app = express();
  const http = createServer(app);

  const server = {
    url: '',
    model,
    person: 'ana',
    tokens: [] as string[],
    refused: new Set<string>(),
    inits: [] as Record<string, unknown>[],
    people: () => [...open.values()],
    most: 0,
    presence: [] as string[],
    reporters: new Set<string>(),
    presenceWorks: true,
    doorOpen: true,
    resumedAfter: [] as number[],
    push(fields?: Partial<InboxItem>) {
      const item = model.add({ ...fresh, createdAt: new Date().toISOString(), ...fields });
      for (const wake of waiting) wake();
      return item.id;
    },
    cut(code?: number) {
      for (const socket of sockets.clients) {
        if (code === undefined) socket.terminate();
        else socket.close(code, 'cut');
      }
    },
    freeze() {
      for (const socket of sockets.clients) socket.pause();
    },
    pings: 0,
    refusal: null as string | null,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };

  async function* events(after: number): AsyncGenerator<{ inboxEvents: object }> {
    let told = after;
    let wake = (): void => {};
    const nudge = (): void => wake();
    waiting.add(nudge);
    try {
      for (;;) {
        for (const event of model.log.filter(({ version }) => version > told)) {
          told = event.version;
          yield { inboxEvents: { ...event, __typename: event.kind } };
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (model.version > told) resolve();
        });
      }
    } finally {
      waiting.delete(nudge);
    }
  }

  const root = {
    inbox: ({ first, after }: { first: number; after?: string | null }) => model.page(first, after ?? null),
    inboxEvents: ({ after }: { after: number }) => {
      server.resumedAfter.push(after);
      return events(after);
    },
    reportPresence: ({ input }: { input: { client: string; state: string } }) => {
      server.presence.push(input.state);
      server.reporters.add(input.client);
      if (!server.presenceWorks) throw new Error('not now');
      return { presence: null, userErrors: [] };
    },
  };

  app.get('/', (_request, response) => {
    response.type('html').send('<!doctype html><title>Tab</title><script type="module" src="/page.js"></script>');
  });
  app.get('/page.js', (_request, response) => {
    response.type('js').send(script);
  });
  app.get('/token', (_request, response) => {
    const token = tokenOf(server.person, String(server.tokens.length));
    server.tokens.push(token);
    response.type('text').send(token);
  });
  app.post('/graphql', express.json(), async (request, response) => {
    const { query, variables } = request.body as { query: string; variables: Record<string, unknown> };
    response.json(await graphql({ schema, source: query, rootValue: root, variableValues: variables }));
  });

  useServer(
    {
      schema,
      roots: { subscription: root },
      onConnect: (context) => {
        const payload = context.connectionParams ?? {};
        server.inits.push(payload);
        const token = String(payload['authorization']).replace('Bearer ', '');
        if (server.refused.has(token)) return false;
        const claims = token.includes('.')
          ? Buffer.from(token.split('.')[1]!, 'base64url').toString()
          : '{"sub":"ana"}';
        const { socket } = context.extra;
        socket.on('message', (data: Buffer) => {
          if (data.toString().includes('"type":"ping"')) server.pings += 1;
        });
        socket.once('close', () => open.delete(socket));
        open.set(socket, (JSON.parse(claims) as { sub: string }).sub);
        server.most = Math.max(server.most, open.size);
        return true;
      },
      onSubscribe: () =>
        server.refusal === null ? undefined : [new GraphQLError('refused', { extensions: { code: server.refusal } })],
    },
    sockets,
  );
  http.on('upgrade', (request, socket, head) => {
    if (!server.doorOpen) socket.destroy();
    else sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  server.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return server;
}
