import { Client } from 'pg';
import { takeSample, type Sample } from './bare-sample.ts';
import { broadcast } from './fan-out.ts';
import { BOOTSTRAP_KEY, callerWith, startGateway } from './gateway.ts';
import { fullPagesSince, rowsEach } from './ledger.ts';
import type { Run } from './measure.ts';
import { addCategories, addPeople, subscribe } from './people.ts';
import type { Size } from './size.ts';
import { delaySimulator, keyOfTest } from './world.ts';

/** Parts of a fill, so that one commit does not hold everything. */
const PART = 100_000;
const LEDGER = ['notification', 'event', 'delivery', 'outbox_message'] as const;

/**
 * The same fan-out on a ledger that already holds few, many, very many notifications: cost and rate must not grow with it.
 * A database and a process of their own; the ledger is filled with rows as the product has just written them.
 */
export async function measureStored({ world, report, size }: Run): Promise<void> {
  const url = await world.databaseUrl('stored');
  const database = new Client({ connectionString: url });
  await database.connect();
  const gateway = await startGateway({ DATABASE_URL: url });
  try {
    const live = callerWith(gateway, BOOTSTRAP_KEY);
    const caller = callerWith(gateway, await keyOfTest(live));
    await addCategories(caller);
    await prepare(database, size);
    await subscribe(database, caller, 'some', size.some);
    const some = { caller, database, topic: 'some', count: size.some };
    const warm = await broadcast(some);
    const sample = await takeSample(database, warm.sendId);
    const sendId = warm.sendId;
    await database.query(`truncate ${LEDGER.join(', ')}`);
    const made = [];
    for (const stored of size.stored) {
      await fill(database, sample, sendId, stored);
      const fanOut = await broadcast(some);
      const fullPages = (await fullPagesSince(database, fanOut.walFrom)) / size.some;
      made.push({ stored, ...fanOut, fullPages, rows: await rowsEach(database, fanOut.sendId) });
    }
    const [few, many, most] = [made.at(0), made.at(-2), made.at(-1)];
    if (!few || !many || !most) return;
    for (const { stored, perSecond, walBytes, fullPages, rows } of made) {
      const what = `with ${stored.toLocaleString('en')} stored`;
      report.add({ what: `fan-out ${what}`, unit: '/s', ours: perSecond });
      report.add({ what: `write-ahead log ${what}`, unit: 'B each', ours: walBytes });
      report.add({ what: `of it whole pages after a checkpoint, ${what}`, unit: 'B each', ours: fullPages });
      report.add({ what: `ledger rows ${what}`, unit: 'each', ours: rows });
    }
    const name = `${many.stored.toLocaleString('en')} stored`;
    report.add({
      ...{ what: 'cost (write-ahead log) with the most stored', unit: 'B each', ours: most.walBytes },
      against: { name, value: many.walBytes },
      target: { of: 'ratio', atMost: 1.1 },
    });
    report.add({
      ...{ what: 'fan-out with the most stored', unit: '/s', ours: most.perSecond },
      against: { name, value: many.perSecond },
      target: { of: 'ratio', atLeast: 0.8 },
    });
  } finally {
    await gateway.stop();
    await database.end();
  }
}

async function prepare(database: Client, size: Size): Promise<void> {
  const { rows } = await database.query('select 1 from recipient limit 1');
  if (rows.length > 0) return;
  await addPeople(database, 'development', size.some);
  await delaySimulator(database);
  await database.query('vacuum analyze');
}

/**
 * Fills the ledger up to `count` notifications: copies of the sample's rows under ids spread over the day so far (UUIDv7,
 * so that they lie in the day's partition), of the same send and of all people in turn.
 */
async function fill(database: Client, sample: Sample, sendId: string, count: number): Promise<void> {
  const { rows } = await database.query<{ n: number }>('select count(*)::integer as n from notification');
  await database.query(
    `create temporary table if not exists person as select row_number() over () - 1 as nth, id from recipient;
     create index if not exists person_nth on person (nth); analyze person`,
  );
  const first = rows[0]?.n ?? 0;
  for (let start = first; start < count; start += PART) {
    await database.query(
      `create temporary table fresh as
       select n, (lpad(to_hex((extract(epoch from date_trunc('day', now() at time zone 'UTC') at time zone 'UTC') * 1000
           + (extract(epoch from now() - date_trunc('day', now() at time zone 'UTC') at time zone 'UTC') * 1000)
           * n / ${count})::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid as id
       from generate_series(${start}, ${Math.min(start + PART, count) - 1}) n`,
    );
    for (const table of LEDGER) await copySample(database, table, sample, sendId);
    await database.query('drop table fresh');
  }
  await database.query('vacuum analyze');
}

/** Every fresh notification gets the rows that one notification of the sample had in this table. */
async function copySample(
  database: Client,
  table: (typeof LEDGER)[number],
  sample: Sample,
  sendId: string,
): Promise<void> {
  const { columns, rows } = sample[table];
  const key = table === 'notification' ? 'id' : 'notification_id';
  const at = columns.findIndex(({ name }) => name === key);
  const one = rows.filter((row) => row[at] === rows[0]?.[at]);
  const picked = columns.map(({ name, type }, nth) => {
    if (name === key) return 'f.id';
    if (name === 'id') return 'gen_random_uuid()';
    if (name === 'send_id') return `'${sendId}'::uuid`;
    if (name === 'recipient_id') return '(select p.id from person p where p.nth = f.n % (select count(*) from person))';
    return `$${nth + 1}::${type}`;
  });
  const used = columns.map(({ name, type }, nth) => ({ name, type, nth }));
  for (const row of one) {
    const values = used.map(({ nth }) => row[nth] ?? null);
    // Every parameter has to be named for its type to be known, those of replaced columns too.
    const typed = used.map(({ type, nth }) => `$${nth + 1}::${type}`).join(', ');
    await database.query(
      `insert into ${table} (${columns.map(({ name }) => `"${name}"`).join(', ')})
       select ${picked.join(', ')} from fresh f, (select ${typed}) as unused`,
      values,
    );
  }
}
