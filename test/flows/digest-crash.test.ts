import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Gate } from '../support/gate.js';
import { ProductProcess } from '../support/process.js';
import { SmtpSink } from '../support/smtp-sink.js';
import { until } from '../support/until.js';

let database: FreshDatabase;
let sink: SmtpSink;
let gate: Gate;

beforeAll(async () => {
  [database, sink] = await Promise.all([freshDatabase(), SmtpSink.start()]);
});

afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const PEOPLE = 8;
const EACH = 5;

test('killed in the middle of closing digests, and closed by two others: every item is in exactly one mail', async () => {
  const env = { DATABASE_URL: database.url, DATABASE_POOL: '8' };
  const first = await ProductProcess.start(env);
  gate = await Gate.at(database.url);
  await first.production.integration('mail', 'smtp', sink.settings);
  const digest = { kind: 'BATCH', window: 'PT3S', maxItems: 50 };
  await first.production.category('requests', { channels: ['EMAIL'], digest });

  // Every digest that closes stands still in the middle of its commit.
  await gate.close('update', 'digest', 'new.closed_at is not null');
  const to = Array.from({ length: PEOPLE }, (_, n) => ({ email: `person-${n}@example.com` }));
  for (let nth = 0; nth < EACH; nth += 1)
    await first.production.send(to, 'requests', { content: { title: `Thing ${nth}.`, body: '' } });
  await gate.reached();
  first.signal('SIGKILL');
  await first.ended();
  await gate.lift();
  expect(await gate.rows('select 1 from digest where closed_at is not null')).toEqual([]);
  expect(sink.mails).toEqual([]);

  const others = await Promise.all([ProductProcess.start(env), ProductProcess.start(env)]);
  await using _one = others[0];
  await using _other = others[1];
  const count = async (where: string): Promise<number> => {
    const rows = await gate.rows(`select 1 from notification n join send s on s.id = n.send_id where ${where}`);
    return rows.length;
  };
  // The job of the dead process is brought by the sweep at the latest, a minute on.
  await until(
    async () => (await count(`s.digest_id is null and n.state = 'DIGESTED'`)) === PEOPLE * EACH,
    'all items to be in digests',
    120_000,
  );
  await until(async () => (await count(`n.state not in ('DIGESTED', 'COMPLETED')`)) === 0, 'all digests to go', 60_000);
  for (const { email } of to) {
    const words = sink.to(email).map((mail) => mail.source);
    for (let nth = 0; nth < EACH; nth += 1)
      expect([email, nth, words.join('\n').split(`Thing ${nth}.`).length - 1]).toEqual([email, nth, 1]);
  }
}, 240_000);
