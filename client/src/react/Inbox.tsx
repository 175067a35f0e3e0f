import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Boundary } from './Boundary.tsx';
import { Icon } from './Icon.tsx';
import { InboxItem } from './InboxItem.tsx';
import { onFeedKey } from './feed-keys.ts';
import { useInbox, useInboxContext } from './use-inbox.tsx';
import { usePopover } from './use-popover.ts';
import { useSeen } from './use-seen.ts';

/** The list, in a popover that the Bell opens. Not modal: the page behind it stays usable. */
export function Inbox(): ReactNode {
  const { labels, panelId, bell, open, setOpen } = useInboxContext();
  const panel = useRef<HTMLDivElement>(null);
  usePopover(panel, bell, setOpen);
  return (
    <div
      ref={panel}
      id={panelId}
      popover="auto"
      className="tidings td-panel"
      role="dialog"
      aria-label={labels.notifications}
      tabIndex={-1}
    >
      <Boundary>{open && <Panel />}</Boundary>
    </div>
  );
}

function Panel(): ReactNode {
  const { client, labels, panelId } = useInboxContext();
  const { counts, hasMore, items, loading } = useInbox();
  const list = useRef<HTMLDivElement>(null);
  const now = useMinute();
  useSeen(list, items, client);
  return (
    <>
      <div className="td-head">
        <h2 className="td-heading">{labels.notifications}</h2>
        <button
          type="button"
          className="td-text-button"
          // Not `disabled`: that would drop the focus of whoever has just pressed it.
          aria-disabled={counts.unread === 0}
          onClick={() => counts.unread > 0 && void client.markAll('READ')}
        >
          {labels.markAllRead}
        </button>
        <button
          type="button"
          className="td-action"
          aria-label={labels.close}
          title={labels.close}
          popoverTarget={panelId}
          popoverTargetAction="hide"
        >
          <Icon name="close" />
        </button>
      </div>
      <Notice />
      <div className="td-scroll" ref={list}>
        <div role="feed" aria-label={labels.notifications} aria-busy={loading} onKeyDown={onFeedKey}>
          {items.map((item, index) => (
            <InboxItem key={item.id} item={item} position={index + 1} total={hasMore ? -1 : items.length} now={now} />
          ))}
        </div>
        {items.length === 0 && <Empty />}
        {hasMore && (
          <button
            type="button"
            className="td-more"
            aria-disabled={loading}
            onClick={() => void client.list().loadMore()}
          >
            {loading ? labels.loading : labels.loadMore}
          </button>
        )}
      </div>
    </>
  );
}

/** One sentence about what is wrong, if anything is. In the page from the start, so that a change of it is spoken. */
function Notice(): ReactNode {
  const { client, connect, labels } = useInboxContext();
  const { problem, status } = useInbox();
  const offline = status === 'offline';
  const failed = problem === 'MARK' ? labels.markFailed : labels.loadFailed;
  return (
    <div className="td-notice" role="status">
      {(offline || problem) && (
        <>
          <Icon name={offline ? 'offline' : 'warning'} />
          <p>{offline ? labels.offline : failed}</p>
          {connect && (offline || problem === 'LOAD') && (
            <button type="button" className="td-text-button" onClick={() => client.retry()}>
              {labels.retry}
            </button>
          )}
        </>
      )}
    </div>
  );
}

function Empty(): ReactNode {
  const { labels } = useInboxContext();
  const { loaded, problem, status } = useInbox();
  if (!loaded) return problem || status === 'offline' ? null : <p className="td-empty">{labels.loading}</p>;
  return (
    <div className="td-empty">
      <Icon name="bell" />
      <p className="td-empty-title">{labels.emptyTitle}</p>
      <p>{labels.emptyText}</p>
    </div>
  );
}

/** The time in milliseconds, told anew every half minute, so that ages do not stand still in an open list. */
function useMinute(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
