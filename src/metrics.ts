import { collectDefaultMetrics, Registry } from 'prom-client';

/** The process's own figures for Prometheus. */
export function createMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'tidings_' });
  return registry;
}
