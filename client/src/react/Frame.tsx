import type { ReactNode } from 'react';
import { Heading, Slot } from './parts.tsx';
import { useView } from './provider.tsx';

interface FrameProps {
  readonly level: number;
  readonly inPage: boolean;
  readonly close?: ReactNode;
  readonly children: ReactNode;
}

/** The panel before its contents are there: its heading, and the room of the rest. */
export function Frame({ level, inPage, close, children }: FrameProps): ReactNode {
  const { labels, tabs } = useView();
  const heading = (
    <Heading level={level} className="td-heading">
      {labels.notifications}
    </Heading>
  );
  return (
    <>
      <div className="td-head">
        <Slot of="Header" heading={heading} buttons={close}>
          {heading}
          {close}
        </Slot>
      </div>
      {tabs.length > 1 && <div className="td-tabs" />}
      <div className="td-tabpanel">
        <Space inPage={inPage}>{children}</Space>
      </div>
      <Slot of="Footer" />
    </>
  );
}

/** A list that holds no items yet. */
export function Space({ inPage, children }: { readonly inPage: boolean; readonly children: ReactNode }): ReactNode {
  return (
    <div className="td-list" data-in-page={inPage || undefined}>
      {children}
    </div>
  );
}

/** In the place of rows that are being loaded. */
export function Skeleton(): ReactNode {
  const { labels } = useView();
  return (
    <div className="td-skeleton">
      <p className="td-hidden">{labels.loading}</p>
      {['a', 'b', 'c', 'd'].map((key) => (
        <span key={key} />
      ))}
    </div>
  );
}
