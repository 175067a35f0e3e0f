import type { Batcher } from '../base/batcher.js';
import type { Clock } from '../base/clock.js';
import type { DirectLane } from '../base/direct-lane.js';
import { AppError } from '../base/errors.js';
import { decodeId } from '../base/ids.js';
import type { Logger } from '../base/log.js';
import type { ClientPlatform, EnvironmentMode, NotificationState } from '../base/names.js';
import type { WebhookUrlCheck } from '../base/webhook-url.js';
import type { Urgency } from '../base/urgency.js';
import type { SecretBox } from '../base/secret-box.js';
import type { IntegrationCheck } from '../channels/integration-check.js';
import type { DomainCheck, DomainQuestion } from '../domains/check.js';
import type { KeyRing } from './key-ring.js';
import type { Hub } from '../realtime/hub.js';
import type { Presence } from '../realtime/presence.js';
import type { Acceptor } from '../send/accept.js';
import type { CategoryRow } from '../store/categories.js';
import type { Database, Db } from '../store/database.js';
import type { EndpointRow } from '../store/endpoints.js';
import type { ItemMarks } from '../store/engagements.js';
import type { HealthRow } from '../store/health.js';
import type { NotificationRow, NotificationStory, SendPage } from '../store/notification-log.js';
import type { AdapterOf } from '../recipients/facts.js';
import type { Links } from '../recipients/links.js';
import { findRecipients, resolveExternalIds, type RecipientRow } from '../store/recipients.js';
import type { KeptRows } from '../store/kept-rows.js';
import type { InTransaction } from '../store/transaction.js';

/** Who is calling. The environment comes from the credential, never from an argument. */
export type Caller =
  | { readonly kind: 'service'; readonly environmentId: string; readonly mode: EnvironmentMode; readonly keyId: string }
  | {
      readonly kind: 'recipient';
      readonly environmentId: string;
      readonly mode: EnvironmentMode;
      readonly recipientId: string;
      readonly expiresAt: Date;
    };

/** What the API works with; made once by the composition root. */
export interface Services {
  readonly database: Database;
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly log: Logger;
  readonly secrets: SecretBox;
  readonly acceptor: Acceptor;
  readonly direct: DirectLane;
  readonly keys: KeyRing;
  readonly integrationCheck: IntegrationCheck;
  readonly adapterOf: AdapterOf;
  /** An integration of this environment was changed: routing reads it anew. */
  readonly integrationChanged: (environmentId: string) => void;
  readonly webhookUrls: WebhookUrlCheck;
  readonly newWebhookSecret: () => string;
  readonly kept: KeptRows;
  readonly checkDomain: (question: DomainQuestion) => Promise<DomainCheck>;
  /** Closes a person's open windows of digests, of one category or all; answers the notifications that they became. */
  readonly flushDigests: (environmentId: string, recipientId: string, category: string | null) => Promise<string[]>;
  readonly urgency: Urgency;
  readonly hub: Hub;
  readonly presence: Presence;
  readonly links: Links;
}

/** Reads that gather within one request, so that a page of nodes costs one query a table. */
export interface Loaders {
  readonly recipient: Batcher<string, RecipientRow | null>;
  readonly endpoints: Batcher<string, EndpointRow[]>;
  readonly online: Batcher<string, boolean>;
  readonly category: Batcher<string, CategoryRow | null>;
  /** Deliveries and history of a notification; null when it is there no longer. */
  readonly story: Batcher<string, NotificationStory | null>;
  readonly sendNotifications: Batcher<SendPage, NotificationRow[]>;
  readonly sendStates: Batcher<string, { sendId: string; state: NotificationState; count: number }[]>;
  readonly notification: Batcher<string, NotificationRow | null>;
  /** By notification: the notification of the digest that it went in. */
  readonly digest: Batcher<string, string | null>;
  readonly itemMarks: Batcher<{ recipientId: string; id: string }, ItemMarks | null>;
  readonly health: Batcher<string, HealthRow | null>;
  readonly waiting: Batcher<string, number>;
}

export interface GraphContext {
  readonly caller: Caller | null;
  readonly services: Services;
  readonly loaders: Loaders;
  readonly requestId: string;
  /** Where the caller's client runs, as it said when it connected. */
  readonly platform: ClientPlatform;
}

/** The caller, who must be a service with an API key. Throws UNAUTHENTICATED or FORBIDDEN. */
export function requireService(context: GraphContext): Extract<Caller, { kind: 'service' }> {
  const caller = requireCaller(context);
  if (caller.kind !== 'service') throw new AppError('FORBIDDEN', 'a recipient token may not do this; use an API key');
  return caller;
}

export function requireCaller(context: GraphContext): Caller {
  if (!context.caller)
    throw new AppError(
      'UNAUTHENTICATED',
      'no credential given; send `Authorization: Bearer <API key or recipient token>`',
    );
  return context.caller;
}

/** May the caller read more of this person than the name? A recipient token reads of its own person alone. */
export function isReadable({ caller }: GraphContext, recipientId: string): boolean {
  return caller?.kind === 'service' || caller?.recipientId === recipientId;
}

/** How inputs name a person: exactly one of the two. */
export interface RecipientRefInput {
  id?: string | null;
  externalId?: string | null;
}

/** Our id of the person that a reference names, or null when this environment has no such person. */
export async function findRecipientId(db: Db, environmentId: string, ref: RecipientRefInput): Promise<string | null> {
  if (ref.externalId != null)
    return (await resolveExternalIds(db, environmentId, [ref.externalId])).get(ref.externalId) ?? null;
  const id = decodeId('recipient', ref.id ?? '');
  if (id === null) return null;
  const [row] = await findRecipients(db, environmentId, { ids: [id] });
  return row?.id ?? null;
}

/**
 * Whose inbox or preferences a request is about: the caller's own with a recipient token, a named person's with an API
 * key. Throws BAD_USER_INPUT or FORBIDDEN.
 */
export async function requireOwner(
  context: GraphContext,
  ref: RecipientRefInput | null | undefined,
): Promise<{ environmentId: string; recipientId: string }> {
  const caller = requireCaller(context);
  const { environmentId } = caller;
  const { db } = context.services.database;
  if (caller.kind === 'recipient') {
    const named = ref ? await findRecipientId(db, environmentId, ref) : caller.recipientId;
    if (named !== caller.recipientId)
      throw new AppError('FORBIDDEN', 'a recipient token reaches its own person alone; leave out `recipient`');
    return { environmentId, recipientId: caller.recipientId };
  }
  if (!ref)
    throw new AppError(
      'BAD_USER_INPUT',
      'recipient: expected with an API key; a recipient token stands for its own person',
    );
  const recipientId = await findRecipientId(db, environmentId, ref);
  if (recipientId === null) throw new AppError('BAD_USER_INPUT', 'recipient: no such recipient in this environment');
  return { environmentId, recipientId };
}
