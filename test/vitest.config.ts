import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

// One copy of graphql: Vite would pick index.mjs while Node gives type-graphql and Apollo index.js, and graphql refuses to mix realms.
const graphql = createRequire(import.meta.url).resolve('graphql');

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  resolve: { alias: [{ find: /^graphql$/, replacement: graphql }] },
  test: {
    include: ['test/**/*.test.ts', 'client/test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['reflect-metadata'],
    // Importing the ORM and the schema costs seconds; files share one module registry and keep no module-level state.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
