import { createElement, type ButtonHTMLAttributes, type ComponentType, type ReactNode } from 'react';
import { Boundary } from './Boundary.tsx';
import { Icon } from './Icon.tsx';
import type { Drawing } from './icons.ts';
import { useView } from './provider.tsx';
import type { Slots } from './slots.ts';

interface ToolProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly icon: Drawing;
  readonly label: string;
}

/** A button that is a drawing; its words are its name and its tip. */
export function Tool({ icon, label, ...rest }: ToolProps): ReactNode {
  return (
    <button type="button" className="td-tool" title={label} aria-label={label} {...rest}>
      <Icon of={icon} />
    </button>
  );
}

/** A heading of level 1 … 6. */
export function Heading({
  level,
  ...rest
}: {
  level: number;
  className: string;
  id?: string;
  children: ReactNode;
}): ReactNode {
  return createElement(`h${Math.min(6, level)}`, rest);
}

type SlotProps<Name extends keyof Slots> = { of: Name; children?: ReactNode } & Omit<
  Slots[Name] extends ComponentType<infer Props> ? Props : never,
  'children'
>;

/** A part that the host may draw; without the host's own it is `children`. */
export function Slot<Name extends keyof Slots>({ of, children, ...rest }: SlotProps<Name>): ReactNode {
  const own = useView().slots[of] as ComponentType<{ children: ReactNode }> | undefined;
  return own ? createElement(own, rest as never, children) : children;
}

interface FailureProps {
  readonly text: string;
  readonly onRetry: () => unknown;
}

/** What stands where something could not be loaded. */
export function Failure({ text, onRetry }: FailureProps): ReactNode {
  return (
    <div className="td-end" role="alert">
      <p>{text}</p>
      <button type="button" className="td-button" onClick={onRetry}>
        {useView().labels.retry}
      </button>
    </div>
  );
}

/** A root that stands in the page, and not above it. */
export function InPage({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode {
  return (
    <section {...useView().root} className="tidings td-page" aria-label={label}>
      <Boundary>{children}</Boundary>
    </section>
  );
}
