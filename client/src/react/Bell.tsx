import type { ReactNode } from 'react';
import { Icon } from './Icon.tsx';
import { useInbox, useInboxContext } from './use-inbox.tsx';

/** The button that opens the Inbox. Its name says the count; the figure on it stops at `max` ("99+"). */
export function Bell({ max = 99 }: { readonly max?: number }): ReactNode {
  const { labels, panelId, open, bell } = useInboxContext();
  const { unread } = useInbox().counts;
  return (
    // The browser's own invoker: it alone knows that the press which closes the popover must not open it again.
    <button
      ref={bell}
      type="button"
      className="tidings td-bell"
      popoverTarget={panelId}
      aria-label={labels.bell(unread)}
      aria-haspopup="dialog"
      aria-expanded={open}
      aria-controls={panelId}
    >
      <Icon name="bell" />
      {unread > 0 && (
        <span className="td-badge" aria-hidden="true">
          {unread > max ? `${max}+` : unread}
        </span>
      )}
    </button>
  );
}
