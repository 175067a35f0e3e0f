import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { columnsOf, DATA_MAP, PERSONAL_DATA } from '../../src/privacy/data-map.js';
import { openDatabase } from '../../src/store/database.js';
import { freshDatabase } from '../support/database.js';

/** Columns as a map of the database says them, and as the database has them, by table. */
function undeclared(
  map: Readonly<Record<string, Readonly<Record<string, string>>>>,
  there: readonly { table: string; columns: string[] }[],
): string[] {
  return there.flatMap(({ table, columns }) => {
    const said = Object.values(map[table] ?? {}).flatMap(columnsOf);
    return columns.filter((column) => !said.includes(column)).map((column) => `${table}.${column}`);
  });
}

test('every column of the database is declared as holding personal data of a kind, or none', async () => {
  await using fresh = await freshDatabase();
  const database = await openDatabase(fresh.url, 2);
  // Partitions of a table are that table; pg-boss keeps ids alone, which another test looks after.
  const { rows } = await sql<{ table: string; columns: string[] }>`
    select c.table_name as "table", array_agg(c.column_name::text) as columns from information_schema.columns c
    join pg_class t on t.relname = c.table_name and t.relnamespace = 'public'::regnamespace
    where c.table_schema = 'public' and not t.relispartition and c.table_name <> 'migration'
    group by 1`.execute(database.db);
  await database.close();
  expect(rows.length).toBeGreaterThan(30);
  expect(undeclared(DATA_MAP, rows)).toEqual([]);
  expect(undeclared({ ...DATA_MAP, recipient: {} }, rows)).toContain('recipient.name');
  // And none is declared that is not there, or twice.
  for (const [table, kinds] of Object.entries(DATA_MAP)) {
    const said = Object.values(kinds).flatMap(columnsOf);
    expect(new Set(said).size).toBe(said.length);
    const columns = rows.find((row) => row.table === table)?.columns ?? [];
    expect(said.filter((column) => !columns.includes(column)).map((column) => `${table}.${column}`)).toEqual([]);
  }
});

test('every kind is somewhere, and stands in docs/privacy.md', () => {
  const kinds = new Set(Object.values(DATA_MAP).flatMap((columns) => Object.keys(columns)));
  expect([...kinds].toSorted()).toEqual([...Object.keys(PERSONAL_DATA), 'NONE'].toSorted());
  const page = readFileSync(new URL('../../docs/privacy.md', import.meta.url), 'utf8');
  for (const [kind, { what, purpose, erasing }] of Object.entries(PERSONAL_DATA))
    expect(page).toContain(`| \`${kind}\` | ${what} | ${purpose} | ${erasing} |`);
});
