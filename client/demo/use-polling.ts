import { useCallback, useEffect, useRef, useState } from 'react';

const everyMs = 2000;

/** What was loaded last, what went wrong last, and the function that loads at once. */
export interface Polled<Value> {
  readonly value: Value | null;
  readonly error: string | null;
  readonly refresh: () => void;
}

/** Loads now and every two seconds while the page is visible. `load` must be a stable function; a new one starts afresh. */
export function usePolling<Value>(load: (() => Promise<Value>) | null): Polled<Value> {
  const [state, setState] = useState<{ load: unknown; value: Value | null; error: string | null }>();
  const turn = useRef(0);
  const refresh = useCallback(() => {
    if (!load) return;
    turn.current += 1;
    const mine = turn.current;
    const settle = (next: (before: Value | null) => { value: Value | null; error: string | null }): void => {
      if (mine !== turn.current) return;
      setState((before) => ({ load, ...next(before?.load === load ? before.value : null) }));
    };
    load().then(
      (value) => settle(() => ({ value, error: null })),
      (error: unknown) => settle((value) => ({ value, error: error instanceof Error ? error.message : String(error) })),
    );
  }, [load]);
  useEffect(() => {
    refresh();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') refresh();
    }, everyMs);
    return () => {
      clearInterval(timer);
      turn.current += 1;
    };
  }, [refresh]);
  const current = state?.load === load ? state : undefined;
  return { value: current?.value ?? null, error: current?.error ?? null, refresh };
}
