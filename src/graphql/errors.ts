import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { AppError, isUnavailable, messageOf } from '../base/errors.js';
import type { Logger } from '../base/log.js';

/** HTTP statuses of top-level errors when nothing was answered; user errors are always 200. */
const STATUS: Readonly<Record<string, number>> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  PAYLOAD_TOO_LARGE: 413,
  UNAVAILABLE: 503,
  OVERLOADED: 503,
};

export function httpStatusOf(code: string): number | undefined {
  return STATUS[code];
}

/** An AppError as GraphQL knows it. */
export function toGraphQLError(error: AppError): GraphQLError {
  const status = httpStatusOf(error.code);
  return new GraphQLError(error.message, {
    extensions: { code: error.code, ...error.details, ...(status ? { http: { status } } : {}) },
  });
}

/** Codes that Apollo gives to errors of the request itself. */
const OWN_CODES: Readonly<Record<string, string>> = {
  GRAPHQL_PARSE_FAILED: 'GRAPHQL_PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'GRAPHQL_VALIDATION_FAILED',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_USER_INPUT',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  UNAUTHORIZED: 'FORBIDDEN',
};

/**
 * What a caller may see of an error, the same on both transports: deliberate errors with their code; of everything else a
 * request id alone, under which the log has it all. Never a stack trace, never SQL.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  thrown: unknown,
  requestId: string,
  log: Logger,
): GraphQLFormattedError {
  const cause = original(thrown);
  const { message, locations, path } = formatted;
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  if (cause instanceof AppError)
    return { message: cause.message, ...place, extensions: { code: cause.code, ...cause.details, requestId } };
  if (isUnavailable(cause)) {
    log.error({ requestId, error: messageOf(cause) }, 'the database cannot be used');
    return {
      message: 'the service cannot reach its database; try again',
      ...place,
      extensions: { code: 'UNAVAILABLE', requestId },
    };
  }
  const given = formatted.extensions?.['code'];
  const code = typeof given === 'string' ? given : '';
  const own = OWN_CODES[code];
  const deliberate =
    cause instanceof GraphQLError || (thrown instanceof GraphQLError && thrown.originalError === undefined);
  if (own !== undefined || (deliberate && code !== 'INTERNAL_SERVER_ERROR')) {
    const reason = formatted.extensions?.['reason'];
    return {
      message,
      ...place,
      extensions: { code: own ?? (code || 'BAD_USER_INPUT'), ...(reason ? { reason } : {}), requestId },
    };
  }
  log.error({ requestId, error: cause instanceof Error ? cause.stack : String(cause) }, 'unexpected error');
  return {
    message: 'internal error; the log has it under this requestId',
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
  };
}

function original(thrown: unknown): unknown {
  let at = thrown;
  for (let depth = 0; depth < 5 && at instanceof GraphQLError && at.originalError; depth += 1) at = at.originalError;
  return at;
}
