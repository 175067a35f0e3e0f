import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Boundary } from './Boundary.tsx';
import { Toast } from './Toast.tsx';
import { useInbox, useInboxContext } from './use-inbox.tsx';
import type { InboxItem } from '../core/operations.ts';

/** How toasts appear. */
export interface ToasterProps {
  /** The corner; start and end follow the direction of the text. `bottom-end` by default. */
  readonly corner?: 'top-start' | 'top-end' | 'bottom-start' | 'bottom-end';
  /** How long one stays, in milliseconds; 6,000 by default. Hovering or focusing any of them stops the clock for all. */
  readonly duration?: number;
  /** How many stand at once; a newer one takes the place of the oldest. 4 by default. */
  readonly max?: number;
}

/** Shows live notifications in a corner above everything else and has them spoken politely. Render it once. */
export function Toaster(props: ToasterProps): ReactNode {
  return (
    <Boundary>
      <Stack {...props} />
    </Boundary>
  );
}

function Stack({ corner = 'bottom-end', duration = 6000, max = 4 }: ToasterProps): ReactNode {
  const { client, labels } = useInboxContext();
  const { toasts } = useInbox();
  const stack = useRef<HTMLElement>(null);
  const shown = toasts.slice(-max);
  const newest = shown.at(-1)?.id;

  const surplus = toasts.at(-max - 1)?.id;
  useEffect(() => {
    if (surplus !== undefined) client.closeToast(surplus);
  }, [client, surplus]);

  useEffect(() => {
    const element = stack.current;
    if (!element || newest === undefined) return;
    if (element.matches(':popover-open')) {
      // Shown anew it comes to lie above what was opened since; but not under somebody's hands.
      const covered = document.querySelector(':modal, :popover-open:not(.td-toaster)') !== null;
      if (!covered || element.contains(document.activeElement)) return;
      element.hidePopover();
    }
    element.showPopover();
  }, [newest]);

  const empty = shown.length === 0;
  useEffect(() => {
    if (empty && stack.current?.matches(':popover-open')) stack.current.hidePopover();
  }, [empty]);

  return (
    <>
      <Announcer shown={shown} />
      <section
        ref={stack}
        popover="manual"
        className="tidings td-toaster"
        data-corner={corner}
        aria-label={labels.newNotifications}
      >
        {!empty && <Cards shown={shown} duration={duration} />}
      </section>
    </>
  );
}

/** The toasts that stand; while a pointer or the focus is on one, none of them leaves. */
function Cards({ shown, duration }: { readonly shown: readonly InboxItem[]; readonly duration: number }): ReactNode {
  const [paused, setPaused] = useState(false);
  return (
    <div
      className="td-stack"
      onPointerEnter={() => setPaused(true)}
      onPointerLeave={() => setPaused(false)}
      onFocus={() => setPaused(true)}
      onBlur={() => setPaused(false)}
    >
      {shown.map((item) => (
        <Toast key={item.id} item={item} duration={duration} paused={paused} />
      ))}
    </div>
  );
}

/** The live region. It stands outside of the popover, because only a region that was there before its words is spoken. */
function Announcer({ shown }: { readonly shown: readonly InboxItem[] }): ReactNode {
  const { labels } = useInboxContext();
  const spoken = useRef(new Set<string>());
  const [words, setWords] = useState('');
  const ids = shown.map((item) => item.id).join(' ');
  useEffect(() => {
    const fresh = shown.filter((item) => !spoken.current.has(item.id));
    spoken.current = new Set(shown.map((item) => item.id));
    if (fresh.length > 0) setWords(labels.announce(fresh.map((item) => item.title)));
    else if (shown.length === 0) setWords('');
    // The items' content does not matter, only which ones there are.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [ids, labels]);
  return (
    <div className="tidings td-hidden" role="status" aria-live="polite">
      {words}
    </div>
  );
}
