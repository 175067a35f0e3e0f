import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Icon } from './Icon.tsx';
import type { InboxItem } from '../core/operations.ts';
import { safeUrl } from '../core/safe-url.ts';
import { useInboxContext } from './use-inbox.tsx';

interface ToastProps {
  readonly item: InboxItem;
  /** Milliseconds that it stays. */
  readonly duration: number;
  readonly paused: boolean;
}

/** The way out takes as long as the transition in inbox.css. */
const leaveMs = 200;

/** One toast. Acknowledged when it is really painted; it leaves by time, by its button, by Escape, or by being opened. */
export function Toast({ item, duration, paused }: ToastProps): ReactNode {
  const { client, labels } = useInboxContext();
  const { id } = item;
  const [leaving, setLeaving] = useState(false);
  const leave = useCallback(() => setLeaving(true), []);
  useCountdown(duration, paused, leave);

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

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    leave();
  };
  const href = safeUrl(item.url);
  const open = (): void => void client.mark([id], 'READ');
  return (
    <article className="td-toast" data-leaving={leaving || undefined} onKeyDown={onKeyDown}>
      <span className="td-toast-mark">
        <Icon name="bell" />
      </span>
      <div className="td-item-text">
        <p className="td-item-title">
          {href === undefined ? (
            <button type="button" className="td-open" onClick={open}>
              {item.title}
            </button>
          ) : (
            <a className="td-open" href={href} onClick={open} onAuxClick={open}>
              {item.title}
            </a>
          )}
        </p>
        <p className="td-item-body">{item.body}</p>
      </div>
      <button type="button" className="td-action" aria-label={`${labels.dismiss}: ${item.title}`} onClick={leave}>
        <Icon name="close" />
      </button>
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
