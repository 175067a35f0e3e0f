import { spawnSync } from 'node:child_process';

/** Tries all seeded bugs, or those whose names contain the word given: `npm run seeded-bugs -- fence`. */
const [, , word = ''] = process.argv;
const vitest = new URL('../../node_modules/vitest/vitest.mjs', import.meta.url).pathname;
const file = 'test/seeded-bugs/seeded-bugs.test.ts';
const { status } = spawnSync(process.execPath, [vitest, 'run', '--config', 'test/vitest.config.ts', file], {
  stdio: 'inherit',
  env: { ...process.env, SEEDED_BUGS: word },
});
process.exit(status ?? 1);
