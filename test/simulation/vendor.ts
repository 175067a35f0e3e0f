import { z } from 'zod';
import type { Report } from '../../src/base/names.js';
import type { Answer, Call, Carrier, Provider } from '../../src/providers/provider.js';
import { Random } from '../chaos/random.ts';
import type { Owner, Timeline } from './timeline.ts';
import { PLAIN_TRAITS } from '../support/traits.js';

/** What a vendor does with one call. */
export type Deed =
  | 'accept'
  | 'reject'
  | 'gone'
  | 'retry'
  | 'limit'
  | 'limit without time'
  | 'refuse us'
  | 'lose answer'
  | 'lose request'
  | 'silence, taken'
  | 'silence, not taken'
  | 'too late';

export type Mood = Readonly<Partial<Record<Deed, number>>>;

export interface Traits {
  readonly keyMs: number | null;
  readonly lookup: boolean;
  readonly reports: boolean;
}

/** A call as the vendor got it. */
export interface Received {
  readonly attemptId: string;
  readonly deliveryKey: string;
  readonly notificationId: string;
  readonly integration: string;
  readonly address: string;
  readonly channel: string;
  readonly deed: Deed | 'folded';
  readonly at: number;
  /** When it was done with the call, so that another one would not be beside it. */
  endedAt: number | null;
  /** When it took it; null: it did not. */
  takenAt: number | null;
  /** The time before which it wants no further call; null: none named. */
  notBefore: number | null;
}

/** How a vendor reports, later, about what it took. */
export type Reporter = (received: Received, report: Report, providerId: string, vendor: Vendor) => void;

const DAY_MS = 86_400_000;

/**
 * A vendor of the world outside: what it does comes from the seed, and what it took stands in its own ledger, whatever
 * becomes of who asked.
 */
export class Vendor {
  readonly ledger: Received[] = [];
  mood: Mood = { accept: 1 };
  /** Only calls with these credentials are let in. */
  credentials = 1;
  private readonly folded = new Map<string, Received>();

  constructor(
    readonly name: string,
    readonly traits: Traits,
    private readonly timeline: Timeline,
    private readonly seed: string,
    private readonly reporter: Reporter,
  ) {}

  /** The adapter of this vendor, in one process. */
  provider(owner: Owner): Provider<Record<string, never>, { key: number }> {
    return {
      name: this.name,
      channels: ['EMAIL', 'SMS'],
      traits: PLAIN_TRAITS,
      settings: z.strictObject({}),
      credentials: z.strictObject({ key: z.number() }),
      settling: this.traits,
      open: (_settings, { key }): Carrier => ({
        send: (call, signal) => this.send(owner, key, call, signal),
        ...(this.traits.lookup ? { lookup: (call: Call) => this.lookup(owner, call) } : {}),
      }),
    };
  }

  /** All that it took under a delivery's key, each counted as the person gets it. */
  private async send(owner: Owner, key: number, call: Call, signal: AbortSignal): Promise<Answer> {
    const random = new Random(`${this.seed} ${this.name} ${call.attemptId}`);
    const known = this.folded.get(call.deliveryKey);
    const fresh = known?.takenAt != null && this.timeline.now < known.at + (this.traits.keyMs ?? 0);
    const drawn: Deed = key === this.credentials ? random.weighted<Deed>(this.mood) : 'refuse us';
    const deed = fresh && TAKES.has(drawn) ? 'folded' : drawn;
    const { attemptId, deliveryKey, notificationId, integration, address, channel } = call;
    const received: Received = {
      ...{ attemptId, deliveryKey, notificationId, integration, address, channel, deed },
      at: this.timeline.now,
      ...{ endedAt: null, takenAt: null, notBefore: null },
    };
    this.ledger.push(received);
    const thinking = random.between(5, random.chance(0.1) ? 9_000 : 400);
    if (TAKES.has(deed))
      this.later(thinking / 2, null, `${this.name} takes ${attemptId}`, () => this.take(received, random));
    if (deed.startsWith('silence')) {
      signal.addEventListener('abort', () => (received.endedAt = this.timeline.now));
      return new Promise(() => undefined);
    }
    await new Promise<void>((resolve) =>
      this.later(
        deed === 'too late' ? random.between(9_900, 40_000) : thinking,
        owner,
        `${this.name} answers`,
        resolve,
      ),
    );
    received.endedAt = this.timeline.now;
    return this.answer(deed, received, random);
  }

  private answer(deed: Received['deed'], received: Received, random: Random): Answer {
    switch (deed) {
      case 'accept':
      case 'too late':
      case 'folded':
        return { kind: 'accepted', providerId: `id of ${received.deliveryKey}` };
      case 'reject':
        return { kind: 'rejected', code: 'NO' };
      case 'gone':
        return { kind: 'gone', code: 'GONE' };
      case 'retry':
        return { kind: 'retry', retryAt: null, rateLimited: false };
      case 'limit': {
        received.notBefore = this.timeline.now + random.between(1_000, random.chance(0.2) ? 3_600_000 : 60_000);
        return { kind: 'retry', retryAt: new Date(received.notBefore), rateLimited: true };
      }
      case 'limit without time':
        return { kind: 'retry', retryAt: null, rateLimited: true };
      case 'refuse us':
        return { kind: 'misconfigured', code: '401' };
      case 'lose answer':
      case 'lose request':
      case 'silence, taken':
      case 'silence, not taken':
        return { kind: 'unknown', code: 'CUT' };
      default:
        return deed satisfies never;
    }
  }

  private take(received: Received, random: Random): void {
    received.takenAt = this.timeline.now;
    if (this.traits.keyMs !== null) this.folded.set(received.deliveryKey, received);
    if (!this.traits.reports) return;
    const providerId = `id of ${received.deliveryKey}`;
    const tell = (report: Report, longest: number): void =>
      this.later(random.between(200, longest), null, `${this.name} reports ${report} of ${received.attemptId}`, () =>
        this.reporter(received, report, providerId, this),
      );
    for (let copies = random.between(0, 2); copies > 0; copies -= 1) tell('ACCEPTED', 40_000);
    if (random.chance(0.2)) tell('DEFERRED', 3_600_000);
    if (random.chance(0.1)) tell('BOUNCED', 3 * DAY_MS);
    else if (random.chance(0.6)) tell('DELIVERED', DAY_MS);
  }

  private async lookup(owner: Owner, call: Call): Promise<Answer | null> {
    const random = new Random(`${this.seed} lookup ${call.attemptId} ${this.timeline.now}`);
    await new Promise<void>((resolve) => this.later(random.between(5, 500), owner, `${this.name} looks`, resolve));
    if (random.chance(0.3)) return null;
    const taken = this.ledger.some((one) => one.attemptId === call.attemptId && one.takenAt !== null);
    return taken
      ? { kind: 'accepted', providerId: `id of ${call.deliveryKey}` }
      : { kind: 'retry', retryAt: null, rateLimited: false };
  }

  private later(ms: number, owner: Owner | null, label: string, run: () => void): void {
    const happening = {
      at: this.timeline.now + Math.round(ms),
      owner,
      label,
      run: () => {
        this.timeline.remove(happening);
        run();
      },
    };
    this.timeline.add(happening);
  }
}

const TAKES: ReadonlySet<string> = new Set<Deed>(['accept', 'lose answer', 'silence, taken', 'too late']);

/** Weights of what a vendor does, by how it is. */
export const MOODS = {
  well: { accept: 1 },
  shaky: {
    accept: 10,
    retry: 3,
    limit: 1,
    'limit without time': 1,
    'lose answer': 2,
    'lose request': 2,
    reject: 1,
    gone: 0.3,
  },
  away: { retry: 5, 'lose request': 2, 'silence, not taken': 2 },
  drowning: { accept: 2, limit: 3, 'silence, taken': 2, 'too late': 2, 'lose answer': 2, retry: 3 },
  confused: { 'refuse us': 2, accept: 4, retry: 2 },
} as const satisfies Record<string, Mood>;
