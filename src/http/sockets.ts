import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  createSourceEventStream,
  GraphQLError,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { AppError, messageOf } from '../base/errors.js';
import { CLIENT_PLATFORMS, type ClientPlatform } from '../base/names.js';
import type { Caller, Services } from '../graphql/context.js';
import { formatError } from '../graphql/errors.js';
import { callerOf, graphContext } from './apollo.js';
import { framesOf } from './frames.js';
import { Heartbeat } from './heartbeat.js';
import { Operations, refusal } from './operations.js';

/** A frame of more than this closes the socket with 1009. */
const FRAME_MAX = 64 * 1024;
const INIT_WAIT_MS = 5_000;
const SUBSCRIPTIONS_MAX = 20;
/** Messages of a client between two pings, six seconds. A widget says some three when it comes and then hardly anything. */
const MESSAGES_MAX = 200;
/** A reader that leaves this much unread is cut off; it comes back and is told what it missed. */
const BUFFER_MAX = 1024 * 1024;

type Extra = {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly send: (frame: string) => Promise<void>;
  caller?: Caller;
  platform?: ClientPlatform;
  expiry?: NodeJS.Timeout;
} & Record<PropertyKey, unknown>;

export interface Sockets {
  /** Takes an HTTP upgrade of the GraphQL path. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** How many there are, and how much of what was sent their readers have not taken. */
  figures(): { readonly open: number; readonly unreadBytes: number };
  /** Closes every socket with 1012 (restart), so that clients come back to another process at once. */
  stop(): Promise<void>;
}

/** graphql-transport-ws: subscriptions only, under the same limits and masks as HTTP. */
export function createSockets(schema: GraphQLSchema, services: Services): Sockets {
  const { log } = services;
  const server = new WebSocketServer({
    ...{ noServer: true, maxPayload: FRAME_MAX, perMessageDeflate: false, handleProtocols },
  });
  server.on('error', (error) => log.warn({ error: error.message }, 'websocket server'));
  const operations = new Operations(schema);
  const messages = new WeakMap<WebSocket, number>();
  const heartbeat = new Heartbeat((socket) => messages.delete(socket));

  const protocol = makeServer<{ authorization?: unknown; platform?: unknown }, Extra>({
    connectionInitWaitTimeout: INIT_WAIT_MS,
    onConnect: async ({ connectionParams, extra }) => {
      const { authorization: given, platform = 'WEB' } = connectionParams ?? {};
      const known = CLIENT_PLATFORMS.find((one) => one === platform);
      if (known === undefined) {
        const word = JSON.stringify(platform).slice(0, 40);
        extra.socket.close(
          CloseCode.BadRequest,
          `platform: ${word} given, expected ${CLIENT_PLATFORMS.join(' or ')}`.slice(0, 120),
        );
        return false;
      }
      extra.platform = known;
      try {
        const caller = await callerOf(services, typeof given === 'string' ? given : undefined);
        // Refusing here closes with 4403: clients ask for a new token and come back.
        if (!caller) return false;
        extra.caller = caller;
        if (caller.kind === 'recipient') closeAt(extra, caller.expiresAt, services);
        return true;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        extra.socket.close(CloseCode.Forbidden, error.message.slice(0, 120));
        return false;
      }
    },
    onClose: ({ extra }) => clearTimeout(extra.expiry),
    onSubscribe: ({ extra, subscriptions }, _id, payload) => {
      if (Object.keys(subscriptions).length > SUBSCRIPTIONS_MAX)
        return [refusal('RATE_LIMITED', `at most ${SUBSCRIPTIONS_MAX} subscriptions on one socket`)];
      const prepared = operations.prepare(payload);
      if ('errors' in prepared) return prepared.errors.map((error) => mask(error, randomUUID()));
      const { operationName, variables: variableValues } = payload;
      return {
        ...{ schema, document: prepared.document },
        ...(operationName ? { operationName } : {}),
        ...(variableValues ? { variableValues } : {}),
        contextValue: graphContext(services, extra.caller ?? null, extra.platform),
      };
    },
    // Its events are no results yet: `onOperation` makes frames of them.
    subscribe: createSourceEventStream as (args: ExecutionArgs) => Promise<AsyncGenerator<never> | ExecutionResult>,
    onOperation: ({ extra }, id, _payload, args, source) => {
      const prepared = operations.of(args.document);
      if (!prepared || !(Symbol.asyncIterator in source)) return undefined;
      const { caller = null, send } = extra;
      return framesOf(id, source, { services, caller, prepared, args, mask, send });
    },
    onNext: (_context, _id, _payload, args, result) => {
      if (!result.errors) return undefined;
      const requestId = (args.contextValue as { requestId?: string } | undefined)?.requestId ?? randomUUID();
      return { ...result, errors: result.errors.map((error) => mask(error, requestId)) };
    },
    onError: (_context, _id, _payload, errors) => errors.map((error) => mask(error, randomUUID())),
  });

  server.on('connection', (socket, request) => {
    socket.on('error', (error) => log.debug({ error: error.message }, 'websocket'));
    heartbeat.add(socket);
    const send = (frame: string): Promise<void> => sendBounded(socket, frame);
    const closed = protocol.opened(
      {
        ...{ protocol: socket.protocol, send, close: (code, reason) => socket.close(code, reason) },
        onMessage: (take) =>
          void socket.on('message', (data: Buffer) => {
            const count = (messages.get(socket) ?? 0) + 1;
            messages.set(socket, count);
            // What comes after the one too many is not even read.
            if (count > MESSAGES_MAX) {
              if (count === MESSAGES_MAX + 1) socket.close(4429, `at most ${MESSAGES_MAX} messages in six seconds`);
              return;
            }
            take(data.toString()).catch((error: unknown) => {
              log.warn({ error: messageOf(error) }, 'websocket message');
              socket.close(CloseCode.InternalServerError, 'internal error');
            });
          }),
      },
      { socket, request, send },
    );
    socket.once('close', (code, reason) => void closed(code, reason.toString()));
  });

  function mask(error: GraphQLError | GraphQLFormattedError, requestId: string): GraphQLError {
    const thrown =
      error instanceof GraphQLError ? error : new GraphQLError(error.message, { extensions: error.extensions ?? {} });
    const { message, locations, path, extensions } = formatError(thrown.toJSON(), thrown, requestId, log);
    const masked = new GraphQLError(message, { ...(extensions ? { extensions } : {}), ...(path ? { path } : {}) });
    return Object.assign(masked, locations ? { locations } : {});
  }

  return {
    upgrade: (request, socket, head) =>
      server.handleUpgrade(request, socket, head, (ws) => server.emit('connection', ws, request)),
    figures() {
      const unread = [...server.clients].map((socket) => socket.bufferedAmount);
      return { open: unread.length, unreadBytes: unread.reduce((sum, bytes) => sum + bytes, 0) };
    },
    async stop() {
      heartbeat.stop();
      for (const socket of server.clients) socket.close(1012, 'restarting');
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Resolves when the socket has taken it, so that what follows waits; a socket that takes nothing is cut off. */
function sendBounded(socket: WebSocket, frame: string): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    if (socket.bufferedAmount > BUFFER_MAX) {
      socket.terminate();
      return resolve();
    }
    // What cannot be sent ends with the socket, which says so itself.
    socket.send(frame, () => resolve());
  });
}

/** A socket may not outlive its token. */
function closeAt(extra: Extra, at: Date, services: Services): void {
  const ms = Math.max(0, at.getTime() - services.clock.now().getTime());
  extra.expiry = setTimeout(() => extra.socket.close(CloseCode.Forbidden, 'the token has expired; get a new one'), ms);
  extra.expiry.unref();
}
