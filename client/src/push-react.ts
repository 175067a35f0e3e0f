'use client';

import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { webPush, type PushSnapshot, type WebPush, type WebPushOptions } from './push/web-push.ts';

export type { PushSnapshot, PushState, WebPushOptions } from './push/web-push.ts';

const unknown: PushSnapshot = { state: 'unknown', busy: false, problem: null };
const nothing = (): PushSnapshot => unknown;
const never = (): (() => void) => () => {};

/** What is, and the switch; `enable` belongs into a press of a button. */
export interface PushSwitch extends PushSnapshot, Pick<WebPush, 'enable' | 'disable'> {}

/** Push to this browser, for React. Another `url`, worker or `recipient` starts anew; functions may be new at every render. */
export function usePush(options: WebPushOptions): PushSwitch {
  const { url, workerUrl, scope, recipient } = options;
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const [push, setPush] = useState<WebPush | null>(null);
  useEffect(() => {
    const made = webPush({
      url,
      ...(workerUrl !== undefined && { workerUrl }),
      ...(scope !== undefined && { scope }),
      ...(recipient !== undefined && { recipient }),
      token: () => {
        const { token } = latest.current;
        return typeof token === 'string' ? token : token();
      },
      onPush: (message) => latest.current.onPush?.(message) ?? false,
    });
    setPush(made);
    return () => made.stop();
  }, [url, workerUrl, scope, recipient]);
  const snapshot = useSyncExternalStore(push?.subscribe ?? never, push?.getSnapshot ?? nothing, nothing);
  return {
    ...snapshot,
    enable: async () => push?.enable() ?? false,
    disable: async () => push?.disable() ?? false,
  };
}
