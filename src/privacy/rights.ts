import { standingOf } from '../recipients/agreement.js';
import { dataRightsIn } from '../routing/laws.js';
import type { Profile } from '../routing/profile.js';
import type { Db } from '../store/database.js';
import type { PersonRef } from '../store/erasing.js';
import { readProfile } from '../store/preferences.js';

/** What a person may ask for, and has said. */
export interface Rights {
  /** Where the law looks for the person, as routing does; null: nobody knows. */
  readonly country: string | null;
  /** Names of the acts. */
  readonly laws: readonly string[];
  readonly doNotSell: boolean;
  readonly limitUse: boolean;
}

export async function rightsOf(db: Db, { environmentId, recipientId }: PersonRef): Promise<Rights> {
  const [{ country }, choices] = await Promise.all([
    standingOf(db, environmentId, recipientId),
    readProfile(db, environmentId, recipientId),
  ]);
  const { doNotSell = false, limitUse = false }: Profile = choices?.profile ?? {};
  return { country, laws: dataRightsIn(country), doNotSell, limitUse };
}
