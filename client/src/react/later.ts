import { useEffect, useState, useSyncExternalStore } from 'react';
import { useSession } from './session.tsx';

/** Code that is loaded when it is first wanted, once for the page. */
export interface Later<Code> {
  /** Rejects when it cannot be had; the next call tries again. */
  readonly load: () => Promise<unknown>;
  readonly subscribe: (listener: () => void) => () => void;
  /** Null until it is there. */
  readonly getSnapshot: () => Code | null;
}

/** Nothing is remembered of a load that fails. (Older browsers remember it themselves, until the page is loaded anew.) */
export function later<Code>(fetchCode: () => Promise<Code>): Later<Code> {
  const listeners = new Set<() => void>();
  let code: Code | null = null;
  let loading: Promise<unknown> | null = null;
  const load = async (): Promise<void> => {
    try {
      code = await fetchCode();
      for (const listener of listeners) listener();
    } finally {
      loading = null;
    }
  };
  return {
    load: async () => code ?? (loading ??= load()),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getSnapshot: () => code,
  };
}

/** The code once it is there, whether it could not be had, and how to try again. What renders on a server has none. */
export function useLater<Code>({ load, subscribe, getSnapshot }: Later<Code>): [Code | null, boolean, () => void] {
  const { report } = useSession();
  const code = useSyncExternalStore(subscribe, getSnapshot, () => null);
  const [failed, setFailed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let wanted = true;
    load().catch((error: unknown) => {
      if (!wanted) return;
      setFailed(true);
      report(error);
    });
    return () => {
      wanted = false;
    };
    // Each attempt is one more.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [load, attempt, report]);
  const retry = (): void => {
    setFailed(false);
    setAttempt(attempt + 1);
  };
  return [code, failed && !code, retry];
}
