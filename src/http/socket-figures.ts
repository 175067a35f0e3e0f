import { Gauge, type Registry } from 'prom-client';
import type { Sockets } from './sockets.js';

/** How many sockets there are, and what they hold, for Prometheus. */
export function socketFigures(metrics: Registry, sockets: Pick<Sockets, 'figures'>): void {
  const open = new Gauge({
    ...{ name: 'tidings_sockets', help: 'WebSockets that are open.', registers: [] },
    collect() {
      this.set(sockets.figures().open);
    },
  });
  const unread = new Gauge({
    ...{ name: 'tidings_sockets_unread_bytes', help: 'Sent over WebSockets, and not taken yet.', registers: [] },
    collect() {
      this.set(sockets.figures().unreadBytes);
    },
  });
  for (const gauge of [open, unread]) metrics.registerMetric(gauge);
}
