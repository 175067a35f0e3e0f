import { useState, type ReactNode } from 'react';
import type { InboxItem, InboxMark } from '../core/operations.ts';
import { focusKeeper } from './feed-keys.ts';
import type { Drawing } from './icons.ts';
import { Command, Menu, useCloseMenu } from './Menu.tsx';
import { useView } from './provider.tsx';
import { useInboxClient } from './session.tsx';
import { snoozeTimes } from './snooze-times.ts';
import { WhenForm } from './WhenForm.tsx';
import * as icons from './more-icons.ts';

/** The row whose menu is open: its items, and the button that opened it. */
export interface MenuTarget {
  readonly items: readonly InboxItem[];
  readonly opener: HTMLElement;
}

interface RowMenuProps {
  readonly id: string;
  readonly target: MenuTarget | null;
  readonly onClose: () => void;
}

/** Of the menu; those that ask are no menus. */
const pages = { main: false, snooze: false, time: true, delete: true };
type Page = keyof typeof pages;

/** The one menu that all rows of a list share. What is chosen is done to all items of the row. */
export function RowMenu({ id, target, onClose }: RowMenuProps): ReactNode {
  const { labels } = useView();
  const [page, setPage] = useState<Page>('main');
  const asks = pages[page];
  return (
    <Menu
      id={id}
      name={asks ? labels[page === 'time' ? 'snooze' : 'remove'] : labels.itemActions(target?.items[0]?.title ?? '')}
      role={asks ? 'dialog' : 'menu'}
      page={page}
      opener={target?.opener}
      onToggle={(open) => {
        if (open) return;
        setPage('main');
        onClose();
      }}
    >
      {target && <Pages target={target} page={page} setPage={setPage} />}
    </Menu>
  );
}

interface PagesProps {
  readonly target: MenuTarget;
  readonly page: Page;
  readonly setPage: (page: Page) => void;
}

function Pages({ target: { items, opener }, page, setPage }: PagesProps): ReactNode {
  const { labels } = useView();
  const client = useInboxClient();
  const close = useCloseMenu();
  const mark = (what: InboxMark, until?: Date): void => {
    requestAnimationFrame(focusKeeper(opener));
    close();
    const ids = items.map((item) => item.id);
    void client.mark(ids, what, until && { until });
  };
  const back = (): void => setPage('main');
  if (page === 'time') {
    return (
      <div className="td-ask">
        <WhenForm label={labels.snoozeUntil} submit={labels.snooze} onChoose={(until) => mark('SNOOZED', until)}>
          <button type="button" className="td-button" onClick={back}>
            {labels.back}
          </button>
        </WhenForm>
      </div>
    );
  }
  if (page === 'delete') {
    return (
      <div className="td-ask">
        <p>{labels.removeQuestion(items.length)}</p>
        <div className="td-buttons">
          <button type="button" className="td-button" onClick={back}>
            {labels.cancel}
          </button>
          <button type="button" className="td-button" data-danger onClick={() => mark('DELETED')}>
            {labels.remove}
          </button>
        </div>
      </div>
    );
  }
  if (page === 'snooze') return <SnoozeCommands onChoose={(until) => mark('SNOOZED', until)} setPage={setPage} />;

  const every = (part: 'pinnedAt' | 'archivedAt' | 'snoozedUntil'): boolean => items.every((item) => item[part]);
  const command = (icon: Drawing, label: string, then: InboxMark | Page): ReactNode => {
    const leads = then in pages;
    return (
      <Command
        icon={icon}
        label={label}
        stays={leads}
        onChoose={() => (leads ? setPage(then as Page) : mark(then as InboxMark))}
      />
    );
  };
  const archived = every('archivedAt');
  return (
    <>
      {items.some((item) => !item.readAt)
        ? command(icons.check, labels.markRead, 'READ')
        : command(icons.unread, labels.markUnread, 'UNREAD')}
      {!archived &&
        (every('pinnedAt') ? command(icons.pin, labels.unpin, 'UNPINNED') : command(icons.pin, labels.pin, 'PINNED'))}
      {every('snoozedUntil')
        ? command(icons.clock, labels.unsnooze, 'UNSNOOZED')
        : !archived && command(icons.clock, labels.snooze, 'snooze')}
      {archived
        ? command(icons.archive, labels.unarchive, 'UNARCHIVED')
        : command(icons.archive, labels.archive, 'ARCHIVED')}
      {command(icons.trash, labels.remove, 'delete')}
    </>
  );
}

interface SnoozeCommandsProps {
  readonly onChoose: (until: Date) => void;
  readonly setPage: (page: Page) => void;
}

function SnoozeCommands({ onChoose, setPage }: SnoozeCommandsProps): ReactNode {
  const { labels, locale } = useView();
  const [times] = useState(() => snoozeTimes(new Date()));
  const hint = new Intl.DateTimeFormat(locale, { weekday: 'short', hour: 'numeric', minute: '2-digit' });
  return (
    <>
      {times.map(({ name, at }) => (
        <Command
          key={name}
          icon={icons.clock}
          label={labels[name]}
          hint={hint.format(at)}
          onChoose={() => onChoose(at)}
        />
      ))}
      <Command icon={icons.more} label={labels.pickTime} stays onChoose={() => setPage('time')} />
      <Command icon={icons.back} label={labels.back} stays onChoose={() => setPage('main')} />
    </>
  );
}
