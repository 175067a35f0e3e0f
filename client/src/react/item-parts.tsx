import type { MouseEvent, ReactNode } from 'react';
import type { InboxItem, InboxItemAction } from '../core/operations.ts';
import { safeUrl } from '../core/safe-url.ts';
import { Heading, Slot } from './parts.tsx';
import { useView } from './provider.tsx';

interface ItemTitleProps {
  readonly item: InboxItem;
  readonly id: string;
  /** Of its heading; 0 for a plain paragraph. */
  readonly level: number;
  readonly unread: boolean;
  /** In the place of the title. */
  readonly children?: ReactNode;
}

/** The title: a link where the item leads somewhere, else a button; either way a press opens the item. */
export function ItemTitle({ item, id, level, unread, children }: ItemTitleProps): ReactNode {
  const { labels } = useView();
  const content = (
    <>
      {unread && <span className="td-hidden">{labels.unread}: </span>}
      {children ?? <Press className="td-open" item={item} action={null} />}
    </>
  );
  const attributes = { className: 'td-item-title', id, children: content };
  return level > 0 ? <Heading level={level} {...attributes} /> : <p {...attributes} />;
}

interface PressProps {
  readonly item: InboxItem;
  readonly action: InboxItemAction | null;
  readonly className: string;
}

/** What can be pressed of an item: a link if a link may lead there, else a button. */
function Press({ item, action, className }: PressProps): ReactNode {
  const { press } = useView();
  const href = safeUrl((action ?? item).url);
  const onClick = (event: MouseEvent): void => press(event, item, action);
  const attributes = {
    ...{ className, onClick, children: <bdi>{action ? action.label : item.title}</bdi> },
    'data-primary': action?.primary || undefined,
  };
  return href === undefined ? (
    <button type="button" {...attributes} />
  ) : (
    <a href={href} {...attributes} onAuxClick={onClick} />
  );
}

/** The text, as plain text. */
export function ItemBody({ item, id }: { readonly item: InboxItem; readonly id?: string }): ReactNode {
  return (
    <div className="td-item-body" id={id}>
      <Slot of="Body" item={item}>
        <bdi>{item.body}</bdi>
      </Slot>
    </div>
  );
}

/** The buttons of an item, the primary ones first. */
export function ItemActions({ item }: { readonly item: InboxItem }): ReactNode {
  const { press } = useView();
  if (item.actions.length === 0) return null;
  const actions = [...item.actions].sort((a, b) => Number(b.primary) - Number(a.primary));
  return (
    <Slot of="Actions" item={item} press={(action) => press(null, item, action)}>
      <div className="td-buttons">
        {actions.map((action) => (
          <Press key={action.key} className="td-button" item={item} action={action} />
        ))}
      </div>
    </Slot>
  );
}
