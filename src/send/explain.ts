import type { Clock } from '../base/clock.js';
import { UserErrors } from '../base/errors.js';
import { uuidv7 } from '../base/ids.js';
import { consentsOf } from '../recipients/consents.js';
import { loadExtras } from '../recipients/extras.js';
import { factsOf, type AdapterOf, type EnvironmentRef } from '../recipients/facts.js';
import type { Plan } from '../routing/decision.js';
import { findCategories } from '../store/categories.js';
import type { Database, Db } from '../store/database.js';
import { listIntegrations } from '../store/integrations.js';
import { loadPeople } from '../store/notifications.js';
import { cappedPlans } from './capped-plans.js';
import { checkRequest, type SendRequest } from './request.js';
import { peopleAfter } from '../store/audiences.js';
import { subscribersAfter } from '../store/topics.js';
import { resolveRequests, type Resolved } from './resolve.js';

/** Of a topic or an audience, plans are shown for the first people. */
const SAMPLE = 100;

export interface ExplainedPlan {
  readonly recipientId: string;
  readonly plan: Plan;
}

class DryRun extends Error {
  constructor(readonly plans: ExplainedPlan[]) {
    super('dry run');
  }
}

/**
 * What `send` with exactly this input would decide now, and why: the same lookups, the same facts, the same decision, in a
 * transaction that is always rolled back. Throws UserErrors for what `send` would refuse.
 */
export async function explainSend(
  context: { database: Database; clock: Clock; adapterOf: AdapterOf },
  environment: EnvironmentRef,
  request: SendRequest,
): Promise<ExplainedPlan[]> {
  const now = context.clock.now();
  const checked = checkRequest(request, now);
  if ('problems' in checked) throw new UserErrors(checked.problems);
  try {
    await context.database.transaction(async (db) => {
      throw new DryRun(await plansFor(db, environment, checked.checked, context.adapterOf, now));
    });
    return [];
  } catch (error) {
    if (error instanceof DryRun) return error.plans;
    throw error;
  }
}

async function plansFor(
  db: Db,
  environment: EnvironmentRef,
  checked: Parameters<typeof resolveRequests>[1][number]['checked'],
  adapterOf: AdapterOf,
  now: Date,
): Promise<ExplainedPlan[]> {
  const [resolved] = await resolveRequests(db, [{ environmentId: environment.id, checked }], now);
  if (!resolved || resolved.problems.length > 0) throw new UserErrors(resolved?.problems ?? []);
  const { request } = checked;
  const ids = await firstPeople(db, environment.id, resolved);
  const [category] = await findCategories(db, environment.id, [request.category]);
  if (!category) return [];
  const integrations = await listIntegrations(db, environment.id);
  const people = await loadPeople(db, environment.id, ids, request.category, now);
  const advertised = category.class === 'MARKETING' ? people.map(({ id }) => ({ recipientId: id })) : [];
  const said = await consentsOf(db, environment.id, advertised);
  const send = {
    created_at: now,
    send_at: request.sendAt,
    expires_at: request.expiresAt,
    canceled_at: null,
    tenant: request.tenant,
    digest_id: null,
    send_window: checked.window && { ...checked.window },
    throttle: request.throttle == null ? null : { ...request.throttle },
    digest_key: request.digestKey ?? null,
    channels: request.channels === null ? null : [...request.channels],
    // What lies behind a URL is not fetched for a dry run: its size is not known.
    attachments: checked.attachments.flatMap((file) => (file.from === 'content' ? [{ size: file.bytes.length }] : [])),
  };
  const rows = people.map((person) => ({ ...person, recipientId: person.id, delegatedFrom: null }));
  const extrasOf = await loadExtras(db, environment.id, rows, undefined, now);
  const known = rows.map((person) => {
    const row = { ...person, id: uuidv7(now) };
    const extras = { ...extrasOf(person, send.tenant), consents: said.get(person.recipientId) ?? [] };
    const facts = factsOf(environment, { row, send, category, integrations, adapterOf, extras }, now);
    return { recipientId: person.id, facts };
  });
  return cappedPlans(db, environment.id, known, now);
}

async function firstPeople(db: Db, environmentId: string, resolved: Resolved<unknown>): Promise<readonly string[]> {
  const { topicId, audience } = resolved;
  if (topicId !== null) return subscribersAfter(db, environmentId, topicId, null, SAMPLE);
  if (audience === null) return resolved.recipientIds;
  const found: string[] = [];
  for (let after: string | null = null, more = true; more && found.length < SAMPLE;) {
    const slice = await peopleAfter(db, environmentId, audience, after, SAMPLE - found.length);
    found.push(...slice.ids);
    after = slice.through;
    more = after !== null;
  }
  return found;
}
