import express, { type Express, type Request, type RequestHandler } from 'express';
import { isUnavailable } from '../base/errors.js';
import type { IntakeAnswer, takeCallback } from '../delivery/callback-intake.js';

type Callback = Parameters<typeof takeCallback>[2];

export interface CallbackIntake {
  take(integrationId: string, callback: Callback): Promise<IntakeAnswer>;
  /** How vendors reach us; null: as the request says. */
  readonly publicUrl: string | null;
}

const PATH = '/webhooks/:integrationId';
const BODY_MAX = '1mb';
/** Vendors try again by themselves, and most of them wait longer anyway. */
const RETRY_AFTER_SECONDS = '10';

/** What vendors tell us after their calls. The body is kept as it came, because signatures are over bytes. */
export function callbackRoutes(app: Express, intake: CallbackIntake): void {
  const receive: RequestHandler<{ integrationId: string }> = async (request, response) => {
    try {
      const { status, problem, reply } = await intake.take(request.params.integrationId, toCallback(request, intake));
      response.status(status);
      if (reply) response.type(reply.contentType).send(reply.body);
      else if (problem !== null) response.json({ error: problem });
      else response.end();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
      response.status(503).json({ error: 'the service cannot reach its database; try again' });
    }
  };
  app.post(PATH, express.raw({ type: () => true, limit: BODY_MAX }), receive);
  app.get(PATH, receive);
}

/** Readers are given a URL, whatever the request says of its host. */
function toCallback(request: Request, { publicUrl }: CallbackIntake): Callback {
  const base = publicUrl ?? `${request.protocol}://${request.headers.host ?? 'localhost'}`;
  const url = `${base.replace(/\/$/, '')}${request.originalUrl}`;
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ]);
  return {
    method: request.method,
    url: URL.canParse(url) ? url : 'http://localhost/',
    headers: Object.fromEntries(headers) as Callback['headers'],
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  };
}
