import { useId, useState, type ReactNode } from 'react';
import type { InboxFilter, InboxMark } from '../core/operations.ts';
import { useInbox, useNotifications } from './hooks.ts';
import { Command, Menu } from './Menu.tsx';
import { Tool } from './parts.tsx';
import { useView } from './provider.tsx';
import { useInboxClient } from './session.tsx';
import { invokes } from './use-popover.ts';
import * as icons from './more-icons.ts';

/** What is done to a whole list at once, up to the version that this person has seen. */
export function ListButtons({ filter }: { readonly filter: InboxFilter }): ReactNode {
  const { labels } = useView();
  const client = useInboxClient();
  const { counts } = useInbox();
  const { items } = useNotifications(filter);
  const menuId = useId();
  const [opener, setOpener] = useState<HTMLElement | null>(null);
  const [open, setOpen] = useState(false);
  const { category, tags } = filter;
  // What such a mark cannot name, like a part by its data, is marked as far as it is loaded.
  const named = !filter.data && filter.groupKey === undefined && !filter.pinned;
  const all = (mark: InboxMark, readOnly = false): void => {
    const ids = items.filter((item) => !readOnly || item.readAt).map((item) => item.id);
    void (named
      ? client.markAll(mark, { ...(category && { category }), ...(tags && { tags }), ...(readOnly && { readOnly }) })
      : client.mark(ids, mark));
  };
  if (filter.archived || filter.snoozed) return null;
  const nothingUnread = counts.unread === 0;
  return (
    <>
      <Tool
        icon={icons.checks}
        label={labels.markAllRead}
        // Not `disabled`: that would drop the focus of whoever has just pressed it.
        aria-disabled={nothingUnread}
        onClick={() => nothingUnread || all('READ')}
      />
      {!filter.unreadOnly && (
        <>
          <Tool
            icon={icons.more}
            label={labels.listActions}
            {...invokes(menuId)}
            aria-haspopup="menu"
            aria-expanded={open}
            onClick={(event) => setOpener(event.currentTarget)}
          />
          <Menu id={menuId} name={labels.listActions} opener={opener} onToggle={setOpen}>
            <Command icon={icons.archive} label={labels.archiveRead} onChoose={() => all('ARCHIVED', true)} />
            <Command icon={icons.archive} label={labels.archiveAll} onChoose={() => all('ARCHIVED')} />
          </Menu>
        </>
      )}
    </>
  );
}
