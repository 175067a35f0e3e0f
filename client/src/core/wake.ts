/**
 * Calls `listener`, until `signal` aborts, when the page has reason to look around again: the network is back, or the
 * tab is visible. Without a document (a server; React Native, which has a `window` all the same) it never calls.
 */
export function onWake(listener: () => void, signal: AbortSignal): void {
  if (typeof document === 'undefined') return;
  const whenVisible = (): void => {
    if (document.visibilityState === 'visible') listener();
  };
  window.addEventListener('online', listener, { signal });
  document.addEventListener('visibilitychange', whenVisible, { signal });
}
