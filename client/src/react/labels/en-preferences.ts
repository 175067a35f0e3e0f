import type { PreferenceLabels } from '../labels.ts';

/** The English words of the preferences. */
export const preferences: PreferenceLabels = {
  others: 'Notifications',
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
};
