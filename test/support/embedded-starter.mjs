// A process of its own that starts (or joins) the embedded Postgres, so that tests can kill it, or run it as somebody
// else. Takes one JSON argument { dataDir, uid?, gid?, settings? }; prints one JSON line with what came of it; "stop"
// on its standard input stops it.
import { registerHooks } from 'node:module';
import { createInterface } from 'node:readline';

// Node transforms the types itself (see the flag in embedded-process.ts), but it does not know that our '.js' specifiers mean '.ts' files.
registerHooks({
  resolve: (specifier, context, next) =>
    next(context.parentURL?.includes('/src/') ? specifier.replace(/^(\..*)\.js$/, '$1.ts') : specifier, context),
});
const { startEmbeddedPostgres } = await import(new URL('../../src/store/embedded-postgres.ts', import.meta.url).href);

const { uid, gid, ...options } = JSON.parse(process.argv[2]);
if (uid !== undefined) {
  // After the imports: the checkout may be out of that user's reach.
  process.setgroups([]);
  process.setgid(gid);
  process.setuid(uid);
}
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
try {
  const database = await startEmbeddedPostgres({ durable: false, ...options });
  say({ url: database.url, port: database.port, reused: database.reused });
  for await (const line of createInterface(process.stdin)) if (line === 'stop') break;
  await database.stop();
  say({ stopped: true });
  process.exit(0);
} catch (error) {
  say({ error: error.message });
  process.exit(1);
}
