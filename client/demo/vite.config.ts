import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The page at `/`: relative addresses, files only, so that it can be served from anywhere under a strict policy. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [react()],
  build: {
    outDir: fileURLToPath(new URL('../dist/demo', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // Every target browser knows module preload; its stand-in would only be weight.
    modulePreload: { polyfill: false },
  },
});
