/** Top-level GraphQL error codes: not the caller's business choice, so they are no `userErrors`. */
export type AppErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'RATE_LIMITED'
  | 'BAD_USER_INPUT'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNAVAILABLE'
  | 'OVERLOADED'
  | 'INTERNAL_SERVER_ERROR';

/** An error whose text is safe and useful for the caller. Everything else is masked at the edge and logged. */
export class AppError extends Error {
  override readonly name = 'AppError';
  constructor(
    readonly code: AppErrorCode,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** The gateway cannot start: one clear line for the operator, exit code 1. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}

/**
 * An expected failure of a mutation. `field` is the path into the arguments, e.g. `["input", "to", "3", "email"]`;
 * `code` is contract, `message` is for people and may change.
 */
export interface UserError {
  readonly field: string[];
  readonly message: string;
  readonly code: string;
}

export function userError(field: readonly (string | number)[], code: string, message: string): UserError {
  return { field: field.map(String), code, message };
}

/** Carries user errors out of nested steps; the mutation turns them into its payload. */
export class UserErrors extends Error {
  override readonly name = 'UserErrors';
  constructor(readonly errors: readonly UserError[]) {
    super(errors.map((error) => error.message).join('; '));
  }
}

/** The text of anything thrown, for logs. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  // pg-boss reports objects that carry the error or its text.
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}

/** Is the database out of reach, whatever was asked? SQLSTATE classes 08 (connection), 53 (resources) and 57P (shutdown). */
export function isUnavailable(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
    const code = 'code' in at && typeof at.code === 'string' ? at.code : '';
    if (/^(08|53|57P)/.test(code) || /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/.test(code)) return true;
    if (
      /Connection terminated|connection error and is not queryable|timeout exceeded when trying to connect/.test(
        at.message,
      )
    )
      return true;
  }
  return false;
}
