'use client';

/** The Tidings inbox for React. Styles are a file of their own: inbox.css. */
export { Bell } from './Bell.tsx';
export { Inbox } from './Inbox.tsx';
export { InboxItem } from './InboxItem.tsx';
export { Toaster, type ToasterProps } from './Toaster.tsx';
export { InboxProvider, useInbox, useInboxClient, type InboxProviderProps } from './use-inbox.tsx';
export { createInboxClient, InboxClient, type InboxClientOptions } from './store.ts';
export { RequestError, type InboxTransport, type TransportOptions } from './transport.ts';
export type { ConnectionStatus } from './event-stream.ts';
export type { Labels } from './labels.ts';
export type { InboxCounts, InboxEvent, InboxItem as InboxItemData, InboxMark } from './operations.ts';
export type { TokenProvider } from './token.ts';
export type { InboxSnapshot } from './view.ts';
