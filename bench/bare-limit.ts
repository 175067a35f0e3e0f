import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import type { Sample, SampleTable } from './bare-sample.ts';
import { answerAt } from './program.ts';

/**
 * The bare limit: what this Postgres takes of the rows that the product writes when nothing is around them. In the
 * product's own schema, with values taken from rows of a real run: notifications are inserted; then claimed (an update with
 * the plan, the events up to the claim, the delivery); then ended (an update, the other events, an update of the
 * delivery; with a simulated provider also the row of its outbox). Each of the three is one statement and one commit a
 * batch. No queue, no reading, no deciding, no rendering, no provider.
 *
 * `POST /run?count=&batch=&connections=` with a sample; answers `{ ms, sendId }`.
 */
const pool = new Pool({ connectionString: process.env['DATABASE_URL'] ?? '', max: 4 });

type Cells = (string | null)[];

/** A row of the sample with other values in some columns. */
function renew(
  table: SampleTable,
  row: readonly (string | null)[],
  values: Readonly<Record<string, string | null>>,
): Cells {
  return table.columns.map(({ name }, nth) => (name in values ? (values[name] ?? null) : (row[nth] ?? null)));
}

/** `($1::uuid[], $2::text[])` from the number `first` on, and the columns as arrays. */
function unnest(table: SampleTable, rows: readonly Cells[], first: number): { text: string; values: Cells[] } {
  const text = table.columns.map(({ type }, nth) => `$${first + nth}::${type}[]`).join(', ');
  return { text: `unnest(${text})`, values: table.columns.map((_, nth) => rows.map((row) => row[nth] ?? null)) };
}

/** Everything that one batch writes. */
interface Batch {
  readonly notifications: Cells[];
  readonly claim: { readonly events: Cells[]; readonly deliveries: Cells[] };
  readonly end: { readonly events: Cells[]; readonly outbox: Cells[] };
}

function columnOf(table: SampleTable, name: string): number {
  return table.columns.findIndex((column) => column.name === name);
}

function groupBy(table: SampleTable, key: string): Map<string | null, Cells[]> {
  const nth = columnOf(table, key);
  return Map.groupBy(
    table.rows.map((row) => [...row]),
    (row) => row[nth] ?? null,
  );
}

/** Version 7, as the product makes them: the day's partition follows from the time in it. */
function uuidv7(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

function batches(sample: Sample, sendId: string, count: number, size: number): Batch[] {
  const { notification, event, delivery, outbox_message: outbox } = sample;
  const [events, deliveries, outboxes] = [event, delivery, outbox].map((table) =>
    groupBy(table, 'notification_id'),
  ) as [Map<string | null, Cells[]>, Map<string | null, Cells[]>, Map<string | null, Cells[]>];
  const [seq, type] = [columnOf(event, 'seq'), columnOf(event, 'type')];
  // In the order of a topic's people, as the product expands it.
  const recipients = Array.from({ length: count }, () => randomUUID()).sort();
  return Array.from({ length: Math.ceil(count / size) }, (_, nth): Batch => {
    const made: Batch = { notifications: [], claim: { events: [], deliveries: [] }, end: { events: [], outbox: [] } };
    for (const [offset, recipientId] of recipients.slice(nth * size, (nth + 1) * size).entries()) {
      const row = notification.rows[(nth * size + offset) % notification.rows.length] as Cells;
      const sampled = row[columnOf(notification, 'id')] ?? null;
      const id = uuidv7();
      made.notifications.push(renew(notification, row, { id, send_id: sendId, recipient_id: recipientId }));
      const history = events.get(sampled) ?? [];
      const claimed = Math.max(
        ...history.filter((one) => one[type] === 'attempt.started').map((one) => Number(one[seq])),
      );
      for (const one of history)
        (Number(one[seq]) <= claimed ? made.claim : made.end).events.push(renew(event, one, { notification_id: id }));
      for (const one of deliveries.get(sampled) ?? [])
        made.claim.deliveries.push(renew(delivery, one, { notification_id: id }));
      for (const one of outboxes.get(sampled) ?? [])
        made.end.outbox.push(renew(outbox, one, { notification_id: id, id: uuidv7() }));
    }
    return made;
  });
}

const SENDING = { state: `'SENDING'`, provider_id: 'null' };
const PENDING = {
  ...{ state: `'PENDING'`, revision: '0' },
  ...{ reason: 'null', plan: 'null', wake_at: 'null', finished_at: 'null' },
};

/** `insert into … select …` of a table's rows, some columns by an expression instead. */
function insertOf(
  table: string,
  of: SampleTable,
  from: string,
  instead: Readonly<Record<string, string>> = {},
): string {
  const names = of.columns.map(({ name }) => `"${name}"`).join(', ');
  const picked = of.columns.map(({ name }) => instead[name] ?? `r."${name}"`).join(', ');
  return `insert into ${table} (${names}) select ${picked} from ${from} as r (${names})`;
}

async function write(sample: Sample, batch: Batch): Promise<void> {
  const { notification, event, delivery, outbox_message: outbox } = sample;
  const rows = unnest(notification, batch.notifications, 1);
  await pool.query(insertOf('notification', notification, rows.text, PENDING), rows.values);

  const width = notification.columns.length;
  const started = unnest(event, batch.claim.events, width + 1);
  const claims = unnest(delivery, batch.claim.deliveries, width + event.columns.length + 1);
  // Said twice, for the planner: with the list it takes the key of the one partition.
  const ids = `$${columnOf(notification, 'id') + 1}::uuid[]`;
  const names = notification.columns.map(({ name }) => `"${name}"`).join(', ');
  const by = `n.environment_id = r.environment_id and n.id = r.id and n.id = any(${ids})`;
  await pool.query(
    `with moved as (update notification n set state = 'SENDING', revision = r.revision - 1, plan = r.plan
       from ${rows.text} as r (${names}) where ${by}),
     deliveries as (${insertOf('delivery', delivery, claims.text, SENDING)})
     ${insertOf('event', event, started.text)}`,
    [...rows.values, ...started.values, ...claims.values],
  );

  const finished = unnest(event, batch.end.events, width + 1);
  const ends = unnest(delivery, batch.claim.deliveries, width + event.columns.length + 1);
  const shown = unnest(outbox, batch.end.outbox, width + event.columns.length + delivery.columns.length + 1);
  const deliveryNames = delivery.columns.map(({ name }) => `"${name}"`).join(', ');
  await pool.query(
    `with moved as (update notification n set state = r.state, revision = r.revision, reason = r.reason,
         finished_at = r.finished_at from ${rows.text} as r (${names}) where ${by}),
     deliveries as (update delivery n set state = r.state, reason = r.reason, provider_id = r.provider_id,
         updated_at = r.updated_at from ${ends.text} as r (${deliveryNames})
       where n.environment_id = r.environment_id and n.notification_id = r.notification_id and n.ordinal = r.ordinal
         and n.notification_id = any(${ids})),
     shown as (${insertOf('outbox_message', outbox, shown.text)})
     ${insertOf('event', event, finished.text)}`,
    [...rows.values, ...finished.values, ...ends.values, ...shown.values],
  );
}

function inEnvironment(sample: Sample, id: string): Sample {
  const moved = Object.entries(sample).map(([name, table]) => {
    const rows = table.rows.map((row) => renew(table, row, { environment_id: id }));
    return [name, { ...table, rows }] as const;
  });
  return Object.fromEntries(moved) as unknown as Sample;
}

async function run(sample: Sample, count: number, batch: number, connections: number): Promise<object> {
  const sendId = uuidv7();
  // The sample's environment is not in this database; one that the product made here stands for it.
  const { rows } = await pool.query<{ id: string }>(`select id from environment where mode = 'TEST' limit 1`);
  const queue = batches(inEnvironment(sample, rows[0]?.id ?? ''), sendId, count, batch);
  const began = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let next = queue.shift(); next; next = queue.shift()) await write(sample, next);
    }),
  );
  return { ms: performance.now() - began, sendId };
}

answerAt(
  {
    '/run': (body, query) => {
      const [count, batch, connections] = ['count', 'batch', 'connections'].map((name) => Number(query.get(name)));
      return run(body as Sample, count ?? 0, batch ?? 0, connections ?? 0);
    },
  },
  () => pool.end(),
);
