import type { EventHandlers, EventStream } from '../../src/core/event-stream.ts';
import {
  acknowledgeInboxItems,
  inboxCounts,
  inboxPage,
  inboxVersion,
  markAllInboxItems,
  markInboxItems,
  recordEngagement,
  type InboxFilter,
  type InboxMark,
  type MarkPart,
  type Operation,
} from '../../src/core/operations.ts';
import {
  preferences,
  updatePreferences,
  type Preferences,
  type PreferencesChange,
} from '../../src/core/preferences-operations.ts';
import { RequestError, type InboxTransport } from '../../src/core/transport.ts';
import { ModelServer } from './model-server.ts';
import { plainWishes } from './plain-wishes.ts';

/** How a request goes: it is answered, the network is gone, or the gateway refuses. */
export type Fate = 'answered' | 'lost' | 'refused';

type AnswerOf<O> = O extends Operation<infer Data, unknown> ? Data : never;

/** A wire without a network: the test connects, delivers and breaks it by hand. */
export class ScriptedTransport implements InboxTransport {
  /** Each successful connect's version to resume after. */
  readonly resumedAfter: number[] = [];
  readonly acknowledged: (readonly string[])[] = [];
  readonly marked: { ids: readonly string[]; mark: InboxMark }[] = [];
  readonly engaged: { id: string; kind: string }[] = [];
  /** The filters of every question for counts. */
  readonly counted: (readonly InboxFilter[])[] = [];
  readonly saved: PreferencesChange[] = [];
  wishes: Preferences = plainWishes;
  marks: Fate = 'answered';
  saves: Fate = 'answered';
  failReads = false;
  failAcknowledgements = 0;
  reads = 0;
  /** False: nothing is answered until it is true again and `release` is called. */
  answering = true;
  /** False: what was missed is not replayed by `connect`, but by `deliver`. */
  prompt = true;
  private handlers: EventHandlers | null = null;
  private delivered = 0;
  private connected = false;
  private held: (() => void)[] = [];

  constructor(readonly model = new ModelServer()) {}

  async request<Data, V>(operation: Operation<Data, V>, variables: V): Promise<Data> {
    if (!this.answering) await new Promise<void>((resolve) => this.held.push(resolve));
    return this.answer(operation.document, variables) as Data;
  }

  events(handlers: EventHandlers): EventStream {
    this.handlers = handlers;
    handlers.status('connecting');
    return { retry: () => void this.connect(), stop: () => this.drop() };
  }

  serverNow(): number {
    return Date.now();
  }

  release(): void {
    this.answering = true;
    for (const go of this.held.splice(0)) go();
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
    if (this.prompt) this.deliver();
  }

  /** Sends what the model has logged since. `toast`: this tab is the one that may show it. */
  deliver(toast = true): void {
    if (!this.connected) return;
    for (const event of this.model.log.slice(this.delivered)) this.handlers?.event(event, toast);
    this.delivered = this.model.log.length;
  }

  /** Sends the next event alone, or one of those that were sent before once more. */
  deliverOne(again?: number): void {
    const index = again === undefined ? this.delivered : again % Math.max(1, this.delivered);
    const event = this.model.log[index];
    if (!this.connected || !event || (again !== undefined && event.kind === 'InboxReset')) return;
    if (again === undefined) this.delivered += 1;
    this.handlers?.event(event, true);
  }

  drop(): void {
    this.connected = false;
    this.handlers?.status('offline');
  }

  /** Something was lost between tabs. */
  miss(): void {
    this.delivered = this.model.log.length;
    this.handlers?.missed();
  }

  /** Another person's token: from now on it is their inbox that answers. */
  becomes(): void {
    this.handlers?.userChanged();
  }

  private answer(document: string, variables: unknown): unknown {
    const { model } = this;
    switch (document) {
      case inboxPage.document: {
        const { first, after, filter, pinned, head } = variables as {
          first: number;
          after: string | null;
          filter: InboxFilter;
          pinned: InboxFilter;
          head: boolean;
        };
        this.reads += 1;
        if (this.failReads) throw new TypeError('unreachable');
        return {
          inbox: model.page(first, after, filter),
          ...(head && { pinned: { nodes: model.list(pinned).slice(0, 100) } }),
        } satisfies AnswerOf<typeof inboxPage>;
      }
      case inboxVersion.document:
        return { inbox: { version: model.version } } satisfies AnswerOf<typeof inboxVersion>;
      case inboxCounts.document: {
        const { filters } = variables as { filters: readonly InboxFilter[] };
        this.counted.push(filters);
        if (this.failReads) throw new TypeError('unreachable');
        return { inboxCounts: filters.map((filter) => model.counts(filter)) } satisfies AnswerOf<typeof inboxCounts>;
      }
      case acknowledgeInboxItems.document: {
        const { ids } = variables as { ids: readonly string[] };
        this.failAcknowledgements -= 1;
        if (this.failAcknowledgements >= 0) throw new TypeError('unreachable');
        this.acknowledged.push(ids);
        return { acknowledgeInboxItems: { acknowledgedCount: ids.length, userErrors: [] } };
      }
      case recordEngagement.document:
        this.engaged.push(variables as { id: string; kind: string });
        return { recordEngagement: { recorded: true, userErrors: [] } };
      case preferences.document:
        if (this.failReads) throw new TypeError('unreachable');
        return { preferences: this.wishes };
      case updatePreferences.document: {
        fail(this.saves);
        const { input } = variables as { input: PreferencesChange };
        this.saved.push(input);
        this.wishes = { ...this.wishes, level: input.level ?? this.wishes.level };
        return { updatePreferences: { preferences: this.wishes, userErrors: [] } };
      }
      case markInboxItems.document: {
        fail(this.marks);
        const { ids, mark, until } = (
          variables as { input: { ids: readonly string[]; mark: InboxMark; until?: string } }
        ).input;
        this.marked.push({ ids, mark });
        const userErrors = model.missing(ids);
        const answer = model.mark(ids, mark, until) ?? { items: [], counts: model.counts() };
        return { markInboxItems: { ...answer, userErrors } };
      }
      case markAllInboxItems.document: {
        fail(this.marks);
        const { mark, upToVersion, ...part } = (
          variables as { input: { mark: InboxMark; upToVersion: number } & MarkPart }
        ).input;
        return { markAllInboxItems: { ...model.markAll(mark, upToVersion, part), userErrors: [] } };
      }
      default:
        throw new Error(`Not scripted: ${document}`);
    }
  }
}

function fail(fate: Fate): void {
  if (fate === 'lost') throw new TypeError('unreachable');
  if (fate === 'refused') throw new RequestError('INTERNAL_SERVER_ERROR', 'not taken');
}
