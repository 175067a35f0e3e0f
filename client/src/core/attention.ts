/** How much a person is with a page. */
export type PresenceState = 'ACTIVE' | 'IDLE' | 'AWAY';

/** What one tab knows of the person in front of it. `usedAt`: the last input or look, in milliseconds since the epoch. */
export interface Attention {
  readonly visible: boolean;
  readonly focused: boolean;
  readonly usedAt: number;
  /** Whether anything in it shows toasts. */
  readonly toasts: boolean;
}

/** Who has not touched a visible page for this long is idle. */
export const idleAfterMs = 120_000;

const inputEvents = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'];
const inputEveryMs = 1_000;

/** How present a person is who has these tabs: what is most of it is true of the whole. */
export function stateOf(tabs: readonly Attention[], now: number): PresenceState {
  const visible = tabs.filter((tab) => tab.visible);
  if (visible.some((tab) => now - tab.usedAt < idleAfterMs)) return 'ACTIVE';
  return visible.length > 0 ? 'IDLE' : 'AWAY';
}

/** Which of these tabs shows a toast that comes now: of those that are seen and show any, the focused one, else the one that was used last. */
export function tabToShow<Tab extends Attention>(tabs: readonly Tab[]): Tab | undefined {
  return tabs
    .filter((tab) => tab.visible && tab.toasts)
    .sort((a, b) => Number(b.focused) - Number(a.focused) || b.usedAt - a.usedAt)[0];
}

/**
 * Watches this tab until `signal` aborts; answers what asks it. `changed` is called when the tab comes, goes, gets or
 * loses the focus, and when somebody who was idle is back; not for every input.
 */
export function watchAttention(changed: () => void, signal: AbortSignal): () => Omit<Attention, 'toasts'> {
  let usedAt = Date.now();
  const now = (): Omit<Attention, 'toasts'> => ({
    visible: document.visibilityState === 'visible',
    focused: document.hasFocus(),
    usedAt,
  });
  const turned = (): void => {
    if (document.hasFocus()) usedAt = Date.now();
    changed();
  };
  const used = (): void => {
    const idle = Date.now() - usedAt;
    if (idle < inputEveryMs) return;
    usedAt = Date.now();
    if (idle >= idleAfterMs) changed();
  };
  document.addEventListener('visibilitychange', turned, { signal });
  for (const type of ['focus', 'blur']) window.addEventListener(type, turned, { signal });
  for (const type of inputEvents) window.addEventListener(type, used, { signal, passive: true, capture: true });
  return now;
}
