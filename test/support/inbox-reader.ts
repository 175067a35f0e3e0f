import type { Socket } from 'node:net';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Gateway } from './gateway.js';
import { until } from './until.js';

export interface InboxEventView {
  type: 'InboxItemAdded' | 'InboxItemChanged' | 'InboxItemRemoved' | 'InboxReset';
  version: number;
  counts: { unseen: number; unread: number };
  item?: { id: string; version: number; title: string; toast: boolean; readAt: string | null; seenAt: string | null };
  itemId?: string;
  reason?: string;
}

const EVENTS = `subscription($after: Int) { inboxEvents(after: $after) {
  type: __typename version counts { unseen unread }
  ... on InboxItemAdded { item { id version title toast seenAt readAt } }
  ... on InboxItemChanged { item { id version title toast seenAt readAt } }
  ... on InboxItemRemoved { itemId }
  ... on InboxReset { reason }
} }`;

export interface ReaderOptions {
  readonly after?: number;
  /** Default: everything is acknowledged when it comes. */
  readonly acknowledge?: boolean;
  readonly platform?: 'WEB' | 'MOBILE';
}

/** One person's open widget, as raw as the protocol allows. */
export class InboxReader implements AsyncDisposable {
  readonly events: InboxEventView[] = [];
  readonly closes: { code: number; reason: string }[] = [];
  private readonly sockets: WebSocket[] = [];
  private client: Client | null = null;
  private failure: unknown = null;

  private constructor(
    readonly gateway: Gateway,
    private readonly options: ReaderOptions,
  ) {}

  static async open(gateway: Gateway, externalId: string, options: ReaderOptions = {}): Promise<InboxReader> {
    const reader = new InboxReader(await gateway.as(externalId), options);
    reader.listen(options.after ?? null);
    await until(() => reader.sockets.some((socket) => socket.readyState === WebSocket.OPEN), 'a socket to open');
    return reader;
  }

  /** The last version told. */
  get version(): number {
    return this.events.at(-1)?.version ?? this.options.after ?? 0;
  }

  get added(): InboxEventView[] {
    return this.events.filter((event) => event.type === 'InboxItemAdded');
  }

  /** Waits for an event. */
  event(match: (event: InboxEventView) => boolean, what: string, timeoutMs = 10_000): Promise<InboxEventView> {
    return until(
      () => {
        if (this.failure !== null) throw new Error(`the subscription failed: ${JSON.stringify(this.failure)}`);
        return this.events.find(match);
      },
      what,
      timeoutMs,
    );
  }

  addedTitle(title: string): Promise<InboxEventView> {
    return this.event((event) => event.type === 'InboxItemAdded' && event.item?.title === title, `an item "${title}"`);
  }

  acknowledge(ids: string[]): Promise<{ acknowledgedCount: number }> {
    return this.gateway.mutate('acknowledgeInboxItems', { ids }, 'acknowledgedCount');
  }

  /** Cuts the connection without a goodbye, as a dead network does. */
  cut(): void {
    void this.client?.dispose();
    for (const socket of this.sockets) socket.terminate();
  }

  /** Stops answering without closing, as a machine that lost its network. */
  freeze(): void {
    for (const socket of this.sockets) (socket as unknown as { _socket: Socket })._socket.pause();
  }

  /** Comes back, from the last version told. */
  resume(gatewayPort = this.gateway.port): void {
    Object.assign(this.gateway, { port: gatewayPort });
    this.listen(this.version);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client?.dispose();
    for (const socket of this.sockets) socket.terminate();
  }

  private listen(after: number | null): void {
    const { sockets, closes, gateway } = this;
    const { platform } = this.options;
    this.client = createClient({
      url: `ws://127.0.0.1:${gateway.port}/graphql`,
      connectionParams: { authorization: `Bearer ${gateway.key}`, ...(platform ? { platform } : {}) },
      retryAttempts: 0,
      webSocketImpl: class extends WebSocket {
        constructor(url: string, protocols: string) {
          super(url, protocols);
          sockets.push(this);
        }
      },
      on: {
        closed: (event) =>
          void closes.push({ code: (event as { code: number }).code, reason: (event as { reason: string }).reason }),
      },
    });
    this.client.subscribe<{ inboxEvents: InboxEventView }>(
      { query: EVENTS, variables: { after } },
      {
        next: (result) => this.receive(result),
        error: (error) => {
          if (Array.isArray(error)) this.failure = error;
        },
        complete: () => undefined,
      },
    );
  }

  private receive(result: { data?: { inboxEvents: InboxEventView } | null; errors?: unknown }): void {
    if (result.errors || !result.data) {
      this.failure = result.errors ?? 'no data';
      return;
    }
    const event = result.data.inboxEvents;
    this.events.push(event);
    if (this.options.acknowledge !== false && event.type === 'InboxItemAdded' && event.item)
      this.acknowledge([event.item.id]).catch((error: unknown) => (this.failure = String(error)));
  }
}
