/** What a person wants to be told, and how, for clients of `@tidings/inbox/core`. */
export { preferencesOf } from './core/preferences.ts';
export type { PreferencesHandle, PreferencesSnapshot } from './core/handles.ts';
export type * from './core/preferences-operations.ts';
