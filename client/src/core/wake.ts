/**
 * Calls `listener` when the page has reason to look around again: the network is back, or the tab is visible.
 * Without a document (a server; React Native, which has a `window` all the same) it never calls. Returns the function that stops it.
 */
export function onWake(listener: () => void): () => void {
  if (typeof document === 'undefined') return () => {};
  const whenVisible = (): void => {
    if (document.visibilityState === 'visible') listener();
  };
  window.addEventListener('online', listener);
  document.addEventListener('visibilitychange', whenVisible);
  return () => {
    window.removeEventListener('online', listener);
    document.removeEventListener('visibilitychange', whenVisible);
  };
}
