/** Every word that the widget shows or speaks; a host replaces any of them. */
export interface Labels {
  readonly notifications: string;
  /** Name of the bell. */
  readonly bell: (unread: number) => string;
  readonly markAllRead: string;
  readonly markRead: string;
  readonly markUnread: string;
  readonly archive: string;
  readonly unread: string;
  readonly loadMore: string;
  readonly loading: string;
  readonly emptyTitle: string;
  readonly emptyText: string;
  readonly offline: string;
  readonly loadFailed: string;
  readonly markFailed: string;
  readonly retry: string;
  readonly close: string;
  readonly dismiss: string;
  readonly newNotifications: string;
  /** Spoken when toasts come up; `titles` holds at least one. */
  readonly announce: (titles: readonly string[]) => string;
}

/** The English words. */
export const english: Labels = {
  notifications: 'Notifications',
  bell: (unread) => (unread === 0 ? 'Notifications' : `Notifications, ${unread} unread`),
  markAllRead: 'Mark all read',
  markRead: 'Mark as read',
  markUnread: 'Mark as unread',
  archive: 'Archive',
  unread: 'Unread',
  loadMore: 'Load more',
  loading: 'Loading…',
  emptyTitle: 'You’re all caught up',
  emptyText: 'New notifications will appear here.',
  offline: 'You are offline. New notifications appear when the connection is back.',
  loadFailed: 'The notifications could not be loaded.',
  markFailed: 'The last change could not be saved.',
  retry: 'Try again',
  close: 'Close',
  dismiss: 'Dismiss',
  newNotifications: 'New notifications',
  announce: (titles) =>
    titles.length === 1 ? `New notification: ${titles[0]}` : `${titles.length} new notifications: ${titles.join(', ')}`,
};
