import { useEffect, type RefObject } from 'react';

/**
 * Follows a native popover: tells when it opens and closes, moves the focus in, and gives it back to `opener` unless
 * the person has put it elsewhere in the page. Escape and outside presses are the browser's.
 */
export function usePopover(
  panel: RefObject<HTMLElement | null>,
  opener: RefObject<HTMLElement | null>,
  setOpen: (open: boolean) => void,
): void {
  useEffect(() => {
    const element = panel.current;
    if (!element) return undefined;
    const onToggle = (event: ToggleEvent): void => {
      // The event of an inner popover or <details> bubbles no further than its own element, but be sure.
      if (event.target !== element) return;
      const open = event.newState === 'open';
      setOpen(open);
      if (open) {
        requestAnimationFrame(() => element.focus({ preventScroll: true }));
      } else if (document.activeElement === document.body || element.contains(document.activeElement)) {
        // What had the focus may have left the page with the list, and the browser then forgets the way back.
        opener.current?.focus({ preventScroll: true });
      }
    };
    element.addEventListener('toggle', onToggle);
    return () => element.removeEventListener('toggle', onToggle);
  }, [panel, opener, setOpen]);
}
