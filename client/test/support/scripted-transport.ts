import type { EventHandlers, EventStream } from '../../src/core/event-stream.ts';
import {
  acknowledgeInboxItems,
  inboxPage,
  inboxVersion,
  markAllInboxItems,
  markInboxItems,
  type InboxMark,
  type Operation,
} from '../../src/core/operations.ts';
import type { InboxTransport } from '../../src/core/transport.ts';
import { ModelServer } from './model-server.ts';

interface Variables {
  readonly first: number;
  readonly after: string | null;
  readonly ids: readonly string[];
  readonly mark: InboxMark;
  readonly upToVersion: number;
}

/** A wire without a network: the test connects, delivers and breaks it by hand. */
export class ScriptedTransport implements InboxTransport {
  readonly model = new ModelServer();
  /** Each successful connect's version to resume after. */
  readonly resumedAfter: number[] = [];
  readonly acknowledged: (readonly string[])[] = [];
  readonly marked: { ids: readonly string[]; mark: InboxMark }[] = [];
  failMarks = false;
  failReads = false;
  failAcknowledgements = 0;
  reads = 0;
  private handlers: EventHandlers | null = null;
  private delivered = 0;
  private connected = false;

  async request<Data, V>(operation: Operation<Data, V>, variables: V): Promise<Data> {
    return this.answer(operation.document, variables as unknown as Variables) as Data;
  }

  events(handlers: EventHandlers): EventStream {
    this.handlers = handlers;
    handlers.status('connecting');
    return { retry: () => void this.connect(), stop: () => this.drop() };
  }

  serverNow(): number {
    return Date.now();
  }

  /** Runs one connect as the real stream does; replays what the client has missed. */
  async connect(): Promise<void> {
    if (!this.handlers) return;
    try {
      const after = await this.handlers.before();
      this.resumedAfter.push(after);
      this.delivered = this.model.log.findIndex((event) => event.version > after);
      if (this.delivered < 0) this.delivered = this.model.log.length;
    } catch {
      this.handlers.status('offline');
      return;
    }
    this.connected = true;
    this.handlers.status('live');
    this.deliver();
  }

  /** Sends what the model has logged since. */
  deliver(): void {
    if (!this.connected) return;
    for (const event of this.model.log.slice(this.delivered)) this.handlers?.event(event);
    this.delivered = this.model.log.length;
  }

  drop(): void {
    this.connected = false;
    this.handlers?.status('offline');
  }

  private answer(document: string, variables: Variables): unknown {
    const { model } = this;
    if (document === inboxPage.document) {
      this.reads += 1;
      if (this.failReads) throw new Error('unreachable');
      return { inbox: model.page(variables.first, variables.after) };
    }
    if (document === inboxVersion.document) return { inbox: { version: model.version } };
    if (document === acknowledgeInboxItems.document) {
      this.failAcknowledgements -= 1;
      if (this.failAcknowledgements >= 0) throw new Error('unreachable');
      this.acknowledged.push(variables.ids);
      return { acknowledgeInboxItems: { acknowledgedCount: variables.ids.length, userErrors: [] } };
    }
    if (this.failMarks) throw new Error('unreachable');
    if (document === markInboxItems.document) {
      this.marked.push(variables);
      return { markInboxItems: { ...model.mark(variables.ids, variables.mark), userErrors: [] } };
    }
    if (document !== markAllInboxItems.document) throw new Error(`Not scripted: ${document}`);
    return { markAllInboxItems: { ...model.markAll(variables.mark, variables.upToVersion), userErrors: [] } };
  }
}
