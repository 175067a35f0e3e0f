import type { InboxFilter } from '../core/operations.ts';
import type { Labels } from './labels.ts';

/** One tab: a list of its own. */
export interface InboxTab {
  /** Distinct; also names the words for an empty list. */
  readonly key: string;
  readonly label: string;
  readonly filter: InboxFilter;
  /** The figure beside the label; `unread` by default, none where the list is archived or snoozed. */
  readonly count?: 'unread' | 'unseen' | false;
}

/** The tabs of an inbox whose host names none. */
export function defaultTabs({ tabs }: Pick<Labels, 'tabs'>): readonly InboxTab[] {
  return [
    { key: 'all', label: tabs.all, filter: {}, count: false },
    { key: 'unread', label: tabs.unread, filter: { unreadOnly: true } },
    { key: 'snoozed', label: tabs.snoozed, filter: { snoozed: true } },
    { key: 'archived', label: tabs.archived, filter: { archived: true } },
  ];
}
