import type { Labels } from '../labels.ts';
import { plural } from './plural.ts';

const many = (count: number, one: string, other: string): string => plural('en', count, { one, other });

/** The English words, but for those of the preferences: they come when they are wanted. */
export const englishInbox: Omit<Labels, 'preferences'> = {
  language: 'en',
  notifications: 'Notifications',
  bell: (count, of) => `Notifications${count > 0 ? `, ${counted(count, of)}` : ''}`,
  close: 'Close',
  back: 'Back',
  cancel: 'Cancel',
  retry: 'Try again',
  loading: 'Loading…',
  loadMore: 'Load more',
  tabs: { all: 'All', unread: 'Unread', snoozed: 'Snoozed', archived: 'Archived' },
  tabCount: counted,
  empty: {
    all: { title: 'You’re all caught up', text: 'New notifications will appear here.' },
    unread: { title: 'Nothing left to read', text: 'Everything here has been read.' },
    snoozed: { title: 'Nothing snoozed', text: 'What you put off waits here until its time.' },
    archived: { title: 'Nothing archived', text: 'What you archive is kept here.' },
  },

  listActions: 'All notifications',
  markAllRead: 'Mark all read',
  archiveRead: 'Archive what is read',
  archiveAll: 'Archive all',

  itemActions: (title) => `Actions: ${title}`,
  unread: 'Unread',
  pinned: 'Pinned',
  markRead: 'Mark as read',
  markUnread: 'Mark as unread',
  pin: 'Pin',
  unpin: 'Unpin',
  archive: 'Archive',
  unarchive: 'Move to inbox',
  snooze: 'Snooze',
  unsnooze: 'Bring back now',
  laterToday: 'Later today',
  tomorrow: 'Tomorrow',
  nextWeek: 'Next week',
  pickTime: 'Pick a time…',
  snoozeUntil: 'Snooze until',
  snoozedUntil: (when) => `Snoozed until ${when}`,
  remove: 'Delete',
  removeQuestion: (count) =>
    many(count, 'Delete this notification for good?', 'Delete these # notifications for good?'),
  group: (title, others) => many(others, `${title} and # other`, `${title} and # others`),

  offline: 'You are offline. New notifications appear when the connection is back.',
  queued: (count) => many(count, '# change waits for the connection.', '# changes wait for the connection.'),
  loadFailed: 'The notifications could not be loaded.',
  markFailed: 'The last change could not be saved.',

  newNotifications: 'New notifications',
  dismiss: (title) => `Dismiss: ${title}`,
  announce: (titles) => many(titles.length, 'New notification: ', '# new notifications: ') + titles.join(', '),
  urgent: (title, body) => `Urgent: ${title}. ${body}`,

  preferencesTitle: 'Notification preferences',
  preferencesFailed: 'Your preferences could not be loaded.',
};

function counted(count: number, of: 'unseen' | 'unread'): string {
  const words = of === 'unread' ? '# unread' : '# new';
  return many(count, words, words);
}
