import type { Labels } from '../labels.ts';
import { plural } from './plural.ts';

const many = (count: number, one: string, other: string): string => plural('en', count, { one, other });

/** The English words. */
export const english: Labels = {
  language: 'en',
  notifications: 'Notifications',
  bell: (count, of) => `Notifications${count > 0 ? many(count, `, # ${word[of]}`, `, # ${word[of]}`) : ''}`,
  close: 'Close',
  back: 'Back',
  cancel: 'Cancel',
  retry: 'Try again',
  loading: 'Loading…',
  loadMore: 'Load more',
  tabs: { all: 'All', unread: 'Unread', snoozed: 'Snoozed', archived: 'Archived' },
  tabCount: (count, of) => many(count, `# ${word[of]}`, `# ${word[of]}`),
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
  expand: (count) => many(count, 'Show # notification', 'Show all #'),
  collapse: 'Show less',

  offline: 'You are offline. New notifications appear when the connection is back.',
  queued: (count) => many(count, '# change waits for the connection.', '# changes wait for the connection.'),
  loadFailed: 'The notifications could not be loaded.',
  markFailed: 'The last change could not be saved.',

  newNotifications: 'New notifications',
  dismiss: (title) => `Dismiss: ${title}`,
  announce: (titles) => many(titles.length, 'New notification: ', '# new notifications: ') + titles.join(', '),
  urgent: (title, body) => `Urgent: ${title}. ${body}`,

  preferences: {
    title: 'Notification preferences',
    others: 'Notifications',
    loadFailed: 'Your preferences could not be loaded.',
    saveFailed: 'The last choice could not be saved and is taken back.',
    saved: 'Saved',
    security: 'Always on: it is about the security of your account.',
    mandatory: 'Always on: it is necessary.',
    fixed: 'This cannot be changed here.',
    needsConsent: 'This is advertising: it needs your agreement, which cannot be given here.',
    level: 'How much do you want?',
    levels: {
      EVERYTHING: { title: 'Everything', text: 'As you choose it below.' },
      DIGESTS: { title: 'Digests', text: 'Everything, gathered: once a day, unless you choose otherwise below.' },
      TRANSACTIONAL: {
        title: 'Only what concerns you',
        text: 'Orders, bookings, your account. No news and no advertising.',
      },
      CRITICAL: { title: 'Only what is critical', text: 'Security, and what cannot wait.' },
    },
    howOften: 'How often',
    cadences: { INSTANT: 'At once', HOURLY: 'Every hour', DAILY: 'Once a day', WEEKLY: 'Once a week' },
    channelNames: { INBOX: 'In the app', EMAIL: 'E-mail', WEB_PUSH: 'Browser', MOBILE_PUSH: 'Mobile app' },
    channels: 'Channels',
    channelsMean: 'Nothing comes by a channel that is off here. Only what is always on does.',
    quiet: 'Quiet hours',
    quietMeans: 'Meanwhile things wait, unless they are urgent.',
    from: 'From',
    to: 'To',
    days: 'Days',
    pause: 'Pause',
    pauseUntil: 'Pause until',
    pauseMeans: 'Everything rests until then, and goes on by itself.',
    pausedUntil: (when) => `Everything is paused until ${when}.`,
    resume: 'Resume',
  },
};

const word = { unseen: 'new', unread: 'unread' };
