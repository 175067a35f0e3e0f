import type { Client } from 'pg';

/** A table of the product as a run has filled it: the columns, and each row's values as Postgres writes them as text. */
export interface SampleTable {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Rows of some notifications as the product left them; what the bare limit writes again under ids of its own. */
export type Sample = Readonly<Record<'notification' | 'event' | 'delivery' | 'outbox_message', SampleTable>>;

/** Different enough in their values, few enough to hand over. */
const SIZE = 200;

/** Takes the rows of one send's first notifications. */
export async function takeSample(database: Client, sendId: string): Promise<Sample> {
  const { rows } = await database.query<{ id: string }>(
    'select id from notification where send_id = $1 order by id limit $2',
    [sendId, SIZE],
  );
  const ids = rows.map((row) => row.id);
  const of = (table: string, key: string): Promise<SampleTable> => readTable(database, table, key, ids);
  return {
    notification: await of('notification', 'id'),
    event: await of('event', 'notification_id'),
    delivery: await of('delivery', 'notification_id'),
    outbox_message: await of('outbox_message', 'notification_id'),
  };
}

async function readTable(database: Client, table: string, key: string, ids: readonly string[]): Promise<SampleTable> {
  const { rows: columns } = await database.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [table],
  );
  const texts = columns.map(({ name }) => `"${name}"::text`).join(', ');
  const { rows } = await database.query<(string | null)[]>({
    text: `select ${texts} from ${table} where ${key} = any($1::uuid[]) order by ${key}, ctid`,
    values: [ids],
    rowMode: 'array',
  });
  return { columns, rows };
}
