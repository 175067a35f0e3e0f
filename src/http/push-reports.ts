import express, { type Express } from 'express';
import { isUnavailable } from '../base/errors.js';

/** What service workers say of pushes; handed in, so that the server knows nothing of notifications. */
export interface PushReports {
  readonly kinds: readonly string[];
  /** `kind` is one of them. */
  record(token: string, kind: string): Promise<'RECORDED' | 'INVALID' | 'EXPIRED'>;
}

const STATUS = { RECORDED: 204, INVALID: 404, EXPIRED: 410 } as const;
const RETRY_AFTER_SECONDS = '60';

/**
 * Where a service worker says that a push was opened or put away. It has no token of the person: that in the path, which came
 * with the push, is the authority, for this one notification. Workers of any origin post here, and read no answer.
 */
export function pushReportRoutes(app: Express, reports: PushReports): void {
  app.post('/engagement/:token', express.urlencoded({ extended: false, limit: '1kb' }), async (request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    const { kind } = (request.body ?? {}) as { kind?: unknown };
    response.status(await statusOf(request.params.token, kind, reports));
    if (response.statusCode === 503) response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
    response.end();
  });
}

async function statusOf(token: string, kind: unknown, reports: PushReports): Promise<number> {
  if (typeof kind !== 'string' || !reports.kinds.includes(kind)) return 400;
  try {
    return STATUS[await reports.record(token, kind)];
  } catch (error) {
    if (isUnavailable(error)) return 503;
    throw error;
  }
}
