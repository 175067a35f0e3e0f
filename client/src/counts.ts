/** Exact counts of parts of the inbox, for clients of `@tidings/inbox/core`. */
export { countsOf } from './core/part-counts.ts';
export type { CountsHandle } from './core/handles.ts';
