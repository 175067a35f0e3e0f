import { once } from 'node:events';
import express, { type Request, type RequestHandler } from 'express';
import { AppError } from '../base/errors.js';
import type { Services } from '../graphql/context.js';
import { callerOf } from './apollo.js';

/** Bytes of a request, besides the content of attachments. */
const BODY_MAX = 1024 * 1024;
/** Bytes of a request of a service with attachments in it: a file of 25 MB in base64, and a little more. */
const LARGE_BODY_MAX = 40_000_000;
/** Bytes of large requests that one process takes in at once: each is in memory several times over. */
const LARGE_TOGETHER_MAX = 160_000_000;
/** No attachment of an operation lies deeper in its variables. */
const DEPTH_MAX = 8;

/**
 * Reads JSON bodies. More than a megabyte is read for services alone, and only where the rest of it is the content of
 * attachments; whoever it is from is asked before it is read.
 */
export function jsonBody(services: Services): RequestHandler {
  const small = express.json({ limit: BODY_MAX, strict: true });
  const large = express.json({ limit: LARGE_BODY_MAX, strict: true, inflate: false });
  let together = 0;
  return async (request, response, next) => {
    const size = Number(request.headers['content-length'] ?? 0);
    const isLarge = size > BODY_MAX && size <= LARGE_BODY_MAX;
    if (!isLarge || !(await isService(services, request))) return small(request, response, next);
    if (together + size > LARGE_TOGETHER_MAX) {
      await drained(request);
      throw new AppError('UNAVAILABLE', 'too many large requests at once; try again', { retryAfter: 1 });
    }
    together += size;
    response.once('close', () => {
      together -= size;
    });
    return large(request, response, (error?: unknown) => {
      if (error !== undefined) return next(error);
      const rest = size - contentOf((request.body as { variables?: unknown } | undefined)?.variables, DEPTH_MAX);
      return next(rest > BODY_MAX ? { status: 413 } : undefined);
    });
  };
}

export const TOO_LARGE = `the body is larger than ${BODY_MAX} bytes, or ${LARGE_BODY_MAX} with the content of attachments under an API key`;

async function isService(services: Services, request: Request): Promise<boolean> {
  try {
    return (await callerOf(services, request.headers.authorization))?.kind === 'service';
  } catch (error) {
    // What is wrong with the credential is said as for any other request, or this one is too large for it.
    if (error instanceof AppError) return false;
    throw error;
  }
}

/** Clients hear an answer only once they have said everything. */
async function drained(request: Request): Promise<void> {
  request.resume();
  await once(request, 'end');
}

/** Callers' own JSON, in which nothing is a file of ours, whatever it is called. */
const JSON_FIELDS: ReadonlySet<string> = new Set(['data', 'attributes']);

/** Characters of all contents of attachments somewhere in variables. */
function contentOf(value: unknown, depth: number): number {
  if (value === null || typeof value !== 'object' || depth === 0) return 0;
  return Object.entries(value).reduce((sum, [key, field]) => {
    if (key === 'attachments' && Array.isArray(field)) return sum + lengths(field);
    // At the top are variables, which may have any name.
    return JSON_FIELDS.has(key) && depth < DEPTH_MAX ? sum : sum + contentOf(field, depth - 1);
  }, 0);
}

function lengths(attachments: readonly unknown[]): number {
  return attachments.reduce<number>((sum, one) => {
    const content = (one as { content?: unknown } | null)?.content;
    return sum + (typeof content === 'string' ? content.length : 0);
  }, 0);
}
