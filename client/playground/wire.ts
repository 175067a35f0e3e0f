import type { EventHandlers, EventStream } from '../src/core/event-stream.ts';
import type { InboxItem, Operation } from '../src/core/operations.ts';
import { preferences, updatePreferences, type PreferencesChange } from '../src/core/preferences-operations.ts';
import type { InboxTransport } from '../src/core/transport.ts';
import { ScriptedTransport } from '../test/support/scripted-transport.ts';
import { changedWishes, firstWishes } from './wishes.ts';

const quickMs = 150;
const slowMs = 3_000;

/** The gateway of the playground: it lives in the page, and everything about it can be broken by hand. */
export class PlaygroundWire implements InboxTransport {
  /** Milliseconds until an answer. */
  private latency = quickMs;
  private readonly wire = new ScriptedTransport();
  private wishes = firstWishes;
  private cut = false;

  get model(): ScriptedTransport['model'] {
    return this.wire.model;
  }

  async request<Data, Variables>(operation: Operation<Data, Variables>, variables: Variables): Promise<Data> {
    await new Promise((resolve) => setTimeout(resolve, this.latency));
    if (this.cut) throw new TypeError('The playground is cut off');
    if (operation.document === preferences.document) return { preferences: this.wishes } as Data;
    if (operation.document === updatePreferences.document && this.wire.saves === 'answered') {
      this.wishes = changedWishes(this.wishes, (variables as { input: PreferencesChange }).input);
      return { updatePreferences: { preferences: this.wishes, userErrors: [] } } as Data;
    }
    const answer = await this.wire.request(operation, variables);
    // What the mark has changed is told to all who listen, this page too.
    setTimeout(() => this.wire.deliver());
    return answer;
  }

  events(handlers: EventHandlers): EventStream {
    const stream = this.wire.events(handlers);
    if (!this.cut) void this.wire.connect();
    return { ...stream, retry: () => this.cut || void this.wire.connect() };
  }

  serverNow(): number {
    return Date.now();
  }

  /** An item comes now. */
  push(fields: Partial<InboxItem>): void {
    this.model.add({ createdAt: new Date().toISOString(), ...fields });
    this.wire.deliver();
  }

  /** An item that came some minutes ago, from before this page was opened. */
  lay(minutes: number, fields: Partial<InboxItem>): void {
    this.model.add({ createdAt: new Date(Date.now() - minutes * 60_000).toISOString(), ...fields });
  }

  /** Whether the network is there. */
  connected(there: boolean): void {
    this.cut = !there;
    if (there) void this.wire.connect();
    else this.wire.drop();
  }

  quick(yes: boolean): void {
    this.latency = yes ? quickMs : slowMs;
  }

  /** Whether marks and preferences are taken. */
  obliging(yes: boolean): void {
    this.wire.marks = this.wire.saves = yes ? 'answered' : 'refused';
  }
}
