import { instant } from '../base/clock.js';
import type { ItemAction, ItemTraits } from '../store/inbox-items.js';
import type { SendRow } from '../store/sends.js';

/** What a send says of the item alone, as the inbox keeps it. */
export function itemTraits(said: SendRow['inbox']): ItemTraits {
  const { urgent = false, actions = [], groupKey = null, expiresAt } = (said ?? {}) as Said;
  return { urgent, actions, group_key: groupKey, expires_at: expiresAt === undefined ? null : instant(expiresAt) };
}

/** As send/inbox-options stores it. */
interface Said {
  readonly urgent?: boolean;
  readonly actions?: ItemAction[];
  readonly groupKey?: string;
  readonly expiresAt?: string;
}
