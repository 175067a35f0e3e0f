import { useEffect, type ReactNode } from 'react';
import { useConnection } from './hooks.ts';
import { later, useLater } from './later.ts';
import type * as Code from './opened.ts';
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
  /** Called after one of these has taken the place of another: a focus that was in it is lost. */
  readonly onTurn?: () => void;
  /** What is made of the code, or else the frame around what stands in its place. */
  readonly children: (code: typeof Code | null, meanwhile: ReactNode) => ReactNode;
}

/** Shows what comes later: at once where it is there already. */
export function Opened({ failure, waiting, onTurn, children }: OpenedProps): ReactNode {
  const [code, failed, retry] = useLater(opened);
  // Only a turn matters, and not who is told of it.
  // oxlint-disable-next-line react/exhaustive-deps, react/exhaustive-effect-dependencies
  useEffect(() => onTurn?.(), [code, failed]);
  return children(code, failed ? <Failure text={failure} onRetry={retry} /> : waiting);
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
