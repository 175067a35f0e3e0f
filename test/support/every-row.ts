import type { Gate } from './gate.js';

/** Every row of every table, the queue's among them, in which one of these words stands: `table: row`. */
export async function rowsWith(gate: Gate, words: readonly string[]): Promise<string[]> {
  const tables = await gate.rows<{ name: string }>(`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition and n.nspname in ('public', 'pgboss') order by 1`);
  if (tables.length < 40) throw new Error(`${tables.length} tables found, expected many more`);
  const found: string[] = [];
  for (const { name } of tables) {
    const patterns = words.map((word) => `%${word.toLowerCase()}%`);
    const rows = await gate.rows<{ text: string }>(
      `select row_to_json(t)::text as text from ${name} t where lower(row_to_json(t)::text) like any($1)`,
      [patterns],
    );
    found.push(...rows.map(({ text }) => `${name}: ${text}`));
  }
  return found;
}
