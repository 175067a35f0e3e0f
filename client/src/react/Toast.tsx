import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { InboxItem } from '../core/operations.ts';
import { Icon } from './Icon.tsx';
import { ItemActions, ItemBody, ItemTitle } from './item-parts.tsx';
import { Slot, Tool } from './parts.tsx';
import { useView } from './provider.tsx';
import { useInboxClient } from './session.tsx';
import { focusedElement } from './focus.ts';
import * as icons from './icons.ts';

interface ToastProps {
  readonly item: InboxItem;
  /** Milliseconds that it stays, if it is not urgent. */
  readonly duration: number;
  readonly paused: boolean;
}

/** The way out takes as long as the transition in toast.css. */
const leaveMs = 200;

/** One toast. Acknowledged when it is really painted; it leaves by time, by its button, by Escape, or by being opened. */
export function Toast({ item, duration, paused }: ToastProps): ReactNode {
  const { labels } = useView();
  const client = useInboxClient();
  const { id } = item;
  const card = useRef<HTMLElement>(null);
  const [leaving, setLeaving] = useState(false);
  const leave = useCallback(() => setLeaving(true), []);
  useCountdown(duration, paused || item.urgent, leave);

  useEffect(() => {
    // A hidden tab paints nothing and gets no frames: there the next channel must go, so nothing is acknowledged.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => client.toastShown(id));
    });
    return () => cancelAnimationFrame(frame);
  }, [client, id]);

  useEffect(() => {
    if (!leaving) return undefined;
    const timer = setTimeout(() => client.closeToast(id), leaveMs);
    return () => clearTimeout(timer);
  }, [client, id, leaving]);

  const dismiss = (): void => {
    leave();
    // Whoever works through the stack by keyboard goes on with its next card.
    const other = card.current?.previousElementSibling ?? card.current?.nextElementSibling;
    if (card.current?.contains(focusedElement())) other?.querySelector<HTMLElement>('.td-tool')?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    dismiss();
  };
  return (
    <article
      ref={card}
      className="td-toast"
      data-urgent={item.urgent || undefined}
      data-leaving={leaving || undefined}
      aria-labelledby={`td-toast-${id}`}
      onKeyDown={onKeyDown}
    >
      <Slot of="Toast" item={item} dismiss={dismiss}>
        <Slot of="Icon" item={item}>
          <span className="td-toast-mark">
            <Icon of={item.urgent ? icons.warning : icons.bell} />
          </span>
        </Slot>
        <div className="td-item-text">
          <ItemTitle item={item} id={`td-toast-${id}`} level={0} unread={false} />
          <ItemBody item={item} />
          <ItemActions item={item} />
        </div>
      </Slot>
      <Tool icon={icons.close} label={labels.dismiss(item.title)} onClick={dismiss} />
    </article>
  );
}

/** Calls `onEnd` once, after `ms` milliseconds that were not paused. */
function useCountdown(ms: number, paused: boolean, onEnd: () => void): void {
  const left = useRef(ms);
  useEffect(() => {
    if (paused) return undefined;
    const since = performance.now();
    const timer = setTimeout(onEnd, left.current);
    return () => {
      clearTimeout(timer);
      left.current = Math.max(1000, left.current - (performance.now() - since));
    };
  }, [paused, onEnd]);
}
