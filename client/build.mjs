// Builds the pages that the gateway serves and the package that others install, each into client/dist/<name>, and only
// those whose inputs have changed.
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inboxPackage } from './build/library.ts';
import { buildWhenChanged, client, dist } from './build/when-changed.ts';

const apps = ['graphiql', 'demo'].map((name) => ({
  name,
  inputs: [join(client, name)],
  configFile: join(client, name, 'vite.config.ts'),
}));
const products = apps
  .filter(({ configFile }) => existsSync(configFile))
  .map(({ name, inputs, configFile }) => ({
    name,
    inputs,
    build: async (outDir) => {
      // Loaded only now: most starts find everything built.
      const { build } = await import('vite');
      await build({ configFile, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
    },
  }));

try {
  for (const product of [...products, inboxPackage]) {
    const started = performance.now();
    if (!(await buildWhenChanged(product))) continue;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stdout.write(`Built ${relative(process.cwd(), join(dist, product.name))} in ${seconds} s\n`);
  }
} catch (error) {
  process.stderr.write(`The client could not be built: ${error?.stack ?? error}\n`);
  process.exit(1);
}
