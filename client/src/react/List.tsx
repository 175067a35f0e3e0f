import { useCallback, useEffect, useId, useRef, useState, type ReactNode } from 'react';
import type * as Virtua from 'virtua';
import type { InboxFilter } from '../core/operations.ts';
import { onFeedKey } from './feed-keys.ts';
import { Skeleton } from './Frame.tsx';
import { rowsOf } from './groups.ts';
import { useInbox, useNotifications, type Notifications } from './hooks.ts';
import { Icon } from './Icon.tsx';
import { Failure, Slot } from './parts.tsx';
import { useView } from './provider.tsx';
import { Row } from './Row.tsx';
import { RowMenu, type MenuTarget } from './RowMenu.tsx';
import { useVisible } from './use-visible.ts';
import * as icons from './more-icons.ts';

interface ListProps {
  readonly filter: InboxFilter | undefined;
  /** Key of the tab: which words an empty list has. */
  readonly tab: string;
  /** Level of the rows' headings. */
  readonly level: number;
  /** The page scrolls, and not the list. */
  readonly inPage: boolean;
}

/** From here on only the rows in sight are in the page; the code for it comes when it is needed. */
const longList = 200;

/** The items of one filter in every state that a list can have. */
export function List({ filter, tab, level, inPage }: ListProps): ReactNode {
  const { labels } = useView();
  const list = useNotifications(filter);
  const { items, loading, hasMore } = list;
  const now = useMinute();
  const menuId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [menu, setMenu] = useState<MenuTarget | null>(null);
  const [focused, setFocused] = useState(-1);
  const onOpen = useCallback((key: string) => {
    setOpened((before) => new Set(before.has(key) ? [...before].filter((one) => one !== key) : [...before, key]));
  }, []);

  const rows = rowsOf(items, opened);
  const articles = rows.map((row, index) => (
    <Row
      {...row}
      key={row.key}
      rowKey={row.key}
      position={index + 1}
      total={hasMore ? -1 : rows.length}
      now={now}
      level={level}
      open={opened.has(row.key)}
      menuId={menuId}
      menuOpen={menu?.items[0]?.id === row.item.id && menu.items.length > 1 === Boolean(row.group)}
      onOpen={onOpen}
      onMenu={setMenu}
    />
  ));
  const virtua = useVirtua(rows.length > longList);
  return (
    // With nothing in it to be focused, a list that may scroll must be reached itself.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="td-list" data-in-page={inPage || undefined} ref={scroller} tabIndex={items.length > 0 ? -1 : 0}>
      <div
        {...(rows.length > 0 && { role: 'feed', 'aria-label': labels.notifications, 'aria-busy': loading })}
        onKeyDown={onFeedKey}
        onFocus={(event) => setFocused(placeOf(event.target))}
      >
        {!virtua ? (
          articles
        ) : inPage ? (
          <virtua.WindowVirtualizer>{articles}</virtua.WindowVirtualizer>
        ) : (
          // What has the focus stays in the page, however far it is scrolled away.
          <virtua.Virtualizer scrollRef={scroller} keepMounted={focused < 0 ? [] : [focused]}>
            {articles}
          </virtua.Virtualizer>
        )}
      </div>
      <End list={list} tab={tab} />
      <RowMenu id={menuId} target={menu} onClose={() => setMenu(null)} />
    </div>
  );
}

/** What comes after the last row: more of them, nothing, or what went wrong. */
function End({ list, tab }: { readonly list: Notifications; readonly tab: string }): ReactNode {
  const { labels } = useView();
  const { status } = useInbox();
  const { items, loaded, loading, hasMore, failed } = list;
  const sentinel = useRef<HTMLSpanElement>(null);
  useVisible(sentinel, hasMore && !loading && !failed, () => void list.loadMore(), items.length, 0);
  if (failed) {
    return <Failure text={labels.loadFailed} onRetry={items.length > 0 && hasMore ? list.loadMore : list.reload} />;
  }
  if (hasMore) {
    return (
      <div className="td-end">
        <span ref={sentinel} className="td-sentinel" />
        <button type="button" className="td-link" aria-disabled={loading} onClick={() => void list.loadMore()}>
          {loading ? labels.loading : labels.loadMore}
        </button>
      </div>
    );
  }
  if (items.length > 0) return null;
  if (loaded) return <Empty tab={tab} />;
  return status === 'offline' && !loading ? null : <Skeleton />;
}

function Empty({ tab }: { readonly tab: string }): ReactNode {
  const { labels } = useView();
  const { title, text } = labels.empty[tab] ?? labels.empty.all;
  return (
    <Slot of="Empty" tab={tab}>
      <div className="td-empty">
        <Icon of={tab === 'archived' ? icons.archive : tab === 'snoozed' ? icons.clock : icons.bell} />
        <p className="td-empty-title">{title}</p>
        <p>{text}</p>
      </div>
    </Slot>
  );
}

function placeOf(element: Element): number {
  return Number(element.closest('[data-item-id]')?.getAttribute('aria-posinset') ?? 0) - 1;
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

/** The code for long lists, once it is wanted and there; a list does without it if it cannot be had. */
function useVirtua(wanted: boolean): typeof Virtua | null {
  const [code, setCode] = useState<typeof Virtua | null>(null);
  useEffect(() => {
    if (wanted) import('virtua').then(setCode, () => {});
  }, [wanted]);
  return code;
}
