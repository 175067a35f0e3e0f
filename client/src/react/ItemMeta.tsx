import type { ReactNode } from 'react';
import type { InboxItem } from '../core/operations.ts';
import { Icon } from './Icon.tsx';
import { useView } from './provider.tsx';
import { fullTime, relativeTime } from './relative-time.ts';
import * as icons from './more-icons.ts';

/** Category, age, and what is special about the item. */
export function ItemMeta({ item, now }: { readonly item: InboxItem; readonly now: number }): ReactNode {
  const { labels, locale } = useView();
  return (
    <p className="td-item-meta">
      {item.pinnedAt && (
        <span>
          <Icon of={icons.pin} />
          {labels.pinned}
        </span>
      )}
      <span>{item.category.name}</span>
      {item.snoozedUntil ? (
        <time dateTime={item.snoozedUntil}>{labels.snoozedUntil(fullTime(item.snoozedUntil, locale))}</time>
      ) : (
        <time dateTime={item.createdAt} title={fullTime(item.createdAt, locale)}>
          {relativeTime(item.createdAt, now, locale)}
        </time>
      )}
    </p>
  );
}
