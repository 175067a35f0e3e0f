import { useEffect, useRef, version, type RefObject } from 'react';
import { focusedElement } from './focus.ts';

/** Tells when a native popover opens and closes. Escape and outside presses are the browser's. */
export function usePopover(popover: RefObject<HTMLElement | null>, onToggle: (open: boolean) => void): void {
  const latest = useRef(onToggle);
  useEffect(() => {
    latest.current = onToggle;
  });
  useEffect(() => {
    const element = popover.current;
    if (!element) return undefined;
    // React of before 19 does not know this event.
    const listener = (event: Event): void => latest.current((event as ToggleEvent).newState === 'open');
    element.addEventListener('toggle', listener);
    return () => element.removeEventListener('toggle', listener);
  }, [popover]);
}

/**
 * Attributes of a button that opens and closes a popover. The browser's own invoker: it alone knows that the press which
 * closes the popover must not open it again, and it is what the popover is placed at.
 */
export function invokes(id: string, hide = false): Record<string, string> {
  // The spelling without a complaint differs.
  const name = Number.parseInt(version, 10) < 19 ? 'popovertarget' : 'popoverTarget';
  return { [name]: id, ...(hide && { [`${name}${name === 'popovertarget' ? 'action' : 'Action'}`]: 'hide' }) };
}

/** Whether the focus is in the element, or lost with something that has left the page. */
export function holdsFocus(element: Element | null): boolean {
  const focused = focusedElement();
  return !focused || focused === document.body || focused.shadowRoot !== null || Boolean(element?.contains(focused));
}
