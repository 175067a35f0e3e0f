import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  createSourceEventStream,
  execute,
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { CloseCode } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { AppError } from '../base/errors.js';
import { CLIENT_PLATFORMS, type ClientPlatform } from '../base/names.js';
import type { Caller, Services } from '../graphql/context.js';
import { formatError, toGraphQLError } from '../graphql/errors.js';
import { LIMITS, operationKinds, operationLimits, soundStrings, variableProblem } from '../graphql/limits.js';
import { callerOf, graphContext } from './apollo.js';

/** A frame of more than this closes the socket with 1009. */
const FRAME_MAX = 64 * 1024;
/** Server pings; a peer that does not answer within the next interval is cut off: silence ends after 12 s at most. */
const PING_MS = 6_000;
const INIT_WAIT_MS = 5_000;
const SUBSCRIPTIONS_MAX = 20;
/** A reader that leaves this much unread is cut off; it comes back and is told what it missed. */
const BUFFER_MAX = 1024 * 1024;

type Extra = {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  caller?: Caller;
  platform?: ClientPlatform;
  expiry?: NodeJS.Timeout;
} & Record<PropertyKey, unknown>;

export interface Sockets {
  /** Takes an HTTP upgrade of the GraphQL path. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes every socket with 1012 (restart), so that clients come back to another process at once. */
  stop(): Promise<void>;
}

/** graphql-transport-ws: subscriptions only, under the same limits and masks as HTTP. */
export function createSockets(schema: GraphQLSchema, services: Services): Sockets {
  const { log } = services;
  const server = new WebSocketServer({ noServer: true, maxPayload: FRAME_MAX, perMessageDeflate: false });
  server.on('error', (error) => log.warn({ error: error.message }, 'websocket server'));
  server.on('connection', (socket) => socket.on('error', (error) => log.debug({ error: error.message }, 'websocket')));
  const rules = [...specifiedRules, operationLimits, soundStrings];

  const protocol = useServer<{ authorization?: unknown; platform?: unknown }, Extra>(
    {
      connectionInitWaitTimeout: INIT_WAIT_MS,
      onConnect: async (context) => {
        const { authorization: given, platform = 'WEB' } = context.connectionParams ?? {};
        const known = CLIENT_PLATFORMS.find((one) => one === platform);
        if (known === undefined) {
          const word = (JSON.stringify(platform) ?? '').slice(0, 40);
          context.extra.socket.close(
            CloseCode.BadRequest,
            `platform: ${word} given, expected ${CLIENT_PLATFORMS.join(' or ')}`,
          );
          return false;
        }
        context.extra.platform = known;
        try {
          const caller = await callerOf(services, typeof given === 'string' ? given : undefined);
          // Refusing here closes with 4403: clients ask for a new token and come back.
          if (!caller) return false;
          context.extra.caller = caller;
          if (caller.kind === 'recipient') closeAt(context.extra, caller.expiresAt, services);
          return true;
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          context.extra.socket.close(CloseCode.Forbidden, error.message.slice(0, 120));
          return false;
        }
      },
      onDisconnect: (context) => clearTimeout(context.extra.expiry),
      onSubscribe: (context, _id, payload) => {
        const { caller } = context.extra;
        if (Object.keys(context.subscriptions).length > SUBSCRIPTIONS_MAX)
          return [refusal('RATE_LIMITED', `at most ${SUBSCRIPTIONS_MAX} subscriptions on one socket`)];
        const prepared = prepare(schema, rules, payload);
        if ('errors' in prepared) return prepared.errors.map((error) => mask(error, randomUUID()));
        return { ...prepared.args, contextValue: graphContext(services, caller ?? null, context.extra.platform) };
      },
      subscribe: (args) => subscribeFresh(args, services),
      onNext: (context, _id, _payload, args, result) => {
        if (context.extra.socket.bufferedAmount > BUFFER_MAX) context.extra.socket.terminate();
        if (!result.errors) return undefined;
        const requestId = (args.contextValue as { requestId?: string } | undefined)?.requestId ?? randomUUID();
        return { ...result, errors: result.errors.map((error) => mask(error, requestId)) };
      },
      onError: (_context, _id, _payload, errors) => errors.map((error) => mask(error, randomUUID())),
    },
    server,
    PING_MS,
  );

  // graphql-ws writes what a peer did wrong to the console, with a stack trace; ws has closed the socket with its code by then.
  server.on('connection', (socket) => {
    socket.removeAllListeners('error');
    socket.on('error', (error) => log.debug({ error: error.message }, 'websocket'));
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
    async stop() {
      for (const socket of server.clients) socket.close(1012, 'restarting');
      await protocol.dispose();
    },
  };
}

/** A socket may not outlive its token. */
function closeAt(extra: Extra, at: Date, services: Services): void {
  const ms = Math.max(0, at.getTime() - services.clock.now().getTime());
  extra.expiry = setTimeout(() => extra.socket.close(CloseCode.Forbidden, 'the token has expired; get a new one'), ms);
  extra.expiry.unref();
}

function refusal(code: 'RATE_LIMITED' | 'BAD_USER_INPUT', message: string): GraphQLError {
  return toGraphQLError(new AppError(code, message));
}

type Payload = {
  query: string;
  variables?: Record<string, unknown> | null | undefined;
  operationName?: string | null | undefined;
};

function prepare(
  schema: GraphQLSchema,
  rules: Parameters<typeof validate>[2],
  payload: Payload,
): { args: ExecutionArgs } | { errors: readonly GraphQLError[] } {
  try {
    const document = parse(payload.query, { maxTokens: LIMITS.tokens });
    const kinds = operationKinds(document);
    if (kinds.size !== 1 || !kinds.has('subscription'))
      return {
        errors: [refusal('BAD_USER_INPUT', 'a socket takes subscriptions alone; send queries and mutations over HTTP')],
      };
    const errors = validate(schema, document, rules, { maxErrors: 10 });
    if (errors.length > 0) return { errors: errors.map(withCode('GRAPHQL_VALIDATION_FAILED')) };
    const problem = variableProblem(payload.variables ?? {});
    if (problem) return { errors: [refusal('BAD_USER_INPUT', problem.message)] };
    const { operationName, variables: variableValues } = payload;
    return {
      args: {
        schema,
        document,
        ...(operationName ? { operationName } : {}),
        ...(variableValues ? { variableValues } : {}),
      },
    };
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [withCode('GRAPHQL_PARSE_FAILED')(error)] };
    throw error;
  }
}

function withCode(code: string): (error: GraphQLError) => GraphQLError {
  return (error) =>
    new GraphQLError(error.message, {
      source: error.source,
      positions: error.positions,
      extensions: { ...error.extensions, code },
    });
}

/** graphql-js keeps one context for a whole subscription; every event here gets its own, so that nothing grows or goes stale. */
async function subscribeFresh(
  args: ExecutionArgs,
  services: Services,
): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const iterator = source[Symbol.asyncIterator]();
  const { caller, platform } = args.contextValue as { caller: Caller | null; platform: ClientPlatform };
  const answer = async (next: Promise<IteratorResult<unknown>>): Promise<IteratorResult<ExecutionResult>> => {
    const { done, value } = await next;
    if (done) return { done: true, value: undefined };
    const result = await execute({ ...args, rootValue: value, contextValue: graphContext(services, caller, platform) });
    return { done: false, value: result };
  };
  const stream: AsyncGenerator<ExecutionResult> = {
    next: () => answer(iterator.next()),
    return: async () => {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    throw: (error) => {
      if (iterator.throw) return answer(iterator.throw(error));
      throw error;
    },
    [Symbol.asyncIterator]: () => stream,
    [Symbol.asyncDispose]: async () => void (await iterator.return?.()),
  };
  return stream;
}
