import { useId, type ReactNode } from 'react';
import { Icon } from './Icon.tsx';
import type { InboxItem as Item } from '../core/operations.ts';
import { relativeTime } from './relative-time.ts';
import { safeUrl } from '../core/safe-url.ts';
import { useInboxContext } from './use-inbox.tsx';

interface InboxItemProps {
  readonly item: Item;
  /** Place in the list, from 1. */
  readonly position: number;
  /** Length of the whole list, -1 while unknown. */
  readonly total: number;
  /** Milliseconds since the epoch; the age is told against it. */
  readonly now: number;
}

/** One notification as an article of the feed. Opening it marks it read and follows its address. */
export function InboxItem({ item, position, total, now }: InboxItemProps): ReactNode {
  const { client, labels, locale } = useInboxContext();
  const id = useId();
  const href = safeUrl(item.url);
  const unread = !item.readAt;
  const open = (): void => void client.mark([item.id], 'READ');
  return (
    <article
      className="td-item"
      data-item-id={item.id}
      data-unread={unread || undefined}
      tabIndex={-1}
      aria-labelledby={`${id}t`}
      aria-describedby={`${id}b`}
      aria-posinset={position}
      aria-setsize={total}
    >
      <div className="td-item-text">
        <h3 className="td-item-title" id={`${id}t`}>
          {unread && <span className="td-hidden">{labels.unread}: </span>}
          {href === undefined ? (
            <button type="button" className="td-open" onClick={open}>
              {item.title}
            </button>
          ) : (
            <a className="td-open" href={href} onClick={open} onAuxClick={open}>
              {item.title}
            </a>
          )}
        </h3>
        <p className="td-item-body" id={`${id}b`}>
          {item.body}
        </p>
        <p className="td-item-meta">
          <span>{item.category.name}</span>
          <time dateTime={item.createdAt} title={fullTime(item.createdAt, locale)}>
            {relativeTime(item.createdAt, now, locale)}
          </time>
        </p>
      </div>
      <div className="td-item-actions">
        <Action
          icon={unread ? 'check' : 'unread'}
          label={unread ? labels.markRead : labels.markUnread}
          about={`${id}t`}
          onPress={() => void client.mark([item.id], unread ? 'READ' : 'UNREAD')}
        />
        <Action
          icon="archive"
          label={labels.archive}
          about={`${id}t`}
          onPress={() => void client.mark([item.id], 'ARCHIVED')}
        />
      </div>
    </article>
  );
}

interface ActionProps {
  readonly icon: 'check' | 'unread' | 'archive';
  readonly label: string;
  readonly about: string;
  readonly onPress: () => void;
}

function Action({ icon, label, about, onPress }: ActionProps): ReactNode {
  return (
    <button
      type="button"
      className="td-action"
      title={label}
      aria-label={label}
      aria-describedby={about}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  );
}

function fullTime(iso: string, locale: string | undefined): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return iso;
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
}
