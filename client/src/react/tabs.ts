import { useCounts, useInbox } from './hooks.ts';
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
export function defaultTabs({ tabs }: Labels): readonly InboxTab[] {
  return [
    { key: 'all', label: tabs.all, filter: {}, count: false },
    { key: 'unread', label: tabs.unread, filter: { unreadOnly: true } },
    { key: 'snoozed', label: tabs.snoozed, filter: { snoozed: true } },
    { key: 'archived', label: tabs.archived, filter: { archived: true } },
  ];
}

/** The figure of each tab, 0 where there is none to show. The whole inbox is known; only its parts are asked of the server. */
export function useTabCounts(tabs: readonly InboxTab[]): readonly number[] {
  const { counts } = useInbox();
  const asked = tabs.filter((tab) => kindOf(tab) && !isWhole(tab.filter));
  const answers = useCounts(asked.map((tab) => tab.filter));
  return tabs.map((tab) => {
    const kind = kindOf(tab);
    const known = isWhole(tab.filter) ? counts : answers[asked.indexOf(tab)];
    return (kind && known?.[kind]) || 0;
  });
}

function kindOf({ count = 'unread', filter }: InboxTab): 'unread' | 'unseen' | false {
  return !filter.archived && !filter.snoozed && count;
}

function isWhole({ unreadOnly: _either, ...filter }: InboxFilter): boolean {
  return JSON.stringify(filter) === '{}';
}
