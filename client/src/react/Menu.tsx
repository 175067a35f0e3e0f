import {
  createContext,
  useContext,
  useEffect,
  useRef,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from 'react';
import { Icon } from './Icon.tsx';
import type { Drawing } from './icons.ts';
import { useView } from './provider.tsx';
import { holdsFocus, usePopover } from './use-popover.ts';
import { focusedElement } from './focus.ts';

interface MenuProps {
  readonly id: string;
  readonly name: string;
  /** `dialog` while it asks something that is no choice among commands. */
  readonly role?: 'menu' | 'dialog';
  /** A change of it puts the focus on the first command or field. */
  readonly page?: string;
  /** The button that opened it, to which the focus returns. */
  readonly opener: HTMLElement | null | undefined;
  readonly onToggle: (open: boolean) => void;
  readonly children: ReactNode;
}

const CloseContext = createContext<() => void>(() => {});

/** A menu as a native popover beside the button that invokes it, with the keys of the APG's menu button. */
export function Menu({ id, name, role = 'menu', page, opener, onToggle, children }: MenuProps): ReactNode {
  const { root } = useView();
  const element = useRef<HTMLDivElement>(null);
  usePopover(element, (open) => {
    onToggle(open);
    if (open) focusFirst(element);
    // The browser gives the focus back for the outermost popover only.
    else if (holdsFocus(element.current)) opener?.focus();
  });
  useEffect(() => {
    if (page && element.current?.matches(':popover-open')) focusFirst(element);
  }, [page]);
  return (
    <div
      ref={element}
      {...root}
      id={id}
      popover="auto"
      className="tidings td-menu"
      role={role}
      aria-label={name}
      tabIndex={-1}
      onKeyDown={(event) => {
        // What the keys do in a menu must not reach the feed below it.
        event.stopPropagation();
        if (role !== 'menu') return;
        onMenuKey(event);
        if (event.key !== 'Tab') return;
        opener?.focus();
        element.current?.hidePopover();
      }}
    >
      <CloseContext.Provider value={() => element.current?.hidePopover()}>{children}</CloseContext.Provider>
    </div>
  );
}

/** The function that closes the menu around a component. */
export function useCloseMenu(): () => void {
  return useContext(CloseContext);
}

interface CommandProps {
  readonly icon: Drawing;
  readonly label: string;
  /** What it comes to, in small letters. */
  readonly hint?: string;
  /** It leads to another page of the menu, which therefore stays open. */
  readonly stays?: boolean;
  readonly onChoose: () => void;
}

/** One command of a menu. */
export function Command({ icon, label, hint, stays, onChoose }: CommandProps): ReactNode {
  const close = useCloseMenu();
  const choose = (): void => {
    if (!stays) close();
    onChoose();
  };
  return (
    <button type="button" role="menuitem" className="td-command" tabIndex={-1} onClick={choose}>
      <Icon of={icon} />
      <span>{label}</span>
      {hint && <small>{hint}</small>}
    </button>
  );
}

function focusFirst(menu: RefObject<HTMLElement | null>): void {
  menu.current?.querySelector<HTMLElement>('button, input')?.focus();
}

function onMenuKey(event: KeyboardEvent<HTMLElement>): void {
  const commands = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=menuitem]')];
  const at = commands.indexOf(focusedElement() as HTMLElement);
  const { key } = event;
  let goal: HTMLElement | undefined;
  if (key === 'ArrowDown') goal = commands[(at + 1) % commands.length];
  else if (key === 'ArrowUp') goal = commands.at(at - 1);
  else if (key === 'Home') goal = commands[0];
  else if (key === 'End') goal = commands.at(-1);
  else if (key.length === 1 && key !== ' ') {
    const rest = [...commands.slice(at + 1), ...commands.slice(0, at + 1)];
    goal = rest.find((command) => command.textContent.toLowerCase().startsWith(key.toLowerCase()));
  }
  if (!goal) return;
  event.preventDefault();
  goal.focus();
}
