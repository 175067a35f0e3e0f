import type { InboxItem } from './operations.ts';
import type { InboxState, Items } from './state.ts';
import type { InboxTransport } from './transport.ts';

/** Something that a host may want to hear of. */
export type ClientEvent =
  /** A new item came while somebody is connected, not later. Once in each tab; `item.toast` is false for a quiet copy. */
  | { readonly type: 'notification'; readonly item: InboxItem }
  /** The token is of another person now: everything that was loaded has been dropped. */
  | { readonly type: 'userChanged' }
  | { readonly type: 'error'; readonly error: unknown };

/** What the parts of a client stand on. */
export interface Ground {
  readonly transport: InboxTransport;
  state: InboxState;
  /** The items with the marks in flight laid over them. */
  laid: Items;
  /** Another number for another person: answers to what was asked under an older one are not for them. */
  life: number;
  /** Between start and stop. */
  running: boolean;
  /** Changes parts of the state, and wakes those for whom that makes a difference. */
  put(change: Partial<InboxState>): void;
  /** Wakes those for whom something is another than when they were woken last. */
  refresh(): void;
  tell(event: ClientEvent): void;
}
