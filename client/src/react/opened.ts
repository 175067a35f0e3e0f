/** All that is behind the bell: loaded when it is first wanted, see Opened.tsx. */
export { List } from './List.tsx';
export { Notice } from './Notice.tsx';
export { Panel } from './Panel.tsx';
export { PreferencesForm } from './PreferencesForm.tsx';
