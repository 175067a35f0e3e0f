import type { KeyboardEvent } from 'react';

/**
 * The keys of an ARIA feed: Page Down and Page Up go from article to article, Ctrl+End and Ctrl+Home leave it for
 * what comes after and before.
 */
export function onFeedKey(event: KeyboardEvent<HTMLElement>): void {
  const feed = event.currentTarget;
  const articles = articlesOf(feed);
  const at = articles.findIndex((article) => article.contains(event.target as Node));
  let goal: HTMLElement | null | undefined;
  if (event.key === 'PageDown') goal = articles[Math.min(at + 1, articles.length - 1)];
  else if (event.key === 'PageUp') goal = articles[Math.max(at - 1, 0)];
  else if (event.ctrlKey && (event.key === 'End' || event.key === 'Home')) goal = beside(feed, event.key === 'End');
  if (!goal) return;
  event.preventDefault();
  goal.focus();
}

function articlesOf(feed: Element): HTMLElement[] {
  return [...feed.querySelectorAll<HTMLElement>('[data-item-id]')];
}

function beside(feed: HTMLElement, after: boolean): HTMLElement | undefined {
  const side = after ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING;
  const around = feed.closest('.tidings') ?? document.body;
  const stops = [...around.querySelectorAll<HTMLElement>('button:not(:disabled), a[href]')].filter(
    // What is not shown, as in a closed menu, has no place on screen.
    (stop) =>
      !feed.contains(stop) &&
      feed.compareDocumentPosition(stop) & side &&
      stop.tabIndex >= 0 &&
      stop.getClientRects().length > 0,
  );
  return after ? stops[0] : stops.at(-1);
}

/**
 * To be called before a row may leave the list: gives the function that, called afterwards, puts a focus that was lost with
 * the row on its neighbour, or on the list when that was the last.
 */
export function focusKeeper(within: Element | null): () => void {
  const article = within?.closest('[data-item-id]');
  const list = article?.closest<HTMLElement>('.td-list');
  const articles = list ? articlesOf(list) : [];
  const at = articles.findIndex((one) => one === article);
  const nearest = [...articles.slice(at + 1), ...articles.slice(0, Math.max(0, at)).reverse()];
  return () => {
    if (article && !article.isConnected) (nearest.find((one) => one.isConnected) ?? list)?.focus();
  };
}
