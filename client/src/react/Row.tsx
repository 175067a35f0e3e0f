import { memo, useId, useRef, type ReactNode } from 'react';
import type { InboxItem, InboxMark } from '../core/operations.ts';
import { focusKeeper } from './feed-keys.ts';
import type { Row as RowData } from './groups.ts';
import { Icon } from './Icon.tsx';
import { ItemActions, ItemBody, ItemMeta, ItemTitle } from './item-parts.tsx';
import { useView } from './provider.tsx';
import type { MenuTarget } from './RowMenu.tsx';
import { useInboxClient } from './session.tsx';
import { invokes } from './use-popover.ts';
import { useVisible } from './use-visible.ts';

interface RowProps {
  readonly row: RowData;
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
export const Row = memo(function Row({ row, position, total, now, level, open, ...menu }: RowProps): ReactNode {
  const { labels, slots } = useView();
  const client = useInboxClient();
  const id = useId();
  const article = useRef<HTMLElement>(null);
  const { item, group, member, key } = row;
  const items = group ?? [item];
  const unread = items.some((one) => !one.readAt);
  const unseen = items.filter((one) => !one.seenAt);
  useVisible(article, unseen.length > 0, () => unseen.forEach((one) => client.seen(one.id)), unseen.length);
  const mark = (what: InboxMark): void => {
    const keepFocus = focusKeeper(article.current);
    void client.mark(
      items.map((one) => one.id),
      what,
    );
    requestAnimationFrame(keepFocus);
  };
  const title = group ? labels.group(item.title, group.length - 1) : item.title;
  const content = (
    <>
      {slots.Icon && <slots.Icon item={item} />}
      <div className="td-item-text">
        <ItemTitle
          item={item}
          id={`${id}t`}
          level={level}
          unread={unread}
          expand={group && { open, title, onToggle: () => menu.onOpen(key) }}
        />
        <ItemBody item={item} id={`${id}b`} />
        <ItemMeta item={item} now={now} />
        {!group && <ItemActions item={item} />}
      </div>
      <div className="td-item-tools">
        <Tool
          icon={unread ? 'check' : 'unread'}
          label={unread ? labels.markRead : labels.markUnread}
          about={`${id}t`}
          onPress={() => mark(unread ? 'READ' : 'UNREAD')}
        />
        {!items.every((one) => one.archivedAt) && (
          <Tool icon="archive" label={labels.archive} about={`${id}t`} onPress={() => mark('ARCHIVED')} />
        )}
        <button
          type="button"
          className="td-tool"
          {...invokes(menu.menuId)}
          aria-haspopup="menu"
          aria-expanded={menu.menuOpen}
          aria-label={labels.itemActions(title)}
          onClick={(event) => menu.onMenu({ items, opener: event.currentTarget })}
        >
          <Icon name="more" />
        </button>
      </div>
    </>
  );
  return (
    <article
      ref={article}
      className="td-item"
      data-item-id={item.id}
      data-unread={unread || undefined}
      data-pinned={Boolean(item.pinnedAt) || undefined}
      data-group={Boolean(group) || undefined}
      data-member={member}
      tabIndex={-1}
      aria-labelledby={`${id}t`}
      aria-describedby={`${id}b`}
      aria-posinset={position}
      aria-setsize={total}
    >
      {slots.Item ? (
        <slots.Item item={item} group={group}>
          {content}
        </slots.Item>
      ) : (
        content
      )}
    </article>
  );
}, isSame);

/** Rows are made anew with every change of the list; most of them say what they said before. */
function isSame({ row: a, ...before }: RowProps, { row: b, ...after }: RowProps): boolean {
  const rest = Object.keys(after) as (keyof typeof after)[];
  return (
    rest.every((key) => before[key] === after[key]) &&
    a.key === b.key &&
    a.item === b.item &&
    a.group?.length === b.group?.length &&
    (a.group ?? []).every((item: InboxItem, index) => item === b.group?.[index])
  );
}

interface ToolProps {
  readonly icon: 'check' | 'unread' | 'archive';
  readonly label: string;
  readonly about: string;
  readonly onPress: () => void;
}

/** A shortcut to what the menu also offers. */
function Tool({ icon, label, about, onPress }: ToolProps): ReactNode {
  return (
    <button
      type="button"
      className="td-tool"
      data-quick
      title={label}
      aria-label={label}
      aria-describedby={about}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  );
}
