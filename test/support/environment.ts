import { Gateway } from './gateway.js';

/** An environment of its own, so that what a test breaks is broken for nobody else. */
export async function environmentOf(gateway: Gateway, key: string, mode: 'LIVE' | 'TEST' = 'LIVE'): Promise<Gateway> {
  await gateway.mutate('createEnvironment', { key, mode }, 'environment { id }');
  const { secret } = await gateway.mutate<{ secret: string }>(
    'createApiKey',
    { environment: key, name: key },
    'secret',
  );
  return new Gateway(gateway.port, secret);
}

export interface IntegrationHealth {
  state: string;
  since: string | null;
  until: string | null;
  failures: number;
  waitingCount: number;
}

/** How an integration of this environment does. */
export async function healthOf(gateway: Gateway, key: string): Promise<IntegrationHealth> {
  const { integrations } = await gateway.query<{ integrations: { key: string; health: IntegrationHealth }[] }>(
    '{ integrations { key health { state since until failures waitingCount } } }',
  );
  const found = integrations.find((integration) => integration.key === key);
  if (!found) throw new Error(`no integration ${key}`);
  return found.health;
}

/** The alerts of this environment about an integration, oldest first. */
export async function alertsOf(gateway: Gateway, integration: string | null): Promise<string[]> {
  const { alerts } = await gateway.query<{ alerts: { nodes: { type: string; integration: string | null }[] } }>(
    '{ alerts(first: 100) { nodes { type integration } } }',
  );
  return alerts.nodes
    .filter((alert) => alert.integration === integration)
    .map((alert) => alert.type)
    .reverse();
}
