import { Batcher } from '../base/batcher.js';
import type { Clock } from '../base/clock.js';
import { Kept } from '../base/kept.js';
import type { Db } from '../store/database.js';
import { findKeyOwners, type KeyOwner } from '../store/environments.js';
import type { Caller } from './context.js';

type RecipientCaller = Extract<Caller, { kind: 'recipient' }>;

/** What was revoked opens nothing later than this afterwards, on any process. */
const LIMITS = { ms: 2_000, max: 10_000 };

/**
 * Who stands behind a credential: concurrent look-ups share a query, and what was found is not asked for again for a
 * moment. Keyed by hashes; credentials themselves are not kept.
 */
export class KeyRing {
  private readonly owners: Kept<KeyOwner>;
  private recipients: Kept<RecipientCaller>;
  private readonly lookUps: Batcher<Uint8Array, KeyOwner | undefined>;

  constructor(
    db: Db,
    private readonly clock: Clock,
  ) {
    this.owners = new Kept(clock, LIMITS);
    this.recipients = new Kept(clock, LIMITS);
    this.lookUps = new Batcher(
      async (hashes) => {
        const owners = await findKeyOwners(db, hashes);
        return hashes.map((hash) => owners.get(nameOf(hash)));
      },
      { maxSize: 200, inFlight: 2 },
    );
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
