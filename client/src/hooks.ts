'use client';

/** The Tidings inbox for React without anything that can be seen. */
export { InboxSession, useInboxClient, type SessionProps } from './react/session.tsx';
export {
  useConnection,
  useCounts,
  useInbox,
  useNewNotification,
  useNotifications,
  usePreferences,
  useToasts,
  useUnread,
  type Notifications,
} from './react/hooks.ts';
export * from './core.ts';
