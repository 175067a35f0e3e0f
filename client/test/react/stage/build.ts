import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds the page under test into the folder, as a host's own build would. */
export async function buildStage(outDir: string): Promise<void> {
  await build({
    configFile: false,
    root: fileURLToPath(new URL('.', import.meta.url)),
    base: './',
    esbuild: false,
    logLevel: 'error',
    oxc: { jsx: { runtime: 'automatic' } },
    build: { outDir, emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false } },
  });
}
