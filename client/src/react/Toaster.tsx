import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { InboxItem } from '../core/operations.ts';
import { Announcer } from './Announcer.tsx';
import { Boundary } from './Boundary.tsx';
import { focusedElement } from './focus.ts';
import { useToasts } from './hooks.ts';
import { useView } from './provider.tsx';
import { useInboxClient } from './session.tsx';
import { Toast } from './Toast.tsx';

/** How toasts appear. */
export interface ToasterProps {
  /** The corner; start and end follow the direction of the text. `bottom-end` by default. */
  readonly corner?: 'top-start' | 'top-end' | 'bottom-start' | 'bottom-end';
  /** How long one stays, in milliseconds; 6,000 by default. Hovering or focusing any of them stops the clock for all; an urgent one stays. */
  readonly duration?: number;
  /** How many stand at once; a newer one takes the place of the oldest, of the oldest urgent one last. 4 by default. */
  readonly max?: number;
}

/** Shows live notifications in a corner above everything else and has them spoken. Render it once. */
export function Toaster(props: ToasterProps): ReactNode {
  return (
    <Boundary>
      <Stack {...props} />
    </Boundary>
  );
}

function Stack({ corner = 'bottom-end', duration = 6000, max = 4 }: ToasterProps): ReactNode {
  const { labels, root } = useView();
  const client = useInboxClient();
  const toasts = useToasts();
  const stack = useRef<HTMLElement>(null);
  const tooMany = toasts.length > max ? (toasts.find((item) => !item.urgent) ?? toasts[0])?.id : undefined;
  const shown = toasts.filter((item) => item.id !== tooMany).slice(-max);
  const newest = shown.at(-1)?.id;

  useEffect(() => {
    if (tooMany !== undefined) client.closeToast(tooMany);
  }, [client, tooMany]);

  useEffect(() => {
    const element = stack.current;
    if (!element || newest === undefined) return;
    if (element.matches(':popover-open')) {
      // Shown anew it comes to lie above what was opened since; but not under somebody's hands.
      const roots = [document, element.getRootNode() as ParentNode];
      const covered = roots.some((root) => root.querySelector(':modal, :popover-open:not(.td-toaster)'));
      if (!covered || element.contains(focusedElement())) return;
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
        {...root}
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
  const [hovered, setHovered] = useState(false);
  const [focused, setFocused] = useState(false);
  const cards = useRef<HTMLDivElement>(null);
  const cameFrom = useRef<HTMLElement | null>(null);
  useEffect(() => {
    // A card that leaves with the focus in it tells nobody that the focus is gone.
    setFocused(shown.length > 0 && Boolean(cards.current?.contains(focusedElement())));
  }, [shown]);
  useEffect(
    () => () => {
      if (focusedElement() === document.body) cameFrom.current?.focus();
    },
    [],
  );
  return (
    <div
      ref={cards}
      className="td-stack"
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      onFocus={(event) => {
        setFocused(true);
        const from = event.relatedTarget;
        if (from instanceof HTMLElement && !event.currentTarget.contains(from)) cameFrom.current = from;
      }}
      onBlur={() => setFocused(false)}
    >
      {shown.map((item) => (
        <Toast key={item.id} item={item} duration={duration} paused={hovered || focused} />
      ))}
    </div>
  );
}
