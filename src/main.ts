import { startApp, type App } from './app.js';
import { messageOf, StartupError } from './base/errors.js';
import { readConfig } from './config.js';

/** A first start unpacks and initialises Postgres; on a slow disk that takes a while. */
const START_MS = 300_000;

/**
 * The process: configuration, start, one ready line, and a drain on SIGTERM and SIGINT. What keeps it from starting ends in
 * clear words on stderr and exit code 1.
 */
async function main(): Promise<void> {
  const parsed = readConfig();
  if ('problems' in parsed) return fail(`the configuration is not valid: ${parsed.problems.join('; ')}`);
  let app: App | null = null;
  let stopping = false;
  // Registered before anything starts: a signal during the start still ends in order.
  const onSignal = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    if (app) void shutDown(app);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // A start that hangs, on a connection that was cut at the wrong moment, must not end without a word.
  const deadline = setTimeout(() => fail(`not ready after ${START_MS / 1000} s`), START_MS);
  try {
    app = await startApp(parsed.config);
    clearTimeout(deadline);
  } catch (error) {
    return fail(
      error instanceof StartupError
        ? error.message
        : `unexpected: ${error instanceof Error ? error.stack : String(error)}`,
    );
  }
  if (stopping) return shutDown(app);
  const { firstKeys } = app;
  if (firstKeys) {
    if (parsed.config.bootstrapApiKey === null)
      say(`API key for production (LIVE), shown once: ${firstKeys.production}`);
    say(`API key for development (TEST, nobody is reached), shown once: ${firstKeys.development}`);
  }
  say(`Tidings ready at ${app.url}`);
}

async function shutDown(app: App): Promise<void> {
  try {
    await app.stop();
    process.exit(0);
  } catch (error) {
    fail(`not stopped in order: ${messageOf(error)}`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(message: string): void {
  process.stderr.write(`Tidings cannot start: ${message}\n`);
  process.exit(1);
}

await main();
