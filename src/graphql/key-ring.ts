import { Batcher } from '../base/batcher.js';
import type { Clock } from '../base/clock.js';
import type { Db } from '../store/database.js';
import { findKeyOwners, type KeyOwner } from '../store/environments.js';

/** A revoked key opens nothing later than this after its revocation, on any process. */
const KEPT_MS = 2_000;
const KEPT_MAX = 1_000;

/** Whose API key it is: concurrent look-ups share a query, and a key that was found is not asked for again for a moment. */
export class KeyRing {
  private readonly kept = new Map<string, { owner: KeyOwner; until: number }>();
  private readonly lookUps: Batcher<Uint8Array, KeyOwner | undefined>;

  constructor(
    db: Db,
    private readonly clock: Clock,
  ) {
    this.lookUps = new Batcher(
      async (hashes) => {
        const owners = await findKeyOwners(db, hashes);
        return hashes.map((hash) => owners.get(Buffer.from(hash).toString('hex')));
      },
      { maxSize: 200, inFlight: 2 },
    );
  }

  /** The environment that a key of this hash opens; undefined for none. */
  async owner(hash: Uint8Array): Promise<KeyOwner | undefined> {
    const name = Buffer.from(hash).toString('hex');
    const now = this.clock.now().getTime();
    const known = this.kept.get(name);
    if (known && known.until > now) return known.owner;
    const owner = await this.lookUps.add(hash);
    this.kept.delete(name);
    if (!owner) return undefined;
    this.kept.set(name, { owner, until: now + KEPT_MS });
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
    return owner;
  }
}
