import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChaos } from './chaos.ts';
import { readSettings } from './settings.ts';
import { summarise, tell } from './summary.ts';

/** `npm run chaos`: exit code 0 when nothing was violated, 1 with the stories when something was. */
async function main(): Promise<number> {
  const settings = readSettings(process.argv.slice(2));
  const began = performance.now();
  const say = (line: string): void =>
    console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  console.log(`chaos with ${JSON.stringify(settings)}`);
  const folder = await mkdtemp(join(tmpdir(), 'tidings-chaos-'));
  let good = false;
  const stack = new AsyncDisposableStack();
  // Nothing outlives the run: neither one that is interrupted nor one whose starter is gone.
  const interrupted = (): void => void stack.disposeAsync().finally(() => process.exit(130));
  for (const event of ['SIGINT', 'SIGTERM', 'disconnect']) process.once(event, interrupted);
  try {
    const outcome = await runChaos(settings, folder, stack, say);
    const { violations, notices } = outcome.audit;
    const { crashes } = outcome.world.fleet;
    good = violations.length === 0 && crashes.length === 0 && outcome.endedAfterMs !== null;
    for (const line of tell(violations)) console.log(line);
    if (notices.length > 0)
      console.log(
        '\nNotices, which fail nothing; the first three:',
        ...tell(notices.slice(0, 3)).map((line) => `\n${line}`),
      );
    for (const crash of crashes) console.log(`\nCRASH: process ${crash.slot} ended by itself: ${crash.how}`);
    console.log(`\n${summarise(settings, outcome).join('\n')}\n`);
    console.log(good ? 'all invariants hold' : `violated; again with --seed ${settings.seed}`);
  } finally {
    await stack.disposeAsync();
    if (good && !settings.keep) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    else console.log(`ledgers and logs: ${folder}`);
  }
  return good ? 0 : 1;
}

// The channel to whoever started this would keep it alive.
process.exit(await main());
