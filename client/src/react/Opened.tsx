import { useEffect, type ReactNode } from 'react';
import { useConnection } from './hooks.ts';
import { later, useLater } from './later.ts';
import { Failure } from './parts.tsx';

const opened = later(() => import('./opened.ts'));

/** Loads what is behind the bell, for whoever is about to press it. */
export function loadAhead(): void {
  // Nobody waits for it yet: who opens it tries again, and is told.
  opened.load().catch(() => {});
}

interface OpenedProps {
  /** Says that it could not be loaded. */
  readonly failure: string;
  /** Stands in its place while it loads. */
  readonly waiting: ReactNode;
  /** What is around it meanwhile. */
  readonly frame?: (content: ReactNode) => ReactNode;
  /** Called after one of these has taken the place of another: a focus that was in it is lost. */
  readonly onTurn?: () => void;
  readonly children: (code: typeof import('./opened.ts')) => ReactNode;
}

/** What is made of the code that comes later; until it is there, what takes as much room. */
export function Opened({ failure, waiting, frame = (content) => content, onTurn, children }: OpenedProps): ReactNode {
  const [code, failed, retry] = useLater(opened);
  useEffect(() => onTurn?.(), [code, failed]);
  if (code) return children(code);
  return frame(failed ? <Failure text={failure} onRetry={retry} /> : waiting);
}

/** Has it loaded as soon as the connection stands and the browser has nothing else to do: a press must not have to wait. */
export function Ahead(): ReactNode {
  const live = useConnection() === 'live';
  useEffect(() => {
    if (!live) return undefined;
    // Not every browser tells when it is idle.
    if (!globalThis.requestIdleCallback) {
      const timer = setTimeout(loadAhead, 2000);
      return () => clearTimeout(timer);
    }
    const idle = requestIdleCallback(loadAhead, { timeout: 5000 });
    return () => cancelIdleCallback(idle);
  }, [live]);
  return null;
}
