import type {
  ClientLine,
  DeliveryRecord,
  EventRecord,
  Ledgers,
  NotificationRecord,
  ProviderRequest,
  SendRecord,
} from './ledger.ts';

export type Asked = Extract<ClientLine, { type: 'asked' }>;

/** The three ledgers, by what one looks for in them. */
export interface Index {
  readonly client: readonly ClientLine[];
  readonly asked: ReadonlyMap<string, Asked>;
  readonly cancelAsked: ReadonlySet<string>;
  /** When the caller was told that a send is canceled. */
  readonly canceledAt: ReadonlyMap<string, number>;
  readonly sends: ReadonlyMap<string, SendRecord>;
  readonly sendsByKey: ReadonlyMap<string | null, readonly SendRecord[]>;
  readonly notifications: ReadonlyMap<string, NotificationRecord>;
  readonly notificationsBySend: ReadonlyMap<string, readonly NotificationRecord[]>;
  readonly deliveries: ReadonlyMap<string, readonly DeliveryRecord[]>;
  readonly events: ReadonlyMap<string, readonly EventRecord[]>;
  readonly requests: readonly ProviderRequest[];
  /** Without those that name none of ours. */
  readonly requestsByNotification: ReadonlyMap<string, readonly ProviderRequest[]>;
}

export function indexed({ client, database, provider }: Ledgers): Index {
  const asked = client.filter((line) => line.type === 'asked');
  const canceled = client.filter((line) => line.type === 'canceled');
  return {
    client,
    asked: new Map(asked.map((line) => [line.key, line])),
    cancelAsked: new Set(client.flatMap((line) => (line.type === 'cancel asked' ? [line.sendId] : []))),
    // The first acknowledgement counts, so the last to be set is the earliest.
    canceledAt: new Map(canceled.toSorted((a, b) => b.at - a.at).map((line) => [line.sendId, line.at])),
    sends: new Map(database.sends.map((send) => [send.id, send])),
    sendsByKey: Map.groupBy(database.sends, (send) => send.key),
    notifications: new Map(database.notifications.map((notification) => [notification.id, notification])),
    notificationsBySend: Map.groupBy(database.notifications, (notification) => notification.sendId),
    deliveries: Map.groupBy(database.deliveries, (delivery) => delivery.notificationId),
    events: Map.groupBy(
      database.events.toSorted((a, b) => a.seq - b.seq),
      (event) => event.notificationId,
    ),
    requests: provider,
    requestsByNotification: Map.groupBy(
      provider.filter((request) => request.notificationId !== null),
      (request) => request.notificationId as string,
    ),
  };
}
