import { useCounts, useInbox } from './hooks.ts';
import type { InboxFilter } from '../core/operations.ts';
import type { InboxTab } from './tabs.ts';

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
