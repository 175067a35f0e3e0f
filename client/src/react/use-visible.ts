import { useEffect, type RefObject } from 'react';

/**
 * Calls back once so much of the element is on screen (half of it by default), while `wanted`; again after each change of `turn`. In a hidden tab
 * nothing is painted, so nothing is visible either: only what a person can see counts.
 */
export function useVisible(
  element: RefObject<Element | null>,
  wanted: boolean,
  onVisible: () => void,
  turn: unknown,
  share = 0.5,
): void {
  useEffect(() => {
    if (!wanted || !element.current) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        onVisible();
      },
      { threshold: share },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
    // What it does then follows from what is observed.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [element, wanted, turn, share]);
}
