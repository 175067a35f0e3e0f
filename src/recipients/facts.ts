import { CHANNELS, type ChannelName, type EnvironmentMode, type Lane } from '../base/names.js';
import { CHANNEL_REGISTRY } from '../channels/index.js';
import { blockOf } from '../health/breaker.js';
import { breakerOf } from '../health/monitor.js';
import { fold, type State } from '../routing/evolve.js';
import type { CategoryPolicy, ChannelTraits, Facts, IntegrationFact } from '../routing/facts.js';
import { listCategories, type CategoryRow } from '../store/categories.js';
import type { Db } from '../store/database.js';
import type { IntegrationWithHealth } from '../store/integrations.js';
import { loadEvents, loadSituations, type SituationRow } from '../store/notifications.js';
import { findSendsOf, type SendRow } from '../store/sends.js';
import { toHistoryEvent } from './history.js';

/** A notification with all that deciding and carrying out need, read at one revision. */
export interface Situation {
  readonly row: SituationRow;
  readonly send: SendRow;
  readonly lane: Lane;
  readonly facts: Facts;
  readonly state: State;
  readonly integrations: readonly IntegrationWithHealth[];
}

/** An environment, as far as deciding needs it. */
export interface EnvironmentRef {
  readonly id: string;
  readonly mode: EnvironmentMode;
}

const TRAITS = Object.fromEntries(
  CHANNELS.map((name) => [
    name,
    { inApp: CHANNEL_REGISTRY[name].inApp, addressNoun: CHANNEL_REGISTRY[name].addressNoun },
  ]),
) as Readonly<Record<ChannelName, ChannelTraits>>;

/** Loads many notifications of one environment: one query a table, never one a person. Unknown ids are left out. */
export async function loadFacts(
  db: Db,
  environment: EnvironmentRef,
  from: { ids: readonly string[]; integrations: readonly IntegrationWithHealth[] },
  now: Date,
): Promise<Situation[]> {
  const { ids, integrations } = from;
  const [rows, histories, sends, categories] = await Promise.all([
    loadSituations(db, environment.id, ids),
    loadEvents(db, environment.id, ids),
    findSendsOf(db, environment.id, ids),
    listCategories(db, environment.id),
  ]);
  const sendById = new Map(sends.map((send) => [send.id, send]));
  const categoryByKey = new Map(categories.map((category) => [category.key, category]));
  return rows.flatMap((row) => {
    const send = sendById.get(row.sendId);
    const category = categoryByKey.get(row.categoryKey);
    if (!send || !category) return [];
    const facts = factsOf(environment, { row, send, category, integrations }, now);
    const { lane } = category;
    return [{ row, send, lane, facts, state: fold((histories.get(row.id) ?? []).map(toHistoryEvent)), integrations }];
  });
}

/** What `factsOf` needs of a person: what the rows say, or what a dry run supposes. */
export interface PersonRow {
  readonly id: string;
  readonly endpoints: SituationRow['endpoints'];
  readonly optOuts: SituationRow['optOuts'];
  readonly online: boolean;
}

/** Rows as routing reads them. The dry run and the real run come through here alike. */
export function factsOf(
  environment: EnvironmentRef,
  from: {
    row: PersonRow;
    send: Pick<SendRow, 'created_at' | 'send_at' | 'expires_at' | 'canceled_at' | 'channels'>;
    category: CategoryRow;
    integrations: readonly IntegrationWithHealth[];
  },
  now: Date,
): Facts {
  const { row, send, category } = from;
  return {
    notificationId: row.id,
    createdAt: send.created_at,
    sendAt: send.send_at,
    expiresAt: earlier(send.expires_at, relevanceEnd(send, category)),
    canceled: send.canceled_at !== null,
    mode: environment.mode,
    category: policyOf(category),
    requestedChannels: send.channels,
    traits: TRAITS,
    online: row.online,
    endpoints: row.endpoints,
    optOuts: new Set(row.optOuts),
    integrations: integrationFacts(environment.mode, from.integrations, now),
  };
}

/** The name of the stand-in that carries channels without an integration in TEST environments. */
export const SIMULATOR = 'simulator';

/** Nothing is known about how its lost answers could be settled; delivery, which knows the adapters, says more. */
const NO_SETTLING = { keyMs: null, lookup: false, reports: false };
const LONG_AGO = new Date(0);

/** Integrations as routing reads them, with the health that everybody's calls have shown. */
export function integrationFacts(
  mode: EnvironmentMode,
  rows: readonly IntegrationWithHealth[],
  now: Date,
): IntegrationFact[] {
  const facts = rows.map((row): IntegrationFact => {
    const { key, channel, enabled } = row;
    const blocked = row.health ? blockOf(breakerOf(row.health), now) : null;
    return { key, channel, enabled, configuredAt: row.updated_at, blocked, fullUntil: null, settling: NO_SETTLING };
  });
  if (mode === 'LIVE') return facts;
  const covered = new Set(facts.map((fact) => fact.channel));
  const standIns = CHANNELS.filter((channel) => !TRAITS[channel].inApp && !covered.has(channel));
  const standIn = { configuredAt: LONG_AGO, blocked: null, fullUntil: null, settling: NO_SETTLING };
  return [...facts, ...standIns.map((channel) => ({ key: SIMULATOR, channel, enabled: true, ...standIn }))];
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
