import { ENGAGEMENTS } from '../../src/base/names.js';
import { acknowledge } from '../../src/inbox/acknowledge.js';
import { recordEngagements } from '../../src/inbox/engagement.js';
import { markAllItems, markItems } from '../../src/inbox/marks.js';
import { updatePreferences } from '../../src/recipients/preferences.js';
import { cancelSend } from '../../src/send/cancel.js';
import type { SendRequest } from '../../src/send/request.js';
import { releaseIntegration } from '../../src/store/health.js';
import { findIntegration, upsertIntegration, type IntegrationRow } from '../../src/store/integrations.js';
import { changesSince, readInbox } from '../../src/store/inbox-items.js';
import { deleteConnections, insertConnections } from '../../src/store/presence.js';
import { uuidv7 } from '../../src/base/ids.js';
import { DAY, HOUR, MINUTE, sealed, type Cast } from './cast.ts';
import { MOODS } from './vendor.ts';
import { CALM, type World } from './world.ts';

/** What a caller knows: by key, the sends that it was told of. */
export interface Told {
  readonly asked: Map<string, SendRequest>;
  readonly accepted: Map<string, Set<string>>;
  readonly canceled: Set<string>;
}

/** Writes into the timeline what people, vendors and operators will do; all of it comes from the seed. */
export function plot(world: World, cast: Cast, told: Told): void {
  const { random, timeline } = world;
  const begin = timeline.now;
  const soon = (): number => begin + random.between(0, random.chance(0.7) ? 5 * MINUTE : 2 * DAY);
  for (let nth = random.between(2, 12); nth > 0; nth -= 1) planSend(world, cast, told, `key-${nth}`, soon());
  for (const vendor of world.vendors.values())
    for (let changes = random.between(0, 4); changes > 0; changes -= 1) {
      const mood = random.pick(Object.keys(MOODS) as (keyof typeof MOODS)[]);
      world.at(begin + random.between(0, random.chance(0.5) ? 10 * MINUTE : 3 * DAY), vendor.name, () => {
        world.note(`${vendor.name} is ${mood} now`);
        vendor.mood = MOODS[mood];
      });
    }
  for (const integration of cast.integrations) if (random.chance(0.35)) planOperator(world, cast, integration, begin);
  for (const person of cast.people) {
    planPresence(world, cast, person, begin);
    if (random.chance(0.25)) planOptOut(world, cast, person, begin);
  }
  if (random.chance(0.8)) {
    world.faults = {
      cutBefore: random.pick([0, 0.005, 0.02]),
      cutAfter: random.pick([0, 0.005, 0.02]),
      late: random.pick([0, 0.1, 0.3]),
      kill: random.pick([0, 0.002, 0.008]),
      freeze: random.pick([0, 0, 0.002]),
    };
  }
  world.at(begin + 4 * DAY, 'calm', () => {
    world.note('from here on nothing breaks any more');
    world.faults = CALM;
    for (const vendor of world.vendors.values()) vendor.mood = MOODS.well;
  });
}

function planSend(world: World, cast: Cast, told: Told, key: string, at: number): void {
  const { random } = world;
  const { environmentId } = cast;
  const to = random.shuffled(cast.people).slice(0, random.between(1, cast.people.length));
  const sendAt = random.chance(0.2) ? at + random.between(1_000, random.chance(0.5) ? 30_000 : DAY) : null;
  const expiresAt = random.chance(0.15) ? Math.max(at, sendAt ?? 0) + random.between(1_000, 3 * HOUR) : null;
  const request: SendRequest = {
    ...{ idempotencyKey: key, topic: null, audience: null, template: null, data: null, channels: null, brand: null },
    ...{ to: to.map(({ externalId }) => ({ externalId })), category: random.pick(cast.categories).key },
    content: { title: key, body: `words of ${key}`, url: null, data: null },
    sendAt: sendAt === null ? null : new Date(sendAt),
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
    ...{ tags: [key], tenant: random.pick([null, 'tenant']) },
  };
  told.asked.set(key, request);
  const cancelAfter = random.chance(0.25) ? random.between(0, random.chance(0.5) ? 2_000 : HOUR) : null;
  const send = (): void =>
    world.act(`send ${key}`, async ({ acceptor }) => {
      const answer = await acceptor.accept(environmentId, request);
      if (!('send' in answer)) return world.note(`send ${key} was refused: ${JSON.stringify(answer.problems)}`);
      const known = told.accepted.get(key) ?? new Set();
      told.accepted.set(key, known.add(answer.send.id));
      if (known.size === 1 && cancelAfter !== null && !told.canceled.has(answer.send.id))
        planCancel(world, cast, told, answer.send.id, cancelAfter);
    });
  world.at(at, `send ${key}`, send);
  // Callers repeat themselves, at the same moment or days later.
  if (random.chance(0.3)) world.at(at + random.pick([0, 0, 3_000, 2 * DAY]), `send ${key} again`, send);
}

function planCancel(world: World, { environmentId }: Cast, told: Told, sendId: string, afterMs: number): void {
  told.canceled.add(sendId);
  world.at(world.timeline.now + afterMs, 'cancel', () =>
    world.act(`cancel ${sendId}`, (process) => cancelSend(process, environmentId, sendId)),
  );
}

/** Somebody changes credentials, or switches an integration off, and puts it right again. */
function planOperator(world: World, { environmentId }: Cast, integration: IntegrationRow, begin: number): void {
  const { random } = world;
  const { key } = integration;
  const change = (what: string, values: () => Partial<IntegrationRow>): void =>
    world.act(`${what} ${key}`, ({ inTransaction, clock }) =>
      inTransaction(async (tx) => {
        const known = (await findIntegration(tx.db, environmentId, key)) as IntegrationRow;
        const row = await upsertIntegration(tx.db, { ...known, ...values(), updated_at: clock.now() });
        if ((await releaseIntegration(tx.db, environmentId, row.id, row.updated_at)) > 0) tx.wakeAt(row.updated_at);
      }),
    );
  const from = begin + random.between(0, 10 * MINUTE);
  const until = from + random.between(MINUTE, DAY);
  if (random.chance(0.5)) {
    world.at(from, 'off', () => change('switches off', () => ({ enabled: false })));
    world.at(until, 'on', () => change('switches on', () => ({ enabled: true })));
    return;
  }
  const vendor = world.vendors.get(integration.provider);
  world.at(from, 'new key', () => {
    world.note(`${vendor?.name} wants new credentials`);
    if (vendor) vendor.credentials = 2;
  });
  world.at(until, 'key', () => change('new credentials of', () => ({ credentials: sealed(environmentId, key, 2) })));
}

function planPresence(world: World, cast: Cast, person: Cast['people'][number], begin: number): void {
  const { random } = world;
  const { environmentId, instanceId } = cast;
  for (let visits = random.between(0, 3); visits > 0; visits -= 1) {
    const from = begin + random.between(0, random.chance(0.6) ? 6 * MINUTE : 2 * DAY);
    const id = uuidv7(new Date(from));
    const connection = { instance_id: instanceId, id, environment_id: environmentId, recipient_id: person.id };
    world.at(from, 'comes', () =>
      world.act(`${person.externalId} comes`, ({ database, clock }) =>
        insertConnections(database.db, [{ ...connection, platform: 'WEB' }], clock.now()),
      ),
    );
    world.at(from + random.between(5_000, 20 * MINUTE), 'goes', () =>
      world.act(`${person.externalId} goes`, ({ database }) => deleteConnections(database.db, instanceId, [id])),
    );
    world.at(from + random.between(5_000, 5 * MINUTE), 'looks', () => look(world, environmentId, person.id));
  }
}

/** What a person does who has the inbox open. */
function look(world: World, environmentId: string, recipientId: string): void {
  const { random } = world;
  const owner = { environmentId, recipientId };
  const mark = random.pick([
    'SEEN',
    'READ',
    'UNREAD',
    'ARCHIVED',
    'UNARCHIVED',
    'PINNED',
    'UNPINNED',
    'UNSNOOZED',
  ] as const);
  const share = random.next();
  const all = random.chance(0.2);
  world.act(`${mark} by ${recipientId.slice(-6)}`, async (process) => {
    const { version } = await readInbox(process.database.db, environmentId, recipientId);
    if (all) return markAllItems(process, owner, { upToVersion: version }, mark);
    const found = await changesSince(process.database.db, [{ ...owner, after: 0 }], 100);
    const items = [...found.values()].flatMap((one) => one.items).filter((item) => item.removed_at === null);
    const ids = items.slice(0, Math.ceil(items.length * share)).map((item) => item.id);
    return ids.length > 0 ? markItems(process, owner, ids, { mark }) : null;
  });
}

/** A screen that shows what comes, now and then, and sometimes somebody opens it. */
export function screen(world: World): void {
  const { random } = world;
  world.onHint = ({ environmentId, recipientId }) => {
    if (random.chance(0.3)) return;
    const engaged = random.chance(0.3) ? random.pick(ENGAGEMENTS) : null;
    world.at(world.timeline.now + random.between(50, 6_000), 'shows', () =>
      world.act(`a screen of ${recipientId.slice(-6)}`, async (process) => {
        const found = await changesSince(process.database.db, [{ environmentId, recipientId, after: 0 }], 100);
        const items = [...found.values()].flatMap((one) => one.items);
        const fresh = items.filter((item) => item.toast && item.displayed_at === null && item.removed_at === null);
        const ids = fresh.map((item) => item.id);
        if (ids.length === 0) return;
        const now = process.clock.now();
        await process.inTransaction(async (tx) => {
          await acknowledge(tx, process.direct, { environmentId, recipientId }, ids, now);
          if (engaged) await recordEngagements(tx, process.direct, environmentId, { ids, kind: engaged, at: now });
        });
      }),
    );
  };
}

function planOptOut(world: World, cast: Cast, person: Cast['people'][number], begin: number): void {
  const { random } = world;
  const category = random.pick(cast.categories);
  const channel = random.pick(category.channels);
  const rules = [{ category: category.key, channel, enabled: false }];
  world.at(begin + random.between(0, random.chance(0.5) ? 0 : HOUR), 'opt-out', () =>
    world.act(`${person.externalId} switches ${channel} of ${category.key} off`, async (process) => {
      await updatePreferences(process, cast.environmentId, person.id, { rules });
      const name = `${person.id} ${category.key} ${channel}`;
      const { optedOut } = world.observations;
      if (!optedOut.has(name)) optedOut.set(name, world.timeline.now);
    }),
  );
}
