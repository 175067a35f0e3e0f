import { sql } from 'kysely';
import type { Db } from './database.js';

/** A person as the hosted pages see them. */
export interface ProfileRow {
  readonly locale: string | null;
  readonly timeZone: string | null;
  /** As JSON: routing/profile.ts. */
  readonly profile: Record<string, unknown>;
  /** Name of the environment. */
  readonly environment: string;
}

/**
 * A person with what they chose; undefined: there is no such person (any more).
 *
 * @param lock until the commit, because the profile is written as a whole
 */
export async function findProfile(
  db: Db,
  environmentId: string,
  recipientId: string,
  lock: 'for update' | null = null,
): Promise<ProfileRow | undefined> {
  const { rows } = await sql<ProfileRow>`
    select r.locale, r.time_zone as "timeZone", r.profile, e.name as environment
    from recipient r join environment e on e.id = r.environment_id
    where r.environment_id = ${environmentId} and r.id = ${recipientId} and r.erased_at is null
    ${lock === null ? sql`` : sql`for update of r`}`.execute(db);
  return rows[0];
}
