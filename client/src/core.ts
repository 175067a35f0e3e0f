/** The inbox without a user interface and without React: what the components are written against. */
export { createInboxClient, InboxClient, type InboxClientOptions } from './core/store.ts';
export { RequestError, type InboxTransport, type TransportOptions } from './core/transport.ts';
export type { ConnectionStatus } from './core/event-stream.ts';
export type {
  CountsHandle,
  InboxList as InboxListHandle,
  InboxSnapshot,
  ListSnapshot,
  PreferencesHandle,
  PreferencesSnapshot,
  Watchable,
} from './core/handles.ts';
export type { InboxCounts, InboxEvent, InboxFilter, InboxItem, InboxItemAction, InboxMark } from './core/operations.ts';
export type { Preferences as PreferencesData, PreferencesChange, CategoryPreference } from './core/preferences-operations.ts';
export type { TokenProvider } from './core/token.ts';
