import { useEffect, type RefObject } from 'react';
import type { InboxItem } from '../core/operations.ts';
import type { InboxClient } from '../core/store.ts';

/** Marks items SEEN once at least half of them is visible in the list. Only what a person can see is seen. */
export function useSeen(list: RefObject<HTMLElement | null>, items: readonly InboxItem[], client: InboxClient): void {
  useEffect(() => {
    const root = list.current;
    const unseen = new Set(items.filter((item) => !item.seenAt).map((item) => item.id));
    if (!root || unseen.size === 0) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          const id = (target as HTMLElement).dataset['itemId'];
          if (isIntersecting && id !== undefined && document.visibilityState === 'visible') client.seen(id);
        }
      },
      { root, threshold: 0.5 },
    );
    for (const element of root.querySelectorAll<HTMLElement>('[data-item-id]')) {
      if (unseen.has(element.dataset['itemId'] ?? '')) observer.observe(element);
    }
    return () => observer.disconnect();
  }, [list, items, client]);
}
