import { Batcher } from '../base/batcher.js';
import type { Clock } from '../base/clock.js';
import { Kept } from '../base/kept.js';
import type { Db } from '../store/database.js';
import { findEnvironmentsByKey, findKeyOwners, type EnvironmentRow, type KeyOwner } from '../store/environments.js';
import { erasedSince } from '../store/erasures.js';
import { resolveExternalIds } from '../store/recipients.js';
import type { Caller } from './context.js';

type RecipientCaller = Extract<Caller, { kind: 'recipient' }>;

/** What was revoked opens nothing later than this afterwards, on any process. */
const LIMITS = { ms: 2_000, max: 10_000 };

/** Concurrent look-ups that share a query. */
const SHARED = { maxSize: 200, inFlight: 2 };

/** Somebody a token speaks of, and since when it does. */
export interface Subject {
  readonly environmentId: string;
  readonly externalId: string;
  readonly since: Date;
}

export interface SubjectState {
  /** Null: there is no such person. */
  readonly recipientId: string | null;
  /** Somebody of this id was erased after the token was made. */
  readonly isErasedSince: boolean;
}

/**
 * Who stands behind a credential: concurrent look-ups share a query, and what was found is not asked for again for a
 * moment. Keyed by hashes; credentials themselves are not kept.
 */
export class KeyRing {
  private readonly owners: Kept<KeyOwner>;
  private recipients: Kept<RecipientCaller>;
  private readonly lookUps: Batcher<Uint8Array, KeyOwner | undefined>;
  private readonly environments: Batcher<string, EnvironmentRow | undefined>;
  private readonly subjects: Batcher<Subject, SubjectState>;

  constructor(
    db: Db,
    private readonly clock: Clock,
  ) {
    this.owners = new Kept(clock, LIMITS);
    this.recipients = new Kept(clock, LIMITS);
    this.lookUps = new Batcher(async (hashes) => {
      const owners = await findKeyOwners(db, hashes);
      return hashes.map((hash) => owners.get(nameOf(hash)));
    }, SHARED);
    this.environments = new Batcher(async (keys) => {
      const rows = new Map((await findEnvironmentsByKey(db, [...new Set(keys)])).map((row) => [row.key, row]));
      return keys.map((key) => rows.get(key));
    }, SHARED);
    this.subjects = new Batcher((subjects) => readSubjects(db, subjects), SHARED);
  }

  /** The environment of this key; undefined: there is none. Never a kept one: its secret may have changed. */
  async environment(key: string): Promise<EnvironmentRow | undefined> {
    return this.environments.add(key);
  }

  /** Whom a token speaks of. */
  async subject(subject: Subject): Promise<SubjectState> {
    return this.subjects.add(subject);
  }

  /** The environment that a key of this hash opens; undefined for none. */
  async owner(hash: Uint8Array): Promise<KeyOwner | undefined> {
    const known = this.owners.get(nameOf(hash));
    if (known) return known;
    const owner = await this.lookUps.add(hash);
    if (owner) this.owners.set(nameOf(hash), owner);
    return owner;
  }

  /** Somebody was erased: every token is verified anew. Other processes do so a moment later. */
  forgetRecipients(): void {
    this.recipients = new Kept(this.clock, LIMITS);
  }

  /** The person behind a token of this hash, verified now or a moment ago; never after the token's end. */
  async recipient(hash: Uint8Array, verify: () => Promise<RecipientCaller>): Promise<RecipientCaller> {
    const known = this.recipients.get(nameOf(hash));
    if (known) return known;
    const caller = await verify();
    this.recipients.set(nameOf(hash), caller, caller.expiresAt);
    return caller;
  }
}

function nameOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('base64url');
}

/** One query a table and environment: when everybody comes back at once, that is what they wait for. */
async function readSubjects(db: Db, subjects: readonly Subject[]): Promise<SubjectState[]> {
  const states = new Map<Subject, SubjectState>();
  for (const [environmentId, of] of Map.groupBy(subjects, (one) => one.environmentId)) {
    const ids = await resolveExternalIds(db, environmentId, [...new Set(of.map((one) => one.externalId))]);
    // Afterwards: whoever was found there may have come after an erasure, which is then seen here.
    const erased = await erasedSince(db, environmentId, of);
    for (const [nth, one] of of.entries())
      states.set(one, { recipientId: ids.get(one.externalId) ?? null, isErasedSince: erased.has(nth) });
  }
  return subjects.map((one) => states.get(one) as SubjectState);
}
