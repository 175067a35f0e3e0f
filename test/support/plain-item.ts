import type { NewInboxItem } from '../../src/store/inbox-items.js';

/** An item that has nothing beside its text. */
export const PLAIN_ITEM: Omit<NewInboxItem, 'recipient_id' | 'id' | 'created_at'> = {
  ...{ title: 'T', body: 'B', url: null, data: null, category_key: 'chat', toast: true },
  ...{ tags: [], urgent: false, actions: [], group_key: null, expires_at: null },
};
