import { randomUUID } from 'node:crypto';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { GraphQLError, OperationTypeNode, type GraphQLSchema } from 'graphql';
import { AppError } from '../base/errors.js';
import type { Logger } from '../base/log.js';
import type { ClientPlatform } from '../base/names.js';
import { authenticate } from '../graphql/auth.js';
import type { Caller, GraphContext, Loaders, Services } from '../graphql/context.js';
import { formatError, httpStatusOf, toGraphQLError } from '../graphql/errors.js';
import { LIMITS, operationLimits, soundStrings, variableProblem } from '../graphql/limits.js';
import { createLoaders } from '../graphql/loaders.js';

/** A request's context; an anonymous caller gets one too, and meets UNAUTHENTICATED at the first field. */
export function graphContext(
  services: Services,
  caller: Caller | null,
  platform: ClientPlatform = 'WEB',
): GraphContext {
  const environmentId = caller?.environmentId ?? '00000000-0000-0000-0000-000000000000';
  let loaders: Loaders | undefined;
  return {
    ...{ caller, services, requestId: randomUUID(), platform },
    // Most events ask for nothing more.
    get loaders() {
      return (loaders ??= createLoaders(services.database.db, environmentId));
    },
  };
}

/** Who calls, by the `Authorization` header. Throws a GraphQL error with its HTTP status. */
export async function callerOf(services: Services, authorization: string | undefined): Promise<Caller | null> {
  const { database, secrets, clock, keys } = services;
  return authenticate({ db: database.db, secrets, clock, keys }, authorization);
}

/** Apollo over HTTP: queries and mutations; bounded, masked, without a landing page. */
export function createApollo(schema: GraphQLSchema, log: Logger): ApolloServer<GraphContext> {
  return new ApolloServer<GraphContext>({
    schema,
    introspection: true,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: LIMITS.tokens },
    validationRules: [operationLimits, soundStrings],
    validationOptions: { maxErrors: 10 },
    formatError: (formatted, thrown) => formatError(formatted, thrown, requestIdOf(thrown) ?? randomUUID(), log),
    plugins: [ApolloServerPluginLandingPageDisabled(), soundVariables, statusOfErrors],
  });
}

const soundVariables: ApolloServerPlugin<GraphContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ request, operation }) {
        if (operation?.operation === OperationTypeNode.SUBSCRIPTION)
          throw toGraphQLError(
            new AppError('BAD_USER_INPUT', 'subscriptions go over WebSocket (graphql-transport-ws) on this same path'),
          );
        const problem = variableProblem(request.variables ?? {});
        if (problem) throw toGraphQLError(new AppError('BAD_USER_INPUT', problem.message, { reason: problem.reason }));
      },
    };
  },
};

/** 401, 403, 429 and 503 as real HTTP statuses when nothing was answered; partial answers stay 200. */
const statusOfErrors: ApolloServerPlugin<GraphContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, errors }) {
        if (response.body.kind !== 'single') return;
        const { data } = response.body.singleResult;
        const answered = data != null && Object.values(data).some((value) => value !== null);
        // The formatted errors: what the caller reads and the status say the same.
        const codes = answered
          ? []
          : (response.body.singleResult.errors ?? []).map((error) => error.extensions?.['code']);
        const status = errors && codes.map((code) => httpStatusOf(String(code))).find((found) => found !== undefined);
        if (status) response.http.status = status;
        const hint = (response.body.singleResult.errors ?? []).map((error) => error.extensions?.['retryAfter']);
        const seconds = hint.find((value) => typeof value === 'number');
        if (seconds !== undefined) response.http.headers.set('retry-after', String(seconds));
      },
    };
  },
};

function requestIdOf(thrown: unknown): string | undefined {
  const extensions = thrown instanceof GraphQLError ? thrown.extensions : {};
  return typeof extensions['requestId'] === 'string' ? extensions['requestId'] : undefined;
}
