import { uuidv7 } from '../base/ids.js';
import { insertAllClear, insertChange } from '../store/alerts.js';
import type { Db } from '../store/database.js';
import type { Listing } from './blocklists.js';

const LISTED = 'DOMAIN_LISTED';
const CLEARED = 'DOMAIN_CLEARED';

/**
 * Tells operators what blocklists list, once, and that it is off them again as soon as every list that was asked says so.
 * Domains and network addresses count each for itself.
 */
export async function tellOfListings(
  db: Db,
  environmentId: string,
  listings: readonly Listing[],
  now: Date,
): Promise<void> {
  for (const [subject, group] of Map.groupBy(listings, (listing) => listing.subject)) {
    const zones = group.flatMap(({ state, zone }) => (state === 'listed' ? [zone] : []));
    const about = `"${subject}" `;
    const alert = { environment_id: environmentId, id: uuidv7(now), integration_key: null, created_at: now };
    if (zones.length > 0) {
      const detail = `${about}is on the blocklist ${zones.join(', ')}: receivers that go by it refuse mail from it`;
      await insertChange(db, { ...alert, type: LISTED, detail }, [LISTED, CLEARED], about);
    } else if (group.every(({ state }) => state === 'clean')) {
      const detail = `${about}is on none of the blocklists any more`;
      await insertAllClear(db, { ...alert, type: CLEARED, detail }, LISTED, about);
    }
  }
}
