/** What a caller knows: written before it asks and when it is answered. Times are milliseconds since 1970. */
export type ClientLine =
  | {
      readonly type: 'asked';
      readonly at: number;
      readonly key: string;
      /** What the category says about attempts whose outcome nobody knows. */
      readonly ambiguity: 'RESEND' | 'FAIL';
      /** External ids of everyone to be notified; of a topic, all its subscribers. */
      readonly to: readonly string[];
      readonly expires: boolean;
    }
  | { readonly type: 'acknowledged'; readonly at: number; readonly key: string; readonly sendId: string }
  /** Answered, and told that nothing was stored. */
  | { readonly type: 'refused'; readonly at: number; readonly key: string; readonly codes: string }
  | { readonly type: 'cancel asked'; readonly at: number; readonly sendId: string }
  | { readonly type: 'canceled'; readonly at: number; readonly sendId: string };

export interface SendRecord {
  readonly id: string;
  readonly key: string | null;
  /** When Postgres committed the cancel, by its own clock; null: not canceled. */
  readonly cancelCommittedAt: number | null;
}

export interface NotificationRecord {
  readonly id: string;
  readonly sendId: string;
  /** External id of the recipient. */
  readonly person: string;
  readonly state: string;
  readonly reason: string | null;
}

export interface DeliveryRecord {
  readonly notificationId: string;
  readonly ordinal: number;
  readonly state: string;
}

export interface EventRecord {
  readonly notificationId: string;
  readonly seq: number;
  readonly type: string;
  /** By the clock of the process that wrote it, which may be wrong. */
  readonly at: number;
  /** By Postgres' clock. */
  readonly committedAt: number;
  readonly ordinal: number | null;
  readonly number: number | null;
  readonly address: string | null;
  readonly leaseUntil: number | null;
  /** Everything else worth reading. */
  readonly detail: string;
}

export interface DatabaseLedger {
  readonly sends: readonly SendRecord[];
  readonly notifications: readonly NotificationRecord[];
  readonly deliveries: readonly DeliveryRecord[];
  readonly events: readonly EventRecord[];
}

/** One request that the provider got. */
export interface ProviderRequest {
  readonly seq: number;
  readonly at: number;
  /** Our id of the attempt as it came: `ntf_….ordinal.number`. */
  readonly attempt: string;
  /** Null: no id of ours. */
  readonly notificationId: string | null;
  readonly ordinal: number;
  readonly number: number;
  readonly to: string;
  readonly subject: string;
  readonly mode: string;
  readonly accepted: boolean;
  /** Was the answer handed over in full? */
  readonly delivered: boolean;
}

export interface Ledgers {
  readonly client: readonly ClientLine[];
  readonly database: DatabaseLedger;
  readonly provider: readonly ProviderRequest[];
}

/** The e-mail address of everyone whom a run notifies. */
export function addressOf(person: string): string {
  return `${person}@example.com`;
}
