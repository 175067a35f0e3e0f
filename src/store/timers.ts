import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Lane } from '../base/names.js';

export const TimerTable = defineEntity({
  name: 'Timer',
  tableName: 'timer',
  properties: {
    environmentId: p.uuid().primary(),
    notificationId: p.uuid().primary(),
    at: p.datetime(),
    lane: p.text().$type<Lane>(),
    tenant: p.text().nullable(),
    integrationId: p.uuid().nullable(),
  },
});
