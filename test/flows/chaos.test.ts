import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const RUN = fileURLToPath(new URL('../chaos/run.ts', import.meta.url));
/** A green run can be repeated, and so can a red one. */
const SEED = '1';

test('killed, frozen and cut off again and again: nothing acknowledged is lost, and nothing goes twice unless marked UNKNOWN', async () => {
  const child = spawn(process.execPath, [RUN, '--short', '--seed', SEED], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGTERM'));
  // Other tests run beside this one, and some of them wait for the clock.
  if (child.pid !== undefined) setPriority(child.pid, 10);
  const said: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => said.push(chunk.toString('utf8')));
  const [code] = (await once(child, 'close')) as [number | null];
  const report = said.join('');
  expect(code, report).toBe(0);
  expect(report).toContain('all invariants hold');
}, 900_000);
