import { expect, test } from 'vitest';
import { freshDatabase } from '../support/database.js';
import { Gate } from '../support/gate.js';
import { ProductProcess } from '../support/process.js';
import { until } from '../support/until.js';
import { mailBy, Vendor } from '../support/vendor.js';

test('a process that was frozen between its claim and its call, for longer than its lease, does not send', async () => {
  await using database = await freshDatabase();
  await using vendor = await Vendor.start();
  await using gate = await Gate.at(database.url);
  const env = { DATABASE_URL: database.url, DATABASE_POOL: '6' };
  await using frozen = await ProductProcess.start(env);
  await frozen.production.integration('mail', ...mailBy(vendor));
  await frozen.production.category('orders', { class: 'TRANSACTIONAL', channels: ['EMAIL'] });
  // So that everything is loaded that a call needs.
  await frozen.production.sendAndFinish({ email: 'ana@example.com' }, 'orders');

  await gate.close('insert', 'event', `new.type = 'attempt.started'`);
  const { notificationIds } = await frozen.production.send([{ email: 'ben@example.com' }], 'orders');
  const id = notificationIds[0] as string;
  await gate.reached();
  frozen.signal('SIGSTOP');
  // The claim is committed now; the process that made it cannot know.
  await gate.lift();
  await using other = await ProductProcess.start(env);
  const taken = await other.production.finished(id, 60_000);
  expect(taken.state).toBe('COMPLETED');
  expect(taken.deliveries[0]?.attempts).toMatchObject([
    { number: 1, outcome: 'UNKNOWN', code: 'LEASE_EXPIRED' },
    { number: 2, outcome: 'ACCEPTED' },
  ]);
  expect(vendor.to('ben@example.com')).toHaveLength(1);

  frozen.signal('SIGCONT');
  // It works again once it carries out something new.
  await until(
    async () => {
      const more = await frozen.production.sendAndFinish({ email: 'cy@example.com' }, 'orders').catch(() => null);
      return more?.state === 'COMPLETED';
    },
    'it to work again',
    30_000,
  );
  expect(vendor.to('ben@example.com')).toHaveLength(1);
  const after = await other.production.notification(id);
  expect(after.state).toBe('COMPLETED');
  expect(after.deliveries[0]?.attempts.map((attempt) => attempt.outcome).at(-1)).toBe('ACCEPTED');
}, 150_000);
