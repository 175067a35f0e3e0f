import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Lane } from '../base/names.js';

export const DeadLetterTable = defineEntity({
  name: 'DeadLetter',
  tableName: 'dead_letter',
  properties: {
    environmentId: p.uuid().primary(),
    notificationId: p.uuid().primary(),
    lane: p.text().$type<Lane>(),
    failures: p.integer(),
    error: p.text(),
    firstFailedAt: p.datetime(),
    lastFailedAt: p.datetime(),
    deadAt: p.datetime().nullable(),
  },
});
