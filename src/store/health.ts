import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Lane } from '../base/names.js';

export const IntegrationHealthTable = defineEntity({
  name: 'IntegrationHealth',
  tableName: 'integration_health',
  properties: {
    environmentId: p.uuid().primary(),
    integrationId: p.uuid().primary(),
    failures: p.integer(),
    opens: p.integer(),
    openReason: p.text().$type<'CIRCUIT_OPEN' | 'MISCONFIGURED'>().nullable(),
    openedAt: p.datetime().nullable(),
    openUntil: p.datetime().nullable(),
    probeUntil: p.datetime().nullable(),
    pausedUntil: p.datetime().nullable(),
    nextSlot: p.datetime().nullable(),
    line: p.json().$type<Partial<Record<Lane, string>>>(),
    updatedAt: p.datetime(),
  },
});

export const IntegrationCallTable = defineEntity({
  name: 'IntegrationCall',
  tableName: 'integration_call',
  properties: {
    environmentId: p.uuid().primary(),
    integrationId: p.uuid().primary(),
    notificationId: p.uuid().primary(),
    leaseUntil: p.datetime(),
  },
});
