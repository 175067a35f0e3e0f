/**
 * What can be wrong. `lost`, `ghost`, `duplicate`, `repeated key`, `after cancel` and `stuck` are the promises to people;
 * the others are lies in the ledger that would hide one of those.
 */
export type Kind =
  | 'lost'
  | 'ghost'
  | 'duplicate'
  | 'repeated key'
  | 'after cancel'
  | 'stuck'
  /** Sent again although nobody knew, and the category did not allow it (again). */
  | 'blind resend'
  /** The ledger says "taken", the provider did not take it. */
  | 'unproven'
  /** The ledger says for certain "not taken", and the provider took it. */
  | 'misread'
  /** To another address, or with another send's words. */
  | 'misdirected'
  /** Ended in a way for which nobody gave a cause. */
  | 'unexplained';

export interface Finding {
  readonly kind: Kind;
  readonly says: string;
  readonly sendId?: string;
  readonly notificationId?: string;
}
