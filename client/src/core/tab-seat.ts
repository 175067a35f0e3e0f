import type { Attention } from './attention.ts';
import type { ConnectionStatus, EventHandlers } from './event-stream.ts';
import type { InboxEvent } from './operations.ts';

/** What the tabs of one person tell each other. A change of its meaning needs another name of the channel: see tabs.ts. */
export type TabMessage =
  /** A tab is here, and asks whether the leader is; null: it goes. */
  | { readonly kind: 'tab'; readonly tab: string; readonly attention: Attention | null }
  /** Somebody wants the connection now. */
  | { readonly kind: 'retry' }
  /** Its token is of somebody else now: look at yours. */
  | { readonly kind: 'changed' }
  | LeaderMessage;

/** What the leader says. `at`: the version that it has told up to, null before it knows one. */
export type LeaderMessage =
  /** `anew`: the server's history is another one, and what is held is void. */
  | {
      readonly kind: 'lead';
      readonly leader: string;
      readonly status: ConnectionStatus;
      readonly at: number | null;
      readonly anew: boolean;
    }
  /** `after`: the version that a tab must have so that nothing is missing before this event. `toast`: the tab that may show it. */
  | {
      readonly kind: 'event';
      readonly leader: string;
      readonly event: InboxEvent;
      readonly after: number;
      readonly toast: string | undefined;
    };

/** What a tab is, whether it leads or follows. */
export interface Seat {
  readonly id: string;
  readonly handlers: EventHandlers;
  /** The version that this tab has applied; null before it knows one. Outlives a change of role. */
  at: number | null;
  readonly say: (message: TabMessage) => void;
  attention: () => Attention;
}

/** What a tab does: it leads or it follows. */
export interface TabRole {
  hear(message: TabMessage): void;
  /** Called when somebody comes to this tab or goes, and when it begins or ends to show toasts. */
  turned(): void;
  /** Called every 15 s, in hidden tabs every minute. False: there is no leader any more. */
  check(): boolean;
  retry(): void;
  /** `gone`: the page goes away. */
  stop(gone: boolean): void;
}
