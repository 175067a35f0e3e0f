import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { decodeId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { bury } from '../../src/delivery/dead-letters.js';
import { openQueue } from '../../src/queue/queue.js';
import { openDatabase } from '../../src/store/database.js';
import { findEnvironment } from '../../src/store/environments.js';
import { transactions } from '../../src/store/transaction.js';
import { WakeBook } from '../../src/store/wakes.js';
import { startTestApp } from '../support/app.js';

test('a dead letter is the end of its notification, and an alert: operators hear of both', async () => {
  // A gateway that takes sends and carries nothing out.
  await using app = await startTestApp({ role: 'api' });
  const database = await openDatabase(app.database.url, 2);
  const queue = await openQueue(app.database.url, silentLog, systemClock);
  try {
    const subscription = { key: 'hook', url: 'https://example.com/hook', events: ['*'] };
    await app.development.mutate('upsertWebhookSubscription', subscription, 'secret');
    await app.development.category('orders', { channels: ['EMAIL'] });
    await app.development.person('ana');
    const { notificationIds } = await app.development.send([{ externalId: 'ana' }], 'orders');
    const id = decodeId('notification', notificationIds[0] as string) as string;
    const environment = await findEnvironment(database.db, { key: 'development' });
    const context = { database, queue, clock: systemClock, wakes: new WakeBook() };
    const inTransaction = transactions(context, () => undefined);
    await bury({ inTransaction, clock: systemClock, log: silentLog }, environment?.id as string, [id], 'it kills');
    const { rows } = await sql<{ payload: object }>`select payload from webhook_call order by id`.execute(database.db);
    const about = { environment: 'development', category: 'orders', recipient: { externalId: 'ana' } };
    expect(rows.map((row) => row.payload)).toMatchObject([
      {
        type: 'notification.failed',
        data: { ...about, notificationId: notificationIds[0], state: 'FAILED', reason: 'DEAD_LETTER' },
      },
      { type: 'alert.raised', data: { environment: 'development', type: 'NOTIFICATION_DEAD', integration: null } },
    ]);
  } finally {
    await queue.stop(1_000);
    await database.close();
  }
});
