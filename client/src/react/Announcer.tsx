import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { InboxItem } from '../core/operations.ts';
import { useView } from './provider.tsx';

/** What comes within so many milliseconds is spoken as one sentence. */
const batchMs = 400;

/**
 * The live regions. They stand outside of the popover and from the start, because only a region that was there before its
 * words is spoken. What is urgent interrupts; the rest waits for a pause, together.
 */
export function Announcer({ shown }: { readonly shown: readonly InboxItem[] }): ReactNode {
  const { labels, root } = useView();
  const spoken = useRef(new Set<string>());
  const [polite, setPolite] = useState('');
  const [alert, setAlert] = useState('');
  const ids = shown.map((item) => item.id).join(' ');
  useEffect(() => {
    const fresh = shown.filter((item) => !spoken.current.has(item.id));
    const urgent = fresh.filter((item) => item.urgent);
    const others = fresh.filter((item) => !item.urgent);
    if (shown.length === 0) setPolite('');
    if (!shown.some((item) => item.urgent)) setAlert('');
    else if (urgent.length > 0) setAlert(urgent.map((item) => labels.urgent(item.title, item.body)).join(' '));
    for (const item of urgent) spoken.current.add(item.id);
    const timer = setTimeout(() => {
      for (const item of others) spoken.current.add(item.id);
      if (others.length > 0) setPolite(labels.announce(others.map((item) => item.title)));
    }, batchMs);
    return () => clearTimeout(timer);
    // The items' content does not matter, only which ones there are.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [ids, labels]);
  return (
    <div {...root} className="tidings td-hidden">
      <div role="status">{polite}</div>
      <div role="alert">{alert}</div>
    </div>
  );
}
