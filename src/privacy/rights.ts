import { countryOf } from '../recipients/person.js';
import { dataRightsIn } from '../routing/laws.js';
import type { Profile } from '../routing/profile.js';
import type { Db } from '../store/database.js';
import { listEndpoints } from '../store/endpoints.js';
import { findCompliance } from '../store/environments.js';
import type { PersonRef } from '../store/erasing.js';
import { readProfile } from '../store/preferences.js';
import { findRecipients } from '../store/recipients.js';

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
  const [[person], endpoints, compliance, choices] = await Promise.all([
    findRecipients(db, environmentId, { ids: [recipientId] }),
    listEndpoints(db, environmentId, [recipientId]),
    findCompliance(db, environmentId),
    readProfile(db, environmentId, recipientId),
  ]);
  const phone = endpoints.find((endpoint) => endpoint.channel === 'SMS')?.address ?? null;
  const country = countryOf({
    country: person?.country ?? null,
    phone,
    defaultCountry: compliance.defaultCountry ?? null,
  });
  const { doNotSell = false, limitUse = false }: Profile = choices?.profile ?? {};
  return { country, laws: dataRightsIn(country), doNotSell, limitUse };
}
