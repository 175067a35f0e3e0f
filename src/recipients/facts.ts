import { CATEGORY_CLASSES, CHANNELS, type EnvironmentMode, type Lane } from '../base/names.js';
import { CHANNEL_TRAITS } from '../channels/index.js';
import { blockOf } from '../health/breaker.js';
import { breakerOf } from '../health/monitor.js';
import { fold } from '../routing/evolve.js';
import type { State } from '../routing/state.js';
import type { AdapterFact, CategoryPolicy, Facts, IntegrationFact } from '../routing/facts.js';
import type { Throttle } from '../routing/profile.js';
import type { SendAttachment } from '../store/attachments.js';
import type { CategoryRow } from '../store/categories.js';
import type { Db } from '../store/database.js';
import type { IntegrationRow, IntegrationWithHealth } from '../store/integrations.js';
import { loadDeliveryStates, loadEvents, loadSituations, type SituationRow } from '../store/notifications.js';
import { readCategories, type KeptRows } from '../store/kept-rows.js';
import { findSends, type SendRow } from '../store/sends.js';
import { consentsOf } from './consents.js';
import { toHistoryEvent } from './history.js';
import { loadExtras, NO_EXTRAS, type Extras } from './extras.js';
import { effectiveEndpoints, personOf } from './person.js';

/** A notification with all that deciding and carrying out need, read at one revision. */
export interface Situation {
  readonly row: SituationRow;
  readonly send: SendRow;
  readonly lane: Lane;
  readonly facts: Facts;
  readonly state: State;
  /** Deliveries whose rows lag behind the history, because an event came from outside. */
  readonly stale: ReadonlySet<number>;
  readonly integrations: readonly IntegrationWithHealth[];
}

/** An environment, as far as deciding needs it. */
export interface EnvironmentRef {
  readonly id: string;
  readonly mode: EnvironmentMode;
}

/** What the adapter of an integration can do; recipients know no adapters, so it is handed in. */
export type AdapterOf = (
  integration: Pick<IntegrationRow, 'provider' | 'settings' | 'classes' | 'reports'>,
) => AdapterFact;

/**
 * Loads many notifications of one environment: one query a table, never one a person, and for what was just accepted hardly
 * any. Unknown ids are left out.
 */
export async function loadFacts(
  db: Db,
  environment: EnvironmentRef,
  from: {
    ids: readonly string[];
    integrations: readonly IntegrationWithHealth[];
    kept: KeptRows;
    adapterOf: AdapterOf;
  },
  now: Date,
): Promise<Situation[]> {
  const { integrations, kept, adapterOf } = from;
  const rows = await loadSituations(db, environment.id, from.ids, now);
  // Nothing has happened to the others.
  const moved = rows.filter((row) => row.revision > 0).map((row) => row.id);
  const [histories, states, sends, categories, extras] = await Promise.all([
    loadEvents(db, environment.id, moved),
    loadDeliveryStates(db, environment.id, moved),
    sendsOf(db, environment.id, rows, kept),
    readCategories(
      db,
      environment.id,
      rows.map((row) => row.categoryKey),
      kept,
    ),
    loadExtras(db, environment.id, rows, kept, now),
  ]);
  // Nobody's consent is read for what is no advertising.
  const advertised = rows.filter((row) => categories.get(row.categoryKey)?.class === 'MARKETING');
  const said = await consentsOf(db, environment.id, advertised);
  return rows.flatMap((row) => {
    const send = sends.get(row.sendId);
    const category = categories.get(row.categoryKey);
    if (!send || !category) return [];
    const more = { ...extras(row, send.tenant), consents: said.get(row.recipientId) ?? [] };
    const facts = factsOf(environment, { row, send, category, integrations, adapterOf, extras: more }, now);
    const state = fold((histories.get(row.id) ?? []).map(toHistoryEvent));
    const written = states.get(row.id);
    const behind = state.deliveries.filter((delivery) => written?.get(delivery.ordinal) !== delivery.state);
    const stale = new Set(behind.map((delivery) => delivery.ordinal));
    return [{ row, send, lane: category.lane, facts, state, stale, integrations }];
  });
}

async function sendsOf(
  db: Db,
  environmentId: string,
  rows: readonly SituationRow[],
  kept: KeptRows,
): Promise<Map<string, SendRow>> {
  const found = new Map<string, SendRow>();
  const asked = new Set<string>();
  for (const { sendId, revision } of rows) {
    const send = revision === 0 ? kept.send(sendId) : undefined;
    if (send && !asked.has(sendId)) found.set(sendId, send);
    else if (!send) asked.add(sendId);
  }
  const read = await findSends(db, environmentId, [...asked]);
  kept.keepSends(read);
  for (const send of read) found.set(send.id, send);
  return found;
}

/** What `factsOf` needs of a person: what the rows say, or what a dry run supposes. */
export type PersonRow = Pick<
  SituationRow,
  'id' | 'endpoints' | 'choices' | 'presence' | 'profile' | 'timeZone' | 'country' | 'delegatedFrom'
> & { readonly erased?: boolean };

/** Rows as routing reads them. The dry run and the real run come through here alike. */
export function factsOf(
  environment: EnvironmentRef,
  from: {
    row: PersonRow;
    send: Pick<
      SendRow,
      | 'created_at'
      | 'send_at'
      | 'expires_at'
      | 'canceled_at'
      | 'channels'
      | 'tenant'
      | 'digest_id'
      | 'send_window'
      | 'throttle'
      | 'digest_key'
    > & {
      readonly attachments: readonly Pick<SendAttachment, 'size'>[] | null;
    };
    category: CategoryRow;
    integrations: readonly IntegrationWithHealth[];
    adapterOf: AdapterOf;
    extras?: Extras;
  },
  now: Date,
): Facts {
  const { row, send, extras = NO_EXTRAS } = from;
  const category = policyOf(from.category);
  const { person, optOuts } = personOf(
    { ...row, ...extras, isDelegated: row.delegatedFrom !== null, tenant: send.tenant },
    category,
    now,
  );
  return {
    notificationId: row.id,
    createdAt: send.created_at,
    sendAt: send.send_at,
    expiresAt: earlier(send.expires_at, relevanceEnd(send, from.category)),
    canceled: send.canceled_at !== null || row.erased === true,
    mode: environment.mode,
    category,
    requestedChannels: send.channels,
    traits: CHANNEL_TRAITS,
    presence: row.presence,
    endpoints: effectiveEndpoints(row.endpoints, row.profile, category, now, extras.suppressedRedirects),
    optOuts,
    person,
    postalAddress: extras.postalAddress,
    isDigest: send.digest_id !== null,
    digestKey: send.tenant === null && send.digest_key === null ? '' : JSON.stringify([send.tenant, send.digest_key]),
    window: send.send_window as Facts['window'],
    throttle: send.throttle && { ...(send.throttle as unknown as Throttle), usedUpUntil: null },
    attachmentBytes: codedBytes(send.attachments ?? []),
    integrations: integrationFacts(environment.mode, from.integrations, from.adapterOf, now),
  };
}

/** The name of the stand-in that carries channels without an integration in TEST environments. */
export const SIMULATOR = 'simulator';

/** Whatever the simulator takes, it says so. */
const NO_SETTLING = { keyMs: null, lookup: false, reports: false };

/** The stand-in takes everything. */
const STAND_IN = {
  enabled: true,
  configuredAt: new Date(0),
  blocked: null,
  fullUntil: null,
  classes: CATEGORY_CLASSES,
  payloadLimit: null,
  service: null,
  settling: NO_SETTLING,
};

/** Integrations as routing reads them, with the health that everybody's calls have shown. */
export function integrationFacts(
  mode: EnvironmentMode,
  rows: readonly IntegrationWithHealth[],
  adapterOf: AdapterOf,
  now: Date,
): IntegrationFact[] {
  const facts = rows.map((row): IntegrationFact => {
    const { key, channel, enabled } = row;
    const blocked = row.health ? blockOf(breakerOf(row.health), now) : null;
    const adapter = mode === 'TEST' ? { ...adapterOf(row), settling: NO_SETTLING } : adapterOf(row);
    return { key, channel, enabled, configuredAt: row.updated_at, blocked, fullUntil: null, ...adapter };
  });
  if (mode === 'LIVE') return facts;
  const covered = new Set(facts.map((fact) => fact.channel));
  const standIns = CHANNELS.filter((channel) => !CHANNEL_TRAITS[channel].inApp && !covered.has(channel));
  return [...facts, ...standIns.map((channel) => ({ key: SIMULATOR, channel, ...STAND_IN }))];
}

/** Base64 in lines of 76 characters (RFC 2045 §6.8), as files travel by mail. */
const CODED = (4 / 3) * (78 / 76);

function codedBytes(files: readonly Pick<SendAttachment, 'size'>[]): number {
  return files.reduce((sum, { size }) => sum + Math.ceil(size * CODED), 0);
}

function policyOf(row: CategoryRow): CategoryPolicy {
  return {
    key: row.key,
    class: row.class,
    mandatory: row.mandatory,
    channels: row.channels,
    ackTimeoutMs: row.ack_timeout_ms,
    inboxCopy: row.inbox_copy,
    retry: row.retry,
    onAmbiguous: row.on_ambiguous,
    failover: row.failover,
    silence: row.silence,
    critical: row.lane === 'CRITICAL',
    rules: row.rules,
  };
}

/** The relevance window counts from when the notification was meant to go. */
function relevanceEnd(send: Pick<SendRow, 'created_at' | 'send_at'>, category: CategoryRow): Date | null {
  if (category.expires_after_ms === null) return null;
  return new Date((send.send_at ?? send.created_at).getTime() + category.expires_after_ms);
}

function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}
