import { trackingOf } from '../routing/tracking.js';
import type { Db } from '../store/database.js';
import { findCompliance } from '../store/environments.js';
import { peopleBehind } from '../store/profiles.js';
import { countryOf } from './person.js';

/** Those of these notifications whose people nobody looks at: what they open and click is not kept. */
export async function untracked(
  db: Db,
  environmentId: string,
  notificationIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (notificationIds.length === 0) return new Set();
  const { trackingOffIn = [], defaultCountry = null } = await findCompliance(db, environmentId);
  const people = await peopleBehind(db, environmentId, notificationIds);
  const off = people.filter(({ country, phone, limitUse }) => {
    const where = countryOf({ country, phone, defaultCountry });
    return trackingOf(limitUse, where, trackingOffIn ?? []) !== 'ON';
  });
  return new Set(off.map((one) => one.notificationId));
}
