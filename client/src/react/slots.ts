import type { ComponentType, ReactNode } from 'react';
import type { InboxItem, InboxItemAction } from '../core/operations.ts';
import type { InboxTab } from './tabs.ts';

/** A part that shows an item. `children` is what would be shown without the slot. */
export interface ItemSlotProps {
  readonly item: InboxItem;
  readonly children: ReactNode;
}

/**
 * Parts that a host draws itself. The element around each (button, article, dialog) stays the widget's, and with it the
 * keyboard and what is spoken.
 */
export interface Slots {
  /** What is in the bell's button. */
  readonly Bell: ComponentType<{ readonly count: number; readonly open: boolean; readonly children: ReactNode }>;
  /** The figure on the bell; `text` stops at the maximum ("99+"). */
  readonly Badge: ComponentType<{ readonly count: number; readonly text: string }>;
  /** Everything inside of a row. `group`: all items of the row when there are several. */
  readonly Item: ComponentType<ItemSlotProps & { readonly group: readonly InboxItem[] | undefined }>;
  readonly Body: ComponentType<{ readonly item: InboxItem }>;
  /** Before the text of a row or a toast. */
  readonly Icon: ComponentType<{ readonly item: InboxItem }>;
  /** The buttons of an item. */
  readonly Actions: ComponentType<ItemSlotProps & { readonly press: (action: InboxItemAction) => void }>;
  /** Where a list has nothing. */
  readonly Empty: ComponentType<{ readonly tab: string }>;
  /** Head of the panel: heading and buttons. */
  readonly Header: ComponentType<{ readonly heading: ReactNode; readonly buttons: ReactNode }>;
  /** Below the list; there is none without the slot. */
  readonly Footer: ComponentType;
  /** Everything inside of a toast. */
  readonly Toast: ComponentType<ItemSlotProps & { readonly dismiss: () => void }>;
  readonly TabLabel: ComponentType<{ readonly tab: InboxTab; readonly count: number }>;
}
