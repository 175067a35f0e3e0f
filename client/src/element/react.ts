/**
 * What the components use of React, on Preact: in the script tag this file stands for `react` and `react-dom/client`. Preact's own
 * stand-in answers for all of React, and would be an eighth of the script.
 */
import { Component, createElement, options, render, type ComponentChild, type ComponentType } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export { Component, createContext, createElement, Fragment } from 'preact';
export { useCallback, useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';

/** React's events of focus bubble; those of browsers have other names for that. */
const bubbling: Readonly<Record<string, string>> = { onFocus: 'onfocusin', onBlur: 'onfocusout' };

options.vnode = (vnode) => {
  if (typeof vnode.type === 'string') {
    const props = vnode.props as Record<string, unknown>;
    for (const name in bubbling) {
      if (!(name in props)) continue;
      props[bubbling[name] as string] = props[name];
      delete props[name];
    }
  }
};

/** As that of React, whose components ask for it. */
export const version = '19';

export function createRoot(container: ShadowRoot): { render(content: ComponentChild): void; unmount(): void } {
  return {
    render: (content) => render(content, container),
    unmount: () => render(null, container),
  };
}

/** Draws a component again only when one of its properties is another one. */
export function memo<Props extends object>(component: ComponentType<Props>): ComponentType<Props> {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Record<string, unknown>): boolean {
      const now = this.props as Record<string, unknown>;
      return [now, next].some((props) => Object.keys(props).some((name) => now[name] !== next[name]));
    }

    override render(): ComponentChild {
      return createElement(component, this.props as Props);
    }
  };
}

export function useSyncExternalStore<Snapshot>(
  subscribe: (listener: () => void) => () => void,
  getSnapshot: () => Snapshot,
): Snapshot {
  const value = getSnapshot();
  const drawn = useRef({ value, getSnapshot });
  const [, count] = useState(0);
  useLayoutEffect(() => {
    // The linter knows references of React alone.
    // oxlint-disable-next-line react/immutability
    drawn.current = { value, getSnapshot };
    if (!Object.is(value, getSnapshot())) count(next);
  }, [value, getSnapshot]);
  useEffect(() => {
    const look = (): void => {
      if (!Object.is(drawn.current.value, drawn.current.getSnapshot())) count(next);
    };
    look();
    return subscribe(look);
  }, [subscribe]);
  return value;
}

const next = (count: number): number => count + 1;
