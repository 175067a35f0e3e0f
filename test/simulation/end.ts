import type { Client } from 'pg';
import { toHistoryEvent } from '../../src/recipients/history.js';
import type { HistoryEvent } from '../../src/routing/history.js';

export interface NotificationEnd {
  readonly id: string;
  readonly sendId: string;
  readonly key: string;
  readonly recipientId: string;
  readonly externalId: string;
  readonly category: string;
  readonly state: string;
  readonly reason: string | null;
  readonly revision: number;
  readonly history: readonly { readonly seq: number; readonly event: HistoryEvent }[];
  readonly deliveries: readonly { readonly ordinal: number; readonly state: string }[];
}

/** What the database has when a story is over. */
export interface End {
  readonly sends: readonly { id: string; key: string; canceledAt: Date | null; createdAt: Date }[];
  readonly notifications: readonly NotificationEnd[];
  readonly timers: readonly { notification_id: string; at: Date }[];
  readonly deadLetters: readonly { notification_id: string; failures: number; error: string; dead_at: Date | null }[];
  readonly inboxes: readonly {
    recipient_id: string;
    version: number;
    unseen: number;
    unread: number;
    said: string;
    is: string;
  }[];
  readonly items: readonly { id: string; removed_at: Date | null; displayed_at: Date | null }[];
  /** The histories, to be read by people. */
  readonly lines: readonly string[];
}

export async function readEnd(admin: Client): Promise<End> {
  const rows = async <Row extends object>(text: string): Promise<Row[]> => (await admin.query<Row>(text)).rows;
  const events = await rows<{
    notification_id: string;
    seq: number;
    type: string;
    at: Date;
    ordinal: number | null;
    data: Record<string, unknown>;
  }>('select * from event order by notification_id, seq');
  const deliveries = await rows<{ notification_id: string; ordinal: number; state: string }>(
    'select notification_id, ordinal, state from delivery order by notification_id, ordinal',
  );
  const heads = await rows<Omit<NotificationEnd, 'history' | 'deliveries'>>(
    `select n.id, n.send_id as "sendId", s.tags[1] as key, n.recipient_id as "recipientId", r.external_id as "externalId",
       n.category_key as category, n.state, n.reason, n.revision
     from notification n join send s on s.environment_id = n.environment_id and s.id = n.send_id
     join recipient r on r.environment_id = n.environment_id and r.id = n.recipient_id order by s.id, r.external_id`,
  );
  const notifications = heads.map((head) => ({
    ...head,
    history: events
      .filter((row) => row.notification_id === head.id)
      .map((row) => ({ seq: row.seq, event: toHistoryEvent(row) })),
    deliveries: deliveries.filter((row) => row.notification_id === head.id),
  }));
  return {
    sends: await rows(
      'select id, tags[1] as key, canceled_at as "canceledAt", created_at as "createdAt" from send order by id',
    ),
    notifications,
    timers: await rows('select notification_id, at from timer'),
    deadLetters: await rows('select notification_id, failures, error, dead_at from dead_letter'),
    inboxes: await rows(
      `select b.recipient_id, b.version, b.unseen, b.unread, format('%s unseen, %s unread', b.unseen, b.unread) as said,
         (select format('%s unseen, %s unread',
            count(*) filter (where i.seen_at is null), count(*) filter (where i.read_at is null))
          from inbox_item i where i.environment_id = b.environment_id and i.recipient_id = b.recipient_id
            and i.archived_at is null and i.removed_at is null) as is
       from inbox b`,
    ),
    items: await rows('select id, removed_at, displayed_at from inbox_item'),
    lines: notifications.flatMap(linesOf),
  };
}

function linesOf(one: NotificationEnd): string[] {
  const head = `${one.key} to ${one.externalId} (${one.category}) ${one.id}: ${one.state} ${one.reason ?? ''}`;
  const events = one.history.map(({ seq, event }) => {
    const { type, at, ...rest } = event as { type: string; at: Date; durationMs?: unknown };
    const { durationMs: _real, ...said } = rest;
    return `  ${at.toISOString().slice(5, 23)} #${seq} ${type} ${JSON.stringify(said)}`;
  });
  return [
    head,
    ...events,
    `  deliveries ${JSON.stringify(one.deliveries.map(({ ordinal, state }) => `${ordinal} ${state}`))}`,
  ];
}
