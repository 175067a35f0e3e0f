import { useRef, type ReactNode } from 'react';
import type { InboxFilter } from '../core/operations.ts';
import { Boundary } from './Boundary.tsx';
import { Frame, Skeleton, Space } from './Frame.tsx';
import { Ahead, Opened } from './Opened.tsx';
import type { PanelProps } from './Panel.tsx';
import { InPage, Tool } from './parts.tsx';
import { useView } from './provider.tsx';
import { holdsFocus, invokes, usePopover } from './use-popover.ts';
import * as icons from './icons.ts';

/** The inbox in a popover that the Bell opens. Not modal: the page behind it stays usable. Render it once. */
export function Inbox(props: PanelProps): ReactNode {
  const { labels, root, panelId, bell, open, setOpen } = useView();
  const panel = useRef<HTMLDivElement>(null);
  usePopover(panel, (opens) => {
    setOpen(opens);
    if (opens) requestAnimationFrame(() => panel.current?.focus({ preventScroll: true }));
    // What had the focus may have left the page with the list, and the browser then forgets the way back.
    else if (holdsFocus(panel.current)) bell.current?.focus({ preventScroll: true });
  });
  const parts = {
    level: 2,
    inPage: false,
    close: <Tool icon={icons.close} label={labels.close} {...invokes(panelId, true)} />,
  };
  return (
    <div
      ref={panel}
      {...root}
      id={panelId}
      popover="auto"
      className="tidings td-panel"
      role="dialog"
      aria-label={labels.notifications}
      tabIndex={-1}
    >
      <Boundary>
        <Ahead />
        {open && (
          <Opened
            failure={labels.loadFailed}
            waiting={<Skeleton />}
            onTurn={() => {
              if (holdsFocus(panel.current)) panel.current?.focus({ preventScroll: true });
            }}
          >
            {(code, meanwhile) => (code ? <code.Panel {...props} {...parts} /> : <Frame {...parts}>{meanwhile}</Frame>)}
          </Opened>
        )}
      </Boundary>
    </div>
  );
}

/** As Inbox, and where it stands in a page. */
export interface InboxPageProps extends PanelProps {
  /** Level of its heading, 1 … 5; 2 by default. */
  readonly headingLevel?: number;
}

/** The whole inbox as a part of the page, which scrolls with the page. */
export function InboxPage({ headingLevel = 2, ...props }: InboxPageProps): ReactNode {
  const { labels } = useView();
  const parts = { level: headingLevel, inPage: true };
  return (
    <InPage label={labels.notifications}>
      <Opened failure={labels.loadFailed} waiting={<Skeleton />}>
        {(code, meanwhile) => (code ? <code.Panel {...props} {...parts} /> : <Frame {...parts}>{meanwhile}</Frame>)}
      </Opened>
    </InPage>
  );
}

/** Which list, and where it stands in a page. */
export interface InboxListProps {
  /** Everything that is neither archived nor put off, by default. */
  readonly filter?: InboxFilter;
  /** Level of the items' headings, 1 … 6; 3 by default. */
  readonly headingLevel?: number;
}

/** One list by itself, without head and tabs, which scrolls with the page. */
export function InboxList({ filter = {}, headingLevel = 3 }: InboxListProps): ReactNode {
  const tab = (['archived', 'snoozed', 'unreadOnly'] as const).find((part) => filter[part]);
  const { labels } = useView();
  return (
    <InPage label={labels.notifications}>
      <Opened failure={labels.loadFailed} waiting={<Skeleton />}>
        {(code, meanwhile) =>
          code ? (
            <>
              <code.Notice />
              <code.List
                filter={filter}
                tab={tab === 'unreadOnly' ? 'unread' : (tab ?? 'all')}
                level={headingLevel}
                inPage
              />
            </>
          ) : (
            <Space inPage>{meanwhile}</Space>
          )
        }
      </Opened>
    </InPage>
  );
}
