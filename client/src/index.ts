'use client';

/** The Tidings inbox for React. Styles are a file of their own: inbox.css. */
export { Bell } from './react/Bell.tsx';
export { Inbox } from './react/Inbox.tsx';
export { InboxItem } from './react/InboxItem.tsx';
export { Toaster, type ToasterProps } from './react/Toaster.tsx';
export { InboxProvider, useInbox, useInboxClient, type InboxProviderProps } from './react/use-inbox.tsx';
export { createInboxClient, type InboxClient, type InboxClientOptions } from './core/store.ts';
export { RequestError, type InboxTransport, type TransportOptions } from './core/transport.ts';
export type { ConnectionStatus } from './core/event-stream.ts';
export type { Labels } from './react/labels.ts';
export type { InboxCounts, InboxEvent, InboxItem as InboxItemData, InboxMark } from './core/operations.ts';
export type { TokenProvider } from './core/token.ts';
export type { InboxSnapshot } from './core/handles.ts';
