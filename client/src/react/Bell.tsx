import type { ReactNode } from 'react';
import { Boundary } from './Boundary.tsx';
import { useUnread } from './hooks.ts';
import { Icon } from './Icon.tsx';
import { loadAhead } from './Opened.tsx';
import { Slot } from './parts.tsx';
import { useView } from './provider.tsx';
import { invokes } from './use-popover.ts';
import * as icons from './icons.ts';

/** How the bell counts. */
export interface BellProps {
  /** What its figure counts: what was not yet looked at, or not yet read. `unread` by default. */
  readonly count?: 'unseen' | 'unread';
  /** Where the figure stops ("99+"); 99 by default. The name always says the exact count. */
  readonly max?: number;
}

/** The button that opens the Inbox. Its name says the count. */
export function Bell(props: BellProps): ReactNode {
  return (
    <Boundary>
      <BellButton {...props} />
    </Boundary>
  );
}

function BellButton({ count: kind = 'unread', max = 99 }: BellProps): ReactNode {
  const { labels, root, panelId, open, bell } = useView();
  const count = useUnread()[kind];
  const text = count > max ? `${max}+` : `${count}`;
  return (
    <button
      ref={bell}
      type="button"
      {...root}
      className="tidings td-bell"
      {...invokes(panelId)}
      onPointerEnter={loadAhead}
      onFocus={loadAhead}
      aria-label={labels.bell(count, kind)}
      aria-haspopup="dialog"
      aria-expanded={open}
      aria-controls={panelId}
    >
      <Slot of="Bell" count={count} open={open}>
        <Icon of={icons.bell} />
        {count > 0 && (
          <span className="td-badge" aria-hidden="true">
            <Slot of="Badge" count={count} text={text}>
              {text}
            </Slot>
          </span>
        )}
      </Slot>
    </button>
  );
}
