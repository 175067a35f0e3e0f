import { Client } from 'pg';
import type { DatabaseLedger, DeliveryRecord, EventRecord, NotificationRecord, SendRecord } from './ledger.ts';

const FINAL = `('COMPLETED', 'DIGESTED', 'SUPPRESSED', 'UNROUTABLE', 'FAILED', 'EXPIRED', 'CANCELED')`;
const COMMITTED = (table: string): string =>
  `(extract(epoch from pg_xact_commit_timestamp(${table}.xmin)) * 1000)::float8`;

/** Reads the tables of the ledger with plain SQL: what the product says of itself is not asked. */
export class DatabaseReader {
  private readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Everything that a run has left, ordered. */
  read(): Promise<DatabaseLedger> {
    return this.with(async (client) => {
      // The row of a send is written when it is made, when it is canceled, and while a topic is expanded; callers
      // cancel no topics, so the last writer of a canceled one is its cancel.
      const sends = await client.query<SendRecord>(
        `select s.id, s.tags[1] as key,
           case when s.canceled_at is not null then ${COMMITTED('s')} end as "cancelCommittedAt"
         from send s order by s.id`,
      );
      const notifications = await client.query<NotificationRecord>(
        `select n.id, n.send_id as "sendId", r.external_id as person, n.state, n.reason
         from notification n
         join recipient r on r.environment_id = n.environment_id and r.id = n.recipient_id order by n.id`,
      );
      const deliveries = await client.query<DeliveryRecord>(
        `select notification_id as "notificationId", ordinal, state from delivery order by notification_id, ordinal`,
      );
      const events = await client.query<EventRecord>(
        `select e.notification_id as "notificationId", e.seq, e.type, (extract(epoch from e.at) * 1000)::float8 as at,
           ${COMMITTED('e')} as "committedAt", e.ordinal, (e.data ->> 'number')::integer as number,
           e.data ->> 'address' as address,
           (extract(epoch from (e.data ->> 'leaseUntil')::timestamptz) * 1000)::float8 as "leaseUntil",
           concat_ws(' ', e.data ->> 'state', e.data ->> 'reason', e.data ->> 'integration', e.data ->> 'httpStatus',
             e.data ->> 'code', e.data ->> 'detail', e.data ->> 'until') as detail
         from event e order by e.notification_id, e.seq`,
      );
      return {
        sends: sends.rows,
        notifications: notifications.rows,
        deliveries: deliveries.rows,
        events: events.rows,
      };
    });
  }

  /** How much is still to do, and a number that grows with everything that is written. */
  progress(): Promise<{ notifications: number; open: number; unexpanded: number; events: number }> {
    return this.with(async (client) => {
      const { rows } = await client.query<{ notifications: number; open: number; unexpanded: number; events: number }>(
        `select (select count(*)::integer from notification) as notifications,
           (select count(*)::integer from notification where state not in ${FINAL}) as open,
           (select count(*)::integer from send where not expanded and canceled_at is null) as unexpanded,
           (select count(*)::integer from event) as events`,
      );
      return rows[0] as (typeof rows)[number];
    });
  }

  private async with<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.url, connectionTimeoutMillis: 10_000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}
