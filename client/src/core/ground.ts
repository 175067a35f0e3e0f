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

/** Something that lives on a client, and hears of what happens to it. */
export interface Part {
  /** The state is another now: wakes those for whom something is another than when they were woken last. */
  refresh?(): void;
  /** The connection is there (again). */
  connected?(): void;
  /** The client stops: no further tries. */
  pause?(): unknown;
  /** All of it is of somebody else. */
  forget?(): void;
}

/** What the parts of a client stand on. */
export interface Ground {
  readonly transport: InboxTransport;
  readonly parts: Set<Part>;
  state: InboxState;
  /** The items with the marks in flight laid over them. */
  laid: Items;
  /** Another number for another person: answers to what was asked under an older one are not for them. */
  life: number;
  /** Between start and stop. */
  running: boolean;
  /** Changes parts of the state, and wakes those for whom that makes a difference. */
  put(change: Partial<InboxState>): void;
  tell(event: ClientEvent): void;
}

/** What each client stands on. */
export const grounds = new WeakMap<object, Ground>();

/** Gives each client one part of its own, made when it is asked for first: what nobody asks for is in no bundle. */
export function partOf<Made extends Part>(make: (ground: Ground) => Made): (client: object) => Made {
  const made = new WeakMap<object, Made>();
  return (client) => {
    const known = made.get(client);
    if (known) return known;
    const ground = grounds.get(client);
    if (!ground) throw new Error('Expected a client of createInboxClient');
    const part = make(ground);
    ground.parts.add(part);
    made.set(client, part);
    return part;
  };
}
