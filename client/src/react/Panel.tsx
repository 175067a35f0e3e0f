import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { List } from './List.tsx';
import { ListButtons } from './ListButtons.tsx';
import { Notice } from './Notice.tsx';
import type { PreferencesProps } from './Preferences.tsx';
import { PreferencesForm } from './PreferencesForm.tsx';
import { Heading, Slot, Tool } from './parts.tsx';
import { useView } from './provider.tsx';
import { useTabCounts } from './tab-counts.ts';
import * as icons from './more-icons.ts';

/** What Inbox and InboxPage have in common. */
export interface PanelProps {
  /** Which categories the preferences show; false leaves the preferences out. */
  readonly preferences?: PreferencesProps['filter'] | false;
}

interface InnerProps extends PanelProps {
  readonly level: number;
  readonly inPage: boolean;
  /** The button that closes the panel, if it can be closed. */
  readonly close?: ReactNode;
}

/** Head, tabs and list, or the preferences in their place. */
export function Panel({ preferences, level, inPage, close }: InnerProps): ReactNode {
  const { labels, tabs } = useView();
  const [view, setView] = useState<'list' | 'preferences'>('list');
  const [chosen, setChosen] = useState(tabs[0]?.key);
  const head = useRef<HTMLDivElement>(null);
  const tabId = useId();
  const tab = tabs.find(({ key }) => key === chosen) ?? tabs[0];
  const turn = (to: typeof view): void => {
    setView(to);
    // The button that was pressed is gone; its counterpart stands where it leads back.
    requestAnimationFrame(() => head.current?.querySelector<HTMLElement>('[data-turn]')?.focus());
  };
  const inList = view === 'list';
  const heading = (
    <Heading level={level} className="td-heading">
      {inList ? labels.notifications : labels.preferencesTitle}
    </Heading>
  );
  const buttons = (
    <>
      {inList && tab && <ListButtons filter={tab.filter} />}
      {inList && preferences !== false && (
        <Tool data-turn icon={icons.sliders} label={labels.preferencesTitle} onClick={() => turn('preferences')} />
      )}
      {close}
    </>
  );
  return (
    <>
      <div className="td-head" ref={head}>
        {!inList && <Tool data-turn icon={icons.back} label={labels.back} onClick={() => turn('list')} />}
        <Slot of="Header" heading={heading} buttons={buttons}>
          {heading}
          {buttons}
        </Slot>
      </div>
      <Notice />
      {inList && tab ? (
        <>
          {tabs.length > 1 && <Tabs id={tabId} chosen={tab.key} onChoose={setChosen} />}
          <div
            className="td-tabpanel"
            {...(tabs.length > 1 && { role: 'tabpanel', id: `${tabId}p`, 'aria-labelledby': `${tabId}${tab.key}` })}
          >
            <List key={tab.key} filter={tab.filter} tab={tab.key} level={level + 1} inPage={inPage} />
          </div>
          <Slot of="Footer" />
        </>
      ) : (
        <PreferencesForm filter={preferences || undefined} level={level + 1} />
      )}
    </>
  );
}

interface TabsProps {
  readonly id: string;
  readonly chosen: string;
  readonly onChoose: (key: string) => void;
}

/** The tabs with their figures. Arrows go from tab to tab and choose at once. */
function Tabs({ id, chosen, onChoose }: TabsProps): ReactNode {
  const { labels, tabs } = useView();
  const counts = useTabCounts(tabs);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const at = tabs.findIndex(({ key }) => key === chosen);
    const forward = getComputedStyle(event.currentTarget).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const to = { Home: 0, End: tabs.length - 1, ArrowLeft: at - 1, ArrowRight: at - 1, [forward]: at + 1 }[event.key];
    const goal = to === undefined ? undefined : tabs.at(to % tabs.length);
    if (!goal) return;
    event.preventDefault();
    onChoose(goal.key);
    (event.currentTarget.children[tabs.indexOf(goal)] as HTMLElement | undefined)?.focus();
  };
  return (
    <div className="td-tabs" role="tablist" aria-label={labels.notifications} onKeyDown={onKeyDown}>
      {tabs.map((tab, index) => {
        const count = counts[index] ?? 0;
        const isChosen = tab.key === chosen;
        return (
          <button
            key={tab.key}
            type="button"
            role="tab"
            className="td-tab"
            id={id + tab.key}
            aria-selected={isChosen}
            aria-controls={isChosen ? `${id}p` : undefined}
            tabIndex={isChosen ? 0 : -1}
            onClick={() => onChoose(tab.key)}
          >
            <Slot of="TabLabel" tab={tab} count={count}>
              {tab.label}
              {count > 0 && (
                <span className="td-count">
                  <span aria-hidden="true">{count}</span>
                  <span className="td-hidden">{labels.tabCount(count, tab.count || 'unread')}</span>
                </span>
              )}
            </Slot>
          </button>
        );
      })}
    </div>
  );
}
