import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expressMiddleware } from '@as-integrations/express5';
import express, { type ErrorRequestHandler, type Express, type Response } from 'express';
import type { GraphQLSchema } from 'graphql';
import type { Registry } from 'prom-client';
import { AppError, isUnavailable, StartupError } from '../base/errors.js';
import type { Services } from '../graphql/context.js';
import { httpStatusOf, toGraphQLError } from '../graphql/errors.js';
import { callerOf, createApollo, graphContext } from './apollo.js';
import { jsonBody, TOO_LARGE } from './body.js';
import { healthRoutes, type Health } from './health.js';
import { pageRoutes, type Pages } from './pages.js';
import { peopleRoutes } from './people.js';
import { pushReportRoutes, type PushReports } from './push-reports.js';
import type { PeoplePages } from './people-views.js';
import { createSockets } from './sockets.js';
import { socketFigures } from './socket-figures.js';
import { callbackRoutes, type CallbackIntake } from './webhooks.js';

const PATH = '/graphql';

export interface HttpOptions {
  readonly port: number;
  readonly services: Services;
  /** Null: this process serves health and metrics alone. */
  readonly schema: GraphQLSchema | null;
  readonly health: Health;
  /** Null: this process takes no callbacks. */
  readonly callbacks: CallbackIntake | null;
  readonly pages: Pages | null;
  /** Null: this process has no pages for people. */
  readonly people: PeoplePages | null;
  /** Null: this process hears nothing of pushes. */
  readonly pushReports: PushReports | null;
}

export interface HttpServer {
  readonly port: number;
  /** Ends sockets with "come back", finishes requests that run, and closes the port. */
  stop(): Promise<void>;
}

/** The one server: GraphQL over HTTP and WebSocket on one path, vendors' callbacks, health, metrics, pages. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { services, schema, health, callbacks, pages, people, pushReports } = options;
  const app = express();
  app.disable('x-powered-by');
  // Nobody caches answers of an API; hashing each for an ETag is for nothing.
  app.disable('etag');
  app.use((_request, response, next) => {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    next();
  });
  healthRoutes(app, health);
  const server = createServer(
    { maxHeaderSize: 16_384, requestTimeout: 30_000 },
    app as (request: IncomingMessage, response: ServerResponse) => void,
  );
  if (callbacks) callbackRoutes(app, callbacks);
  if (people) peopleRoutes(app, people);
  if (pushReports) pushReportRoutes(app, pushReports);
  const stopGraph = schema ? await graphRoutes(app, server, schema, services, health.metrics) : async () => undefined;
  if (pages) pageRoutes(app, pages);
  app.use((request, response) => {
    response.status(404).json(errorBody('NOT_FOUND', `nothing at ${request.path}; the API is at ${PATH}`));
  });
  app.use(errorAnswer(services));
  const port = await listen(server, options.port);
  return {
    port,
    async stop() {
      await stopGraph();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), 10_000);
      await closed;
      clearTimeout(cut);
    },
  };
}

async function graphRoutes(
  app: Express,
  server: Server,
  schema: GraphQLSchema,
  services: Services,
  metrics: Registry,
): Promise<() => Promise<void>> {
  const apollo = createApollo(schema, services.log);
  await apollo.start();
  const sockets = createSockets(schema, services);
  socketFigures(metrics, sockets);
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (new URL(request.url ?? '/', 'http://localhost').pathname === PATH)
      return sockets.upgrade(request, socket, head);
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  app.use(PATH, crossOrigin);
  app.use(PATH, (_request, response, next) => {
    response.once('close', services.urgency.request());
    next();
  });
  app.use(PATH, jsonBody(services));
  app.use(PATH, (request, response, next) => {
    const body: unknown = request.body;
    if (request.method !== 'POST' || (typeof body === 'object' && body !== null)) return next();
    const message = 'expected a JSON object with `query`, sent with Content-Type: application/json';
    response.status(400).json(errorBody('BAD_USER_INPUT', message));
  });
  app.use(
    PATH,
    expressMiddleware(apollo, {
      context: async ({ req }) => {
        try {
          return graphContext(services, await callerOf(services, req.headers.authorization));
        } catch (error) {
          throw contextError(error);
        }
      },
    }),
  );
  return async () => {
    await sockets.stop();
    await apollo.stop();
  };
}

/** Errors of the credential, and of a database that cannot be asked about it, with their own status. */
function contextError(error: unknown): unknown {
  if (error instanceof AppError) return toGraphQLError(error);
  if (!isUnavailable(error)) return error;
  return toGraphQLError(new AppError('UNAVAILABLE', 'the service cannot reach its database; try again'));
}

/** Any page may embed the widget: requests carry a token, never a cookie. `Date` lets the widget correct its clock. */
function crossOrigin(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Expose-Headers', 'Date');
  if (request.method !== 'OPTIONS') return next();
  response.setHeader('Access-Control-Allow-Headers', 'authorization, content-type');
  response.setHeader('Access-Control-Allow-Methods', 'POST');
  response.setHeader('Access-Control-Max-Age', '86400');
  response.statusCode = 204;
  response.end();
}

function errorBody(code: string, message: string): object {
  return { errors: [{ message, extensions: { code } }] };
}

/** What the body parser refuses, as JSON; Express alone would answer with a page and a stack trace. */
function errorAnswer({ log }: Services): ErrorRequestHandler {
  return (error: { status?: number; type?: string; message?: string }, _request, response, next) => {
    if (response.headersSent) return next(error);
    if (error instanceof AppError) return refuse(response, error);
    const status = error.status ?? 500;
    if (status === 413) return void response.status(413).json(errorBody('PAYLOAD_TOO_LARGE', TOO_LARGE));
    if (status >= 400 && status < 500)
      return void response
        .status(status)
        .json(
          errorBody('BAD_USER_INPUT', `the body cannot be read: ${error.type ?? 'malformed'}; expected JSON in UTF-8`),
        );
    log.error({ error: error.message }, 'http');
    response.status(500).json(errorBody('INTERNAL_SERVER_ERROR', 'internal error'));
  };
}

function refuse(response: Response, error: AppError): void {
  const { retryAfter } = error.details;
  if (typeof retryAfter === 'number') response.setHeader('Retry-After', String(retryAfter));
  response.status(httpStatusOf(error.code) ?? 500).json(errorBody(error.code, error.message));
}

async function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const hint =
        error.code === 'EADDRINUSE'
          ? `port ${port} is in use by another program`
          : `port ${port} cannot be opened: ${error.message}`;
      reject(new StartupError(`${hint}. Set PORT to a free one.`));
    });
    server.listen(port, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}
