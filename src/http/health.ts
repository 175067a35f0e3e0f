import type { Express } from 'express';
import type { Registry } from 'prom-client';

export interface Health {
  /** May this process be sent traffic now? */
  ready(): Promise<boolean>;
  readonly metrics: Registry;
}

/** Liveness, readiness, Prometheus. */
export function healthRoutes(app: Express, health: Health): void {
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'alive' });
  });
  app.get('/readyz', async (_request, response) => {
    const ready = await health.ready();
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready' });
  });
  app.get('/metrics', async (_request, response) => {
    response.setHeader('Content-Type', health.metrics.contentType);
    response.send(await health.metrics.metrics());
  });
}
