import { memo, useId, useRef, type ReactNode } from 'react';
import type { InboxMark } from '../core/operations.ts';
import { focusKeeper } from './feed-keys.ts';
import type { Row as RowData } from './groups.ts';
import { Icon } from './Icon.tsx';
import type { Drawing } from './icons.ts';
import { ItemMeta } from './ItemMeta.tsx';
import { ItemActions, ItemBody, ItemTitle } from './item-parts.tsx';
import { Slot, Tool } from './parts.tsx';
import { useView } from './provider.tsx';
import type { MenuTarget } from './RowMenu.tsx';
import { useInboxClient } from './session.tsx';
import { invokes } from './use-popover.ts';
import { useVisible } from './use-visible.ts';
import * as icons from './more-icons.ts';

interface RowProps extends Omit<RowData, 'key'> {
  readonly rowKey: string;
  /** Place in the list, from 1, and the length of the whole list, -1 while unknown. */
  readonly position: number;
  readonly total: number;
  /** Milliseconds since the epoch; the age is told against it. */
  readonly now: number;
  /** Level of its heading. */
  readonly level: number;
  readonly open: boolean;
  readonly menuId: string;
  readonly menuOpen: boolean;
  readonly onOpen: (key: string) => void;
  readonly onMenu: (target: MenuTarget) => void;
}

/** One notification, or one group of them, as an article of the feed. */
export const Row = memo(function Row({ item, group, member, rowKey, ...rest }: RowProps): ReactNode {
  const { labels } = useView();
  const client = useInboxClient();
  const id = useId();
  const article = useRef<HTMLElement>(null);
  const items = group ?? [item];
  const unread = items.some((one) => !one.readAt);
  const unseen = items.filter((one) => !one.seenAt);
  useVisible(article, unseen.length > 0, () => unseen.forEach((one) => client.seen(one.id)), unseen.length);
  const title = group ? labels.group(item.title, group.length - 1) : item.title;
  const shortcut = (icon: Drawing, label: string, mark: InboxMark): ReactNode => (
    <Tool
      icon={icon}
      label={label}
      data-quick
      aria-describedby={`${id}t`}
      onClick={() => {
        requestAnimationFrame(focusKeeper(article.current));
        void client.mark(
          items.map((one) => one.id),
          mark,
        );
      }}
    />
  );
  return (
    <article
      ref={article}
      className="td-item"
      data-item-id={item.id}
      data-unread={unread || undefined}
      data-member={member}
      tabIndex={-1}
      aria-labelledby={`${id}t`}
      aria-describedby={`${id}b`}
      aria-posinset={rest.position}
      aria-setsize={rest.total}
    >
      <Slot of="Item" item={item} group={group}>
        <Slot of="Icon" item={item} />
        <div className="td-item-text">
          <ItemTitle item={item} id={`${id}t`} level={rest.level} unread={unread}>
            {group && (
              <button type="button" className="td-open" aria-expanded={rest.open} onClick={() => rest.onOpen(rowKey)}>
                <bdi>{title}</bdi>
                <Icon of={icons.down} />
              </button>
            )}
          </ItemTitle>
          <ItemBody item={item} id={`${id}b`} />
          <ItemMeta item={item} now={rest.now} />
          {!group && <ItemActions item={item} />}
        </div>
        <div className="td-item-tools">
          {unread
            ? shortcut(icons.check, labels.markRead, 'READ')
            : shortcut(icons.unread, labels.markUnread, 'UNREAD')}
          {!item.archivedAt && shortcut(icons.archive, labels.archive, 'ARCHIVED')}
          <Tool
            icon={icons.more}
            label={labels.itemActions(title)}
            {...invokes(rest.menuId)}
            aria-haspopup="menu"
            aria-expanded={rest.menuOpen}
            onClick={(event) => rest.onMenu({ items, opener: event.currentTarget })}
          />
        </div>
      </Slot>
    </article>
  );
});
