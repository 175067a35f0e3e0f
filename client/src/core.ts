/** The Tidings inbox without a user interface, for any framework or none. */
export {
  createInboxClient,
  openInbox,
  type InboxClient,
  type InboxClientOptions,
  type InboxSettings,
} from './core/store.ts';
export { RequestError, type CrossTab, type InboxTransport, type TransportOptions } from './core/transport.ts';
export { emptyInbox, emptyList } from './core/view.ts';
export { safeUrl } from './core/safe-url.ts';
export type { ConnectionStatus, EventHandlers, EventStream } from './core/event-stream.ts';
export type { ClientEvent } from './core/ground.ts';
export type {
  CountsHandle,
  InboxList,
  InboxSnapshot,
  ListSnapshot,
  PreferencesHandle,
  PreferencesSnapshot,
  Watchable,
} from './core/handles.ts';
export type {
  InboxCounts,
  InboxEvent,
  InboxFilter,
  InboxItem,
  InboxItemAction,
  InboxMark,
  MarkPart,
  Operation,
} from './core/operations.ts';
export type * from './core/preferences-operations.ts';
export type { Problem } from './core/state.ts';
export type { TokenProvider } from './core/token.ts';
