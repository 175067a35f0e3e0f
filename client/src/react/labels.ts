import type { Cadence, Level } from '../core/preferences-operations.ts';

/** A heading and what stands below it. */
export interface LabelPair {
  readonly title: string;
  readonly text: string;
}

/** Every word that the widget shows or speaks; a host replaces any of them. */
export interface Labels {
  /** BCP 47 tag of the language that the words are in. */
  readonly language: string;
  readonly notifications: string;
  /** Name of the bell; `count` may be 0. */
  readonly bell: (count: number, of: 'unseen' | 'unread') => string;
  readonly close: string;
  readonly back: string;
  readonly cancel: string;
  readonly retry: string;
  readonly loading: string;
  readonly loadMore: string;
  readonly tabs: { readonly all: string; readonly unread: string; readonly snoozed: string; readonly archived: string };
  /** Spoken after the name of a tab; `count` is at least 1. */
  readonly tabCount: (count: number, of: 'unseen' | 'unread') => string;
  /** By key of the tab; `all` for tabs without words of their own. */
  readonly empty: { readonly all: LabelPair } & Readonly<Record<string, LabelPair>>;

  /** Name of the menu for the whole list. */
  readonly listActions: string;
  readonly markAllRead: string;
  readonly archiveRead: string;
  readonly archiveAll: string;

  /** Name of an item's menu. */
  readonly itemActions: (title: string) => string;
  readonly unread: string;
  readonly pinned: string;
  readonly markRead: string;
  readonly markUnread: string;
  readonly pin: string;
  readonly unpin: string;
  readonly archive: string;
  readonly unarchive: string;
  readonly snooze: string;
  readonly unsnooze: string;
  readonly laterToday: string;
  readonly tomorrow: string;
  readonly nextWeek: string;
  readonly pickTime: string;
  /** Label of the field for a date and a time. */
  readonly snoozeUntil: string;
  /** `when` is a date and a time in words. */
  readonly snoozedUntil: (when: string) => string;
  readonly remove: string;
  readonly removeQuestion: (count: number) => string;
  /** A line for several items: the title of the newest and how many there are besides, at least 1. */
  readonly group: (title: string, others: number) => string;

  readonly offline: string;
  /** Changes that wait for the connection, at least 1. */
  readonly queued: (count: number) => string;
  readonly loadFailed: string;
  readonly markFailed: string;

  readonly newNotifications: string;
  readonly dismiss: (title: string) => string;
  /** Spoken when toasts come up; `titles` holds at least one. */
  readonly announce: (titles: readonly string[]) => string;
  /** Spoken at once for an urgent one. */
  readonly urgent: (title: string, body: string) => string;

  readonly preferencesTitle: string;
  readonly preferencesFailed: string;
  readonly preferences: PreferenceLabels;
}

/** The words of the preferences panel. */
export interface PreferenceLabels {
  /** Heading of categories that are in no section. */
  readonly others: string;
  readonly saveFailed: string;
  readonly saved: string;
  /** What is the matter with a row whose switches are not all free. */
  readonly security: string;
  readonly mandatory: string;
  readonly fixed: string;
  readonly needsConsent: string;
  readonly level: string;
  readonly levels: Readonly<Record<Level, LabelPair>>;
  readonly howOften: string;
  readonly cadences: Readonly<Record<Cadence, string>>;
  /** By the API's name; a channel that is not here is called by that name. */
  readonly channelNames: Readonly<Record<string, string>>;
  readonly channels: string;
  readonly channelsMean: string;
  readonly quiet: string;
  readonly quietMeans: string;
  readonly from: string;
  readonly to: string;
  readonly days: string;
  readonly pause: string;
  readonly pauseUntil: string;
  readonly pauseMeans: string;
  readonly pausedUntil: (when: string) => string;
  readonly resume: string;
}
