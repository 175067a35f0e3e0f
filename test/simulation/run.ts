import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/**
 * Plays stories by seed: `npm run simulate -- --seed 7` replays one and tells it all when it goes wrong, `--runs 500` plays
 * as many seeds after each other. Ends with 1 when a story went wrong.
 */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1000' }, runs: { type: 'string', default: '1' } },
});
const vitest = new URL('../../node_modules/vitest/vitest.mjs', import.meta.url).pathname;
const { status } = spawnSync(
  process.execPath,
  [
    vitest,
    'run',
    '--config',
    'test/vitest.config.ts',
    'test/simulation/simulation.test.ts',
    '--disable-console-intercept',
  ],
  { stdio: 'inherit', env: { ...process.env, SIMULATE_SEED: values.seed, SIMULATE_RUNS: values.runs } },
);
process.exit(status ?? 1);
