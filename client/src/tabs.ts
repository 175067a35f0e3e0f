/** One connection and one toast for all tabs of the browser: `createInboxClient({ …, crossTab: sharedTabs })`. */
export { sharedTabs } from './core/tabs.ts';
