/** The inbox without a user interface and without React: what the components are written against. */
export { createInboxClient, InboxClient, type InboxClientOptions } from './core/store.ts';
