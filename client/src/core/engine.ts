import type { ClientEvent, Ground } from './ground.ts';
import { reduce } from './reducer.ts';
import { initialState, type InboxAction, type InboxState, type Items } from './state.ts';
import type { InboxTransport } from './transport.ts';
import { lay } from './view.ts';
import type { Watched } from './watched.ts';

/** Holds the state, and wakes who watches what is derived from it. */
export class Engine implements Ground {
  state: InboxState = initialState;
  laid: Items = lay(initialState);
  life = 0;
  running = false;
  readonly listeners = new Set<(event: ClientEvent) => void>();

  /** `watched`: all that can be watched. `after` is called after every action that has changed the state. */
  constructor(
    readonly transport: InboxTransport,
    private readonly watched: () => readonly Watched<object>[],
    private readonly after: (action: InboxAction) => void,
  ) {}

  dispatch(action: InboxAction): void {
    const { items, pending } = this.state;
    const next = reduce(this.state, action);
    if (next === this.state) return;
    this.state = next;
    if (next.items !== items || next.pending !== pending) this.laid = lay(next);
    this.refresh();
    this.after(action);
  }

  refresh(): void {
    for (const one of this.watched().filter((all) => all.refresh())) one.tell();
  }

  tell(event: ClientEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
