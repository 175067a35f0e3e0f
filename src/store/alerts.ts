import { defineEntity, p } from '@mikro-orm/postgresql';

export const AlertTable = defineEntity({
  name: 'Alert',
  tableName: 'alert',
  properties: {
    environmentId: p.uuid().primary(),
    id: p.uuid().primary(),
    type: p.text(),
    integrationKey: p.text().nullable(),
    detail: p.text(),
    createdAt: p.datetime(),
  },
});
