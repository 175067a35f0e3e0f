import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { ConnectionStatus } from '../core/event-stream.ts';
import type { CountsHandle, InboxList, InboxSnapshot, ListSnapshot } from '../core/handles.ts';
import type { PreferencesHandle, PreferencesSnapshot, Watchable } from '../core/handles.ts';
import type { InboxCounts, InboxFilter, InboxItem } from '../core/operations.ts';
import { countsOf } from '../core/part-counts.ts';
import { preferencesOf } from '../core/preferences.ts';
import { emptyInbox, emptyList } from '../core/view.ts';
import { useInboxClient } from './session.tsx';

// What a server renders, and a browser at first: the browser's cache must not make the two differ.
const noPreferences: PreferencesSnapshot = { value: null, loading: false, saving: false, problem: null };
const noCounts: readonly (InboxCounts | null)[] = [];
const nothingToCount: CountsHandle = { subscribe: () => () => {}, getSnapshot: () => noCounts };
const everything: InboxFilter = {};

function useWatch<Snapshot>(watchable: Watchable<Snapshot>, atFirst: Snapshot): Snapshot {
  return useSyncExternalStore(watchable.subscribe, watchable.getSnapshot, () => atFirst);
}

/** Counts of the whole inbox, toasts, connection, what went wrong last. */
export function useInbox(): InboxSnapshot {
  return useWatch(useInboxClient(), emptyInbox);
}

/** One list of the inbox and what can be done with it. */
export interface Notifications extends ListSnapshot, Pick<InboxList, 'loadMore' | 'reload'> {}

/** The items of a filter, kept right by every event; without one, everything that is neither archived nor put off. */
export function useNotifications(filter: InboxFilter = everything): Notifications {
  const list = useInboxClient().list(filter);
  const snapshot = useWatch(list, emptyList);
  return useMemo(
    () => ({ ...snapshot, loadMore: () => list.loadMore(), reload: () => list.reload() }),
    [list, snapshot],
  );
}

/** Exact counts of parts of the inbox, in the order of the filters; null until they are known. */
export function useCounts(filters: readonly InboxFilter[]): readonly (InboxCounts | null)[] {
  const client = useInboxClient();
  const key = JSON.stringify(filters);
  // The key says all that the filters say, and does not change with every render.
  // oxlint-disable-next-line react/exhaustive-deps
  const handle = useMemo(() => (filters.length > 0 ? countsOf(client, filters) : nothingToCount), [client, key]);
  return useWatch(handle, noCounts);
}

/** How much of the whole inbox is unseen and unread. */
export function useUnread(): InboxCounts {
  return useInbox().counts;
}

/** How the connection is. */
export function useConnection(): ConnectionStatus {
  return useInbox().status;
}

/**
 * What waits for a toast or has one, oldest first; `client.toastShown` and `client.closeToast` go with it. Only for what
 * shows them: this tab may be the one that is given the next as long as somebody asks.
 */
export function useToasts(): readonly InboxItem[] {
  const client = useInboxClient();
  useEffect(() => client.showsToasts(), [client]);
  return useInbox().toasts;
}

/** What the person wants, and how to change it. */
export function usePreferences(): PreferencesSnapshot & Pick<PreferencesHandle, 'update' | 'reload'> {
  const handle = preferencesOf(useInboxClient());
  const snapshot = useWatch(handle, noPreferences);
  return useMemo(
    () => ({ ...snapshot, update: (change) => handle.update(change), reload: () => handle.reload() }),
    [handle, snapshot],
  );
}

/** Calls back for every notification that comes in live, in every open tab. */
export function useNewNotification(callback: (item: InboxItem) => void): void {
  const client = useInboxClient();
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  useEffect(
    () =>
      client.on((event) => {
        if (event.type === 'notification') latest.current(event.item);
      }),
    [client],
  );
}
