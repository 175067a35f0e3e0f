import { createContext, useContext, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { MouseEvent, ReactNode, RefObject } from 'react';
import type { InboxItem, InboxItemAction } from '../core/operations.ts';
import { safeUrl } from '../core/safe-url.ts';
import { sharedTabs } from '../core/tabs.ts';
import type { Labels } from './labels.ts';
import { englishInbox } from './labels/en-inbox.ts';
import { InboxSession, useInboxClient, type SessionProps } from './session.tsx';
import type { Slots } from './slots.ts';
import { defaultTabs, type InboxTab } from './tabs.ts';

interface Appearance {
  /** Words instead of the English ones: another language whole (`labels={german}`), or some of them. */
  readonly labels?: Partial<Labels> | undefined;
  /** BCP 47, for dates and times; by default the browser's, as far as it is the language of the labels. */
  readonly locale?: string | undefined;
  /** Direction of the text; the page's by default. */
  readonly dir?: 'ltr' | 'rtl' | undefined;
  /** Light or dark; by default what the page's `color-scheme` gives. */
  readonly theme?: 'light' | 'dark' | undefined;
  readonly slots?: Partial<Slots> | undefined;
  readonly tabs?: readonly InboxTab[] | undefined;
  /** The host's router: called in place of following a link of the same origin in the same tab. */
  readonly navigate?: ((url: string) => void) | undefined;
  /** A press on an item (`action` is null) or on one of its buttons. Links are followed whatever it does. */
  readonly onPress?: ((item: InboxItem, action: InboxItemAction | null) => void) | undefined;
}

/** What the provider needs to know. */
export type InboxProviderProps = SessionProps & Appearance;

interface View {
  /** Without those of the preferences they are English. */
  readonly labels: Omit<Labels, 'preferences'> & Partial<Labels>;
  readonly locale: string | undefined;
  readonly slots: Partial<Slots>;
  readonly tabs: readonly InboxTab[];
  /** Attributes of every outermost element. */
  readonly root: { readonly dir?: 'ltr' | 'rtl'; readonly lang?: string; readonly 'data-theme'?: 'light' | 'dark' };
  readonly panelId: string;
  readonly open: boolean;
  readonly setOpen: (open: boolean) => void;
  readonly bell: RefObject<HTMLButtonElement | null>;
  /** To be called for a press on an item or its button; follows a link by the host's router where that is its business. */
  readonly press: (event: MouseEvent | null, item: InboxItem, action: InboxItemAction | null) => void;
}

const ViewContext = createContext<View | null>(null);

/** Holds one person's inbox, and how it looks, for all components below it. */
export function InboxProvider(props: InboxProviderProps): ReactNode {
  const session = props.client ? props : { ...props, crossTab: props.crossTab ?? sharedTabs };
  return (
    <InboxSession {...session}>
      <Provided {...props} />
    </InboxSession>
  );
}

const noSlots = {};

function Provided(props: Appearance & { readonly children?: ReactNode }): ReactNode {
  const { labels: words, locale: wanted, dir, theme, slots = noSlots, tabs, children } = props;
  const client = useInboxClient();
  const [open, setOpen] = useState(false);
  const bell = useRef<HTMLButtonElement>(null);
  const panelId = useId();
  const host = useRef(props);
  useEffect(() => {
    host.current = props;
  });
  const view = useMemo((): View => {
    const labels = { ...englishInbox, ...words };
    const locale = wanted ?? localeFor(labels.language);
    return {
      labels,
      locale,
      slots,
      tabs: tabs ?? defaultTabs(labels),
      root: {
        ...(dir && { dir }),
        ...(words?.language && { lang: words.language }),
        ...(theme && { 'data-theme': theme }),
      },
      panelId,
      open,
      setOpen,
      bell,
      press: (event, item, action) => {
        // The other button opens a menu, which is no opening of the item.
        if (event?.button === 2) return;
        const { navigate, onPress } = host.current;
        client.press(item, action);
        onPress?.(item, action);
        const url = safeUrl((action ?? item).url);
        if (!event || !url || !navigate || !isOwn(url)) return;
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        (bell.current?.getRootNode() as Document | undefined)?.getElementById(panelId)?.hidePopover();
        navigate(url);
      },
    };
  }, [client, words, wanted, dir, theme, slots, tabs, panelId, open]);
  return <ViewContext.Provider value={view}>{children}</ViewContext.Provider>;
}

/** How the inbox around a component looks. Throws outside of an InboxProvider. */
export function useView(): View {
  const view = useContext(ViewContext);
  if (!view) throw new Error('Expected an <InboxProvider> above');
  return view;
}

/** The browser's own variety of the labels' language: British dates under English words, if that is what the person reads. */
function localeFor(language: string): string {
  return globalThis.navigator?.languages?.find((tag) => tag.split('-')[0] === language) ?? language;
}

function isOwn(url: string): boolean {
  return new URL(url, location.href).origin === location.origin;
}
