import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { exchange } from '../base/http-exchange.js';
import { decodeId } from '../base/ids.js';
import type { Logger } from '../base/log.js';
import type { Callback, ProviderEvent, Reply } from '../providers/callback.js';
import { clip } from '../providers/provider.js';
import { insertCallbacks } from '../store/callbacks.js';
import type { Database } from '../store/database.js';
import { findIntegrationById, type IntegrationRow } from '../store/integrations.js';
import type { InTransaction } from '../store/transaction.js';
import type { Carriers } from './carriers.js';
import type { Refusals } from './refusals.js';

export interface IntakeContext {
  readonly database: Pick<Database, 'db'>;
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly log: Logger;
  readonly carriers: Pick<Carriers, 'read'>;
  readonly refusals: Refusals;
}

/** What a vendor is answered. */
export interface IntakeAnswer {
  readonly status: 200 | 400 | 401 | 404 | 503;
  /** For people who set it up; vendors look at the status alone. */
  readonly problem: string | null;
  readonly reply: Reply | null;
}

const KEY_MAX = 200;
const TYPE_MAX = 100;
const CONFIRM_MS = 10_000;

/**
 * Takes a callback in: proven by the vendor's own scheme, read into our terms, stored in one insert that leaves out what
 * came before. What follows from it is decided later, by the job that rides on the commit. Throws when the database cannot
 * be reached, so that the vendor tries again.
 */
export async function takeCallback(
  context: IntakeContext,
  integrationId: string,
  callback: Omit<Callback, 'now'>,
): Promise<IntakeAnswer> {
  const id = decodeId('integration', integrationId);
  const integration = id === null ? undefined : await findIntegrationById(context.database.db, id);
  const now = context.clock.now();
  const answer = integration && (await context.carriers.read(integration, { ...callback, now }));
  if (!integration || !answer) return refuse(404, 'no integration here that takes callbacks');
  const said = { integration: integration.key, environmentId: integration.environment_id };
  switch (answer.kind) {
    case 'forged':
      context.log.warn(
        { ...said, detail: answer.detail },
        'a callback was refused: not proven to be from the provider',
      );
      await context.refusals.add(integration, answer.detail, now);
      return refuse(401, `not proven to be from the provider: ${answer.detail}`);
    case 'malformed':
      context.log.warn({ ...said, detail: answer.detail }, 'a callback was refused: it cannot be understood');
      return refuse(400, answer.detail);
    case 'later':
      context.log.warn(
        { ...said, detail: answer.detail },
        'a callback cannot be told right now; the provider comes again',
      );
      return refuse(503, answer.detail);
    case 'confirm':
      await confirm(context, answer.url, said);
      return { status: 200, problem: null, reply: null };
    case 'events':
      await store(context, integration, answer.events, now);
      return { status: 200, problem: null, reply: answer.reply ?? null };
    default:
      return answer satisfies never;
  }
}

function refuse(status: 400 | 401 | 404 | 503, problem: string): IntakeAnswer {
  return { status, problem, reply: null };
}

async function store(
  { inTransaction }: IntakeContext,
  { environment_id, id: integration_id }: IntegrationRow,
  events: readonly ProviderEvent[],
  now: Date,
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => ({
    environment_id,
    integration_id,
    key: keyOf(event.key, event.address),
    type: storable(event.type.slice(0, TYPE_MAX)),
    means: event.means,
    at: event.at,
    attempt_id: bounded(event.attemptId),
    // What says nothing that we keep says nothing of anybody either.
    provider_id: event.means === null ? null : bounded(event.providerId),
    address: event.means === null ? null : bounded(event.address),
    detail: event.means === null || event.detail === null ? null : storable(clip(event.detail)),
    received_at: now,
    due_at: event.means === null ? null : now,
  }));
  await inTransaction(async (tx) => {
    if ((await insertCallbacks(tx.db, rows)) > 0) tx.enqueue({ job: 'fold', lane: 'NORMAL', data: {} });
  });
}

/** Vendors' ids are short; whatever is longer, or holds the address, is known by its hash. */
function keyOf(key: string, address: string | null): string {
  const text = storable(key);
  const isPlain = address === null || !text.includes(address);
  return isPlain && text.length <= KEY_MAX ? text : `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function bounded(text: string | null): string | null {
  return text === null ? null : storable(text.slice(0, 320));
}

/** As Postgres takes it: no NUL, no half characters. The last thing to be done to a text: cutting it can leave a half. */
function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/** Proves to the vendor that callbacks arrive. It tries again by itself when this does not work. */
async function confirm({ log }: IntakeContext, url: string, said: object): Promise<void> {
  try {
    const { status } = await exchange(url, { method: 'GET', headers: {}, body: '' }, AbortSignal.timeout(CONFIRM_MS));
    log.info({ ...said, status }, 'callbacks were confirmed to the provider');
  } catch (error) {
    log.warn({ ...said, error: messageOf(error) }, 'callbacks could not be confirmed to the provider');
  }
}
