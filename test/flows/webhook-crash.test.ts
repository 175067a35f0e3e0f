import { expect, test } from 'vitest';
import { freshDatabase } from '../support/database.js';
import { Gate } from '../support/gate.js';
import { ProductProcess } from '../support/process.js';
import { until } from '../support/until.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

test('a process that is killed between a call and its record: the next one calls again, under the same id', async () => {
  await using database = await freshDatabase();
  await using receiver = await WebhookReceiver.start();
  await using gate = await Gate.at(database.url);
  const env = { DATABASE_URL: database.url, DATABASE_POOL: '8', EGRESS_ALLOW: '127.0.0.0/8' };
  const first = await ProductProcess.start(env);
  const { secret } = await first.production.mutate<{ secret: string }>(
    'upsertWebhookSubscription',
    { key: 'hook', url: receiver.url('hook'), events: ['webhook.test'] },
    'secret',
  );
  receiver.secrets.set('hook', [secret]);
  const ping = (product: ProductProcess) =>
    product.production.mutate<{ callId: string }>('testWebhookSubscription', { key: 'hook' }, 'callId');

  await gate.close('update', 'webhook_call', `new.state = 'DONE'`);
  const { callId } = await ping(first);
  await gate.reached();
  expect(receiver.received.map((one) => one.id)).toEqual([callId]);
  first.signal('SIGKILL');
  await first.ended();
  await gate.lift();
  const state = async (): Promise<unknown> => (await gate.rows('select state, tries from webhook_call'))[0];
  await until(async () => {
    const busy = await gate.rows(`select 1 from pg_stat_activity where datname = current_database()
      and application_name = 'tidings' and state <> 'idle'`);
    return busy.length === 0;
  }, 'what the dead process had asked for to end');
  expect(await state()).toEqual({ state: 'WAITING', tries: 1 });

  await using second = await ProductProcess.start(env);
  // Its lease is over, without the wait; the sweep of every minute would find it, and so does the next event.
  await gate.rows('update webhook_call set next_at = now()');
  const { callId: next } = await ping(second);
  await until(async () => {
    const done = await gate.rows(`select 1 from webhook_call where state = 'DONE'`);
    return done.length === 2;
  }, 'both to be taken');
  expect(receiver.received.map((one) => one.id).sort()).toEqual([callId, callId, next].sort());
  expect(receiver.unproven).toEqual([]);
}, 120_000);
