import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Lane } from './base/names.js';

/** Half a second is as good as on time; minutes are an incident. */
const LATENESS_SECONDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900];

/** These walk over every open socket: with ten thousand, each scrape would stop the process for 150 ms. */
const COSTLY = [
  ...['nodejs_active_handles', 'nodejs_active_handles_total'],
  ...['nodejs_active_resources', 'nodejs_active_resources_total'],
  ...['nodejs_active_requests', 'nodejs_active_requests_total', 'process_open_fds'],
];

/** The process's figures for Prometheus. */
export interface Metrics {
  readonly registry: Registry;
  /** How late something began that had been held for a time, in milliseconds. */
  readonly noteLateness: (lane: Lane, ms: number) => void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'tidings_' });
  for (const name of COSTLY) registry.removeSingleMetric(`tidings_${name}`);
  const lateness = new Histogram({
    name: 'tidings_lateness_seconds',
    help: 'From the time that a notification was held for (sendAt, quiet hours, a window, a cap, a pause) to its first attempt.',
    labelNames: ['lane'],
    buckets: LATENESS_SECONDS,
    registers: [registry],
  });
  return { registry, noteLateness: (lane, ms) => lateness.observe({ lane }, ms / 1_000) };
}
