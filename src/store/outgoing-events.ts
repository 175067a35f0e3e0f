import { sql } from 'kysely';
import { encodeId, uuidv7 } from '../base/ids.js';
import type { WebhookEvent } from '../base/names.js';
import type { Db } from './database.js';
import { readEventTypes, type KeptRows } from './kept-rows.js';
import { insertEvents } from './webhook-calls.js';

/** Something that happened, for whoever has subscribed a URL to it. Never with an address or content of a person. */
export interface OutgoingEvent {
  readonly type: WebhookEvent;
  readonly at: Date;
  /** The notification that it is about, whose ids, person, category and tags then go with it; null: none. */
  readonly notificationId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Emitted {
  readonly environmentId: string;
  readonly events: readonly OutgoingEvent[];
}

/** Stores a call for everybody who wants what happened in a commit. Answers whether there are any. */
export async function writeEmitted(
  db: Db,
  emitted: readonly Emitted[],
  kept: KeptRows | undefined,
  now: Date,
): Promise<boolean> {
  let count = 0;
  for (const [environmentId, group] of Map.groupBy(emitted, (one) => one.environmentId)) {
    const types = await readEventTypes(db, environmentId, kept);
    const wanted = group.flatMap(({ events }) => events.filter((event) => types.has(event.type)));
    if (wanted.length === 0) continue;
    const about = await findAbout(
      db,
      environmentId,
      wanted.flatMap((event) => event.notificationId ?? []),
    );
    const rows = wanted.map(({ type, at, notificationId, data }) => ({
      id: uuidv7(now),
      ...{ type, at },
      data: { ...(notificationId === null ? {} : about.get(notificationId)), ...data },
    }));
    count += (await insertEvents(db, environmentId, rows, now)).length;
  }
  return count > 0;
}

/** People whom a send described without an id of the caller's are kept under their address: nothing to be told of. */
const STAND_IN = /^(email|phone):/;

interface AboutRow {
  id: string;
  send_id: string;
  recipient_id: string;
  /** Null: the person was erased. */
  external_id: string | null;
  category: string;
  tags: string[];
}

/** What every event about a notification says of it. */
async function findAbout(
  db: Db,
  environmentId: string,
  ids: readonly string[],
): Promise<Map<string, Record<string, unknown>>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<AboutRow>`
    select n.id, n.send_id, n.recipient_id,
      case when r.erased_at is null then r.external_id end as external_id, n.category_key as category, s.tags
    from notification n
    join send s on s.environment_id = n.environment_id and s.id = n.send_id
    join recipient r on r.environment_id = n.environment_id and r.id = n.recipient_id
    where n.environment_id = ${environmentId} and n.id = any(${[...new Set(ids)]}::uuid[])`.execute(db);
  return new Map(
    rows.map(({ id, send_id, recipient_id, external_id: externalId, category, tags }) => [
      id,
      {
        notificationId: encodeId('notification', id),
        sendId: encodeId('send', send_id),
        recipient: {
          id: encodeId('recipient', recipient_id),
          externalId: externalId === null || STAND_IN.test(externalId) ? null : externalId,
        },
        ...{ category, tags },
      },
    ]),
  );
}
