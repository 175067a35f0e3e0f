import { randomUUID } from 'node:crypto';
import type { Gate } from './gate.js';
import type { Wish } from './wishes.js';

/** A person as it is written: an id and a name, and what is known of the person. */
export interface Somebody {
  readonly id: string;
  readonly name: string;
  readonly wish: Wish;
}

const DAY = 24 * 3_600_000;

/**
 * Writes many people as the API does, in a few statements: with addresses, choices, consents, suppressions, reports of presence, and online
 * through whatever process there is.
 */
export async function addPeople(
  gate: Gate,
  environment: string,
  people: readonly Somebody[],
  now: Date,
): Promise<void> {
  const [{ id: environmentId } = { id: '' }] = await gate.rows<{ id: string }>(
    'select id from environment where key = $1',
    [environment],
  );
  const insert = (table: string, columns: readonly string[], rows: readonly object[]): Promise<object[]> =>
    gate.rows(
      `insert into ${table} (${columns.join(', ')})
       select ${columns.join(', ')} from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
      [JSON.stringify(rows)],
    );
  const of = { environment_id: environmentId };
  await insert(
    'recipient',
    'environment_id id external_id time_zone country profile attributes created_at updated_at'.split(' '),
    people.map(({ id, name, wish: { timeZone, country, profile } }) => ({
      ...{ ...of, id, external_id: name, time_zone: timeZone, country, profile },
      ...{ attributes: {}, created_at: now, updated_at: now },
    })),
  );
  await insert(
    'endpoint',
    'environment_id recipient_id channel address created_at retired_at retired_reason'.split(' '),
    people.flatMap(({ id, name, wish }) =>
      wish.endpoints.map(({ channel, second, retired }) => ({
        ...{ ...of, recipient_id: id, channel, address: addressOf(channel, name, second) },
        ...{ created_at: now, retired_at: retired ? now : null, retired_reason: retired ? 'GONE' : null },
      })),
    ),
  );
  await insert(
    'preference',
    'environment_id recipient_id category_key channel enabled cadence updated_at'.split(' '),
    people.flatMap(({ id, wish }) =>
      wish.choices.map(({ category, ...choice }) => ({
        ...{ ...of, recipient_id: id, category_key: category, ...choice, updated_at: now },
      })),
    ),
  );
  await insert(
    'consent',
    'environment_id recipient_id id channel purpose state at method data'.split(' '),
    people.flatMap(({ id, wish }) =>
      wish.consents.map(({ daysAgo, ...consent }) => ({
        ...{ ...of, recipient_id: id, id: randomUUID(), ...consent, at: new Date(now.getTime() - daysAgo * DAY) },
        ...{ method: 'FORM', data: {} },
      })),
    ),
  );
  await gate.rows(
    `insert into suppression (environment_id, channel, address_hash, address, reason, created_at)
     select $1, s.channel, sha256(convert_to(lower(s.address collate "C"), 'UTF8')), s.address, s.reason, $2
     from jsonb_to_recordset($3::jsonb) s (channel text, address text, reason text)`,
    [
      ...[environmentId, now],
      JSON.stringify(
        people.flatMap(({ name, wish }) =>
          wish.suppressed.map(({ channel, reason }) => ({ channel, reason, address: addressOf(channel, name, false) })),
        ),
      ),
    ],
  );
  await insert(
    'presence_report',
    'environment_id recipient_id platform client state since seen_at expires_at'.split(' '),
    people.flatMap(({ id, wish }) =>
      wish.reports.map((report) => ({
        ...{ ...of, recipient_id: id, ...report, client: '', since: now, seen_at: now },
        expires_at: new Date(now.getTime() + DAY),
      })),
    ),
  );
  await gate.rows(
    `insert into connection (instance_id, id, environment_id, recipient_id, platform, connected_at)
     select (select id from instance limit 1), gen_random_uuid(), $1, id, 'WEB', $2 from unnest($3::uuid[]) id`,
    [environmentId, now, people.filter(({ wish }) => wish.online).map(({ id }) => id)],
  );
}

/** One of a person's two addresses on a channel. */
function addressOf(channel: string, name: string, second: boolean): string {
  const words = `${name}${second ? '-second' : ''}`;
  if (channel === 'EMAIL') return `${words}@example.com`;
  if (channel === 'SMS') {
    const digits = String(Number(name.replace(/\D/g, '')) + (second ? 500_000 : 0)).padStart(7, '0');
    return `+1415${digits}`;
  }
  return channel === 'SLACK' ? `U${words.replace(/\W/g, '').toUpperCase()}` : words;
}
