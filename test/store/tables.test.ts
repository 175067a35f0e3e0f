import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../src/store/database.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase(fresh.url, 2);
});

afterAll(async () => {
  await database.close();
  await fresh[Symbol.asyncDispose]();
});

interface Column {
  table: string;
  column: string;
  nullable: boolean;
}

const order = (a: Column, b: Column): number => `${a.table}.${a.column}`.localeCompare(`${b.table}.${b.column}`);

test('the entities say exactly what the migrations made', async () => {
  const said: Column[] = [...database.orm.getMetadata().getAll().values()].flatMap((meta) =>
    meta.props.map((prop) => ({
      table: meta.tableName,
      column: prop.fieldNames[0] as string,
      nullable: prop.nullable === true,
    })),
  );
  // Partitions of a table are that table.
  const { rows: made } = await sql<Column>`
    select c.table_name as "table", c.column_name as "column", c.is_nullable = 'YES' as nullable
    from information_schema.columns c
    join pg_class t on t.relname = c.table_name and t.relnamespace = 'public'::regnamespace
    where c.table_schema = 'public' and not t.relispartition and c.table_name <> 'migration'`.execute(database.db);
  expect(said.sort(order)).toEqual(made.sort(order));
});

test('every table is keyed by environment, but for those that stand above environments', async () => {
  const { rows } = await sql<{ table: string; first: string }>`
    select t.relname as "table", a.attname as first
    from pg_index i join pg_class t on t.oid = i.indrelid
    join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
    where i.indisprimary and t.relnamespace = 'public'::regnamespace and not t.relispartition and t.relname <> 'migration'`.execute(
    database.db,
  );
  const others = rows.filter((row) => row.first !== 'environment_id').map((row) => row.table);
  expect(others.sort()).toEqual(['connection', 'environment', 'instance', 'setting']);
});

test('no index covers a state, so that changes of state stay on their page', async () => {
  const { rows } = await sql<{ index: string }>`
    select indexname as index from pg_indexes
    where schemaname = 'public' and (tablename like 'notification%' or tablename like 'delivery%')
      and indexdef ~ '\\m(state|reason|revision|wake_at|finished_at|plan)\\M'`.execute(database.db);
  expect(rows).toEqual([]);
});
