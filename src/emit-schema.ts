import { readFile, writeFile } from 'node:fs/promises';
import { buildSchema, findBreakingChanges, findDangerousChanges } from 'graphql';
import { schemaText } from './graphql/schema.js';

/**
 * Writes schema.graphql; with `--check`, compares instead and exits with 1 when the file is not what the code says, naming
 * every change that breaks callers.
 */
const file = new URL('../../schema.graphql', import.meta.url);
const text = await schemaText();
if (process.argv.includes('--check')) {
  const committed = await readFile(file, 'utf8').catch(() => '');
  if (committed !== text) {
    const [before, after] = [buildSchema(committed || 'type Query { none: Int }'), buildSchema(text)];
    const lines = [
      'schema.graphql is not what the code says; run `npm run schema` and commit it.',
      ...findBreakingChanges(before, after).map((change) => `breaks callers: ${change.description}`),
      ...findDangerousChanges(before, after).map((change) => `may break callers: ${change.description}`),
    ];
    process.stderr.write(`${lines.join('\n')}\n`);
    process.exitCode = 1;
  }
} else await writeFile(file, text);
