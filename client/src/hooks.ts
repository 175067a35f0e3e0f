'use client';

/** Hooks alone, for those who draw the inbox themselves. */
export { InboxProvider, useInbox, useInboxClient } from './react/use-inbox.tsx';
