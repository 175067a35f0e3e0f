import type { KeyboardEvent } from 'react';

/**
 * The keys of an ARIA feed: Page Down and Page Up go from article to article, Ctrl+End and Ctrl+Home leave it for
 * what comes after and before.
 */
export function onFeedKey(event: KeyboardEvent<HTMLElement>): void {
  const feed = event.currentTarget;
  const articles = [...feed.querySelectorAll<HTMLElement>('[data-item-id]')];
  const at = articles.findIndex((article) => article.contains(document.activeElement));
  let goal: HTMLElement | null | undefined;
  if (event.key === 'PageDown') goal = articles[Math.min(at + 1, articles.length - 1)];
  else if (event.key === 'PageUp') goal = articles[Math.max(at - 1, 0)];
  else if (event.ctrlKey && (event.key === 'End' || event.key === 'Home')) goal = beside(feed, event.key === 'End');
  if (!goal) return;
  event.preventDefault();
  goal.focus();
}

function beside(feed: HTMLElement, after: boolean): HTMLElement | undefined {
  const dialog = feed.closest('[role=dialog]');
  if (!dialog) return undefined;
  const side = after ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING;
  const stops = [...dialog.querySelectorAll<HTMLElement>('button:not(:disabled), a[href]')].filter(
    (stop) => !feed.contains(stop) && (feed.compareDocumentPosition(stop) & side) !== 0,
  );
  return after ? stops[0] : stops.at(-1);
}
