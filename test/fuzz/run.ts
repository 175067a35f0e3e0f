import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/**
 * Posts fuzzed callbacks by seed: `npm run fuzz -- --count 100000 --seed 7`. `--from` leaves out the ones before it: a finding
 * names its number, and `--from 1234 --count 1` posts that one alone. Ends with 1 when something was wrong.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
  },
});
const vitest = new URL('../../node_modules/vitest/vitest.mjs', import.meta.url).pathname;
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--config', 'test/vitest.config.ts', 'test/fuzz/fuzz.test.ts', '--disable-console-intercept'],
  {
    stdio: 'inherit',
    env: { ...process.env, FUZZ_COUNT: values.count, FUZZ_SEED: values.seed, FUZZ_FROM: values.from },
  },
);
process.exit(status ?? 1);
