import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative addresses: the page works below whatever path the gateway is served at.
  base: './',
  plugins: [react()],
  worker: { format: 'es' },
  build: {
    outDir: '../dist/graphiql',
    emptyOutDir: true,
    // The editor is large by nature, and it is loaded from the machine itself.
    chunkSizeWarningLimit: 8_000,
    rolldownOptions: {
      onLog(level, log, handle) {
        // The packages are compiled for React Compiler; the marker means nothing to a bundler.
        if (log.code === 'MODULE_LEVEL_DIRECTIVE' || log.message.includes('use no memo')) return;
        handle(level, log);
      },
    },
  },
});
