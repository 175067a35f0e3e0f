import type { Client } from 'pg';

/** People of the LIVE environment by number: `p0`, `p1` … */
export interface Inboxes {
  readonly environmentId: string;
  readonly recipientIds: readonly string[];
}

export async function inboxesOf(database: Client, count: number): Promise<Inboxes> {
  const { rows } = await database.query<{ id: string; environment_id: string }>(
    `select r.id, r.environment_id from generate_series(0, $1::integer - 1) n
     join environment e on e.key = 'production'
     join recipient r on r.environment_id = e.id and r.external_id = 'p' || n order by n`,
    [count],
  );
  if (rows.length !== count) throw new Error(`${rows.length} people there, expected ${count}`);
  return { environmentId: rows[0]?.environment_id ?? '', recipientIds: rows.map((row) => row.id) };
}

const TEXT = 'Your order was packed this morning and is on its way; it should be with you tomorrow before noon.';

/** One item more for each of these people, by number, written as the product writes them, by another process. */
export async function place(
  database: Client,
  { environmentId, recipientIds }: Inboxes,
  people: readonly number[],
  title: string,
): Promise<void> {
  await database.query(
    `with bumped as (
       insert into inbox as b (environment_id, recipient_id, version, reset_version, unseen, unread)
       select $1::uuid, id, 1, 0, 1, 1 from unnest($2::uuid[]) id
       on conflict (environment_id, recipient_id) do update set version = b.version + 1, unseen = b.unseen + 1,
         unread = b.unread + 1
       returning recipient_id, version)
     insert into inbox_item (environment_id, recipient_id, id, version, added_version, title, body, url, data, category_key,
       toast, created_at, tags, actions)
     select $1::uuid, recipient_id, uuidv7(), version, version, $3, $4, 'https://shop.example/orders/4711',
       '{"order": 4711, "state": "packed"}', 'copy', false, now(), '{orders}', '[]' from bumped`,
    [environmentId, people.map((nth) => recipientIds[nth]), title, TEXT],
  );
}

/** Tells the gateway, as another process does, that these people's inboxes have something new. */
export async function hint(
  database: Client,
  { environmentId, recipientIds }: Inboxes,
  people: readonly number[],
): Promise<void> {
  for (let start = 0; start < people.length; start += 100) {
    const pairs = people.slice(start, start + 100).map((nth) => `${environmentId}:${recipientIds[nth]}`);
    await database.query('select pg_notify($1, $2)', ['tidings_inbox', ['bench', ...pairs].join(',')]);
  }
}
