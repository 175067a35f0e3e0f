'use client';

/** The Tidings inbox for React. Styles are a file of their own: inbox.css. */
export { Bell, type BellProps } from './react/Bell.tsx';
export { Inbox, InboxList, InboxPage, type InboxListProps, type InboxPageProps } from './react/Inbox.tsx';
export type { PanelProps as InboxProps } from './react/Panel.tsx';
export { Preferences, type PreferencesProps } from './react/Preferences.tsx';
export { Toaster, type ToasterProps } from './react/Toaster.tsx';
export { InboxProvider, type InboxProviderProps } from './react/provider.tsx';
export type { InboxTab } from './react/tabs.ts';
export type { ItemSlotProps, Slots } from './react/slots.ts';
export type { LabelPair, Labels, PreferenceLabels } from './react/labels.ts';
export { english } from './react/labels/en.ts';
export * from './hooks.ts';
