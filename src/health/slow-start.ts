import { plus, type Clock } from '../base/clock.js';
import type { DirectLane } from '../base/direct-lane.js';
import { LANES, type Lane } from '../base/names.js';
import type { Ending } from './monitor.js';
import { pull, type Permit, type PermitAsk, type Permits } from './permits.js';
import type { IntegrationWithHealth } from '../store/integrations.js';
import type { InTransaction } from '../store/transaction.js';

/** Calls at once, in one process and lane, to an integration that has not proved yet that it takes anything. */
const FIRST = 4;
/** A success proves something for this long, and for up to as long again. */
const PROOF_MS = 10_000;
/** Longer than any call takes: one whose end was never heard of counts no more. */
const LOST_MS = 25_000;
/** How long a notification is held in hand for an integration that may take more in a moment. */
export const HOLD_MS = 500;
/** Who is held back is pulled by the next success; this is the net under that, so much later for each who stands before. */
const AGAIN_MS = 1_000;
const EACH_MS = 2;
const LONGEST_MS = 30_000;
/** A rate of a hundred a second. */
const SLOW_PER_MS = 0.1;
/** Notifications that one success pulls at most. */
const PULL_MAX = 500;

interface Track {
  configuredAt: number;
  readonly running: Readonly<Record<Lane, Map<string, number>>>;
  /** Successes since `since`, and in the stretch before. */
  good: number;
  before: number;
  since: number;
  /** How many were held back since nobody was left waiting, and when the last one was. */
  held: number;
  heldAt: number;
  /** Those who wait in this process's hands, in order. */
  readonly waiting: { readonly go: () => void; readonly until: number }[];
}

/**
 * Few calls first, and more with every success: a key that the vendor refuses costs a handful of attempts, not one for
 * everybody who happened to be in hand. Kept by each process for itself; lanes do not hold each other back.
 */
export class SlowStart {
  private readonly tracks = new Map<string, Track>();

  constructor(
    private readonly context: {
      readonly permits: Pick<Permits, 'ask'>;
      readonly inTransaction: InTransaction;
      readonly clock: Clock;
    },
  ) {}

  /** As `Permits.ask`, for as many as may begin now; the others wait for the integration. */
  async ask(environmentId: string, asks: readonly PermitAsk[]): Promise<Map<string, Permit>> {
    const now = this.context.clock.now();
    const held = new Map<string, Permit>();
    const open = asks.filter((ask) => {
      const track = this.trackOf(ask.integration, now.getTime());
      if (isSlow(ask.integration) || begin(track, ask, now.getTime())) return true;
      held.set(ask.notificationId, hold(track, ask, now));
      return false;
    });
    let permits = new Map<string, Permit>();
    try {
      permits = await this.context.permits.ask(environmentId, open);
    } finally {
      for (const ask of open)
        if (permits.get(ask.notificationId)?.kind !== 'go') this.end(ask.integration.id, ask.notificationId);
    }
    return new Map([...permits, ...held]);
  }

  /** Takes note of calls that ended, and lets more go where they went well. */
  async learn(
    environmentId: string,
    integration: IntegrationWithHealth,
    endings: readonly { notificationId: string; kind: Ending['kind'] }[],
    direct: DirectLane | null,
  ): Promise<void> {
    const track = this.trackOf(integration, this.context.clock.now().getTime());
    for (const { notificationId } of endings) this.end(integration.id, notificationId);
    const good = endings.filter((one) => one.kind === 'answered').length;
    track.good += good;
    const refused = endings.some((one) => one.kind === 'misconfigured');
    if (refused) Object.assign(track, { good: 0, before: 0 });
    // A refusal is for everybody to hear; a success lets as many go as it has proved.
    const free = refused ? track.waiting.length : Math.max(0, windowOf(track) - busyOf(track));
    release(track, free, this.context.clock.now().getTime());
    if (refused) return;
    if (good > 0 && track.held > 0) await this.pull(environmentId, integration.id, track, direct);
  }

  private async pull(
    environmentId: string,
    integrationId: string,
    track: Track,
    direct: DirectLane | null,
  ): Promise<void> {
    const count = Math.min(PULL_MAX, windowOf(track) - busyOf(track));
    if (count <= 0) return;
    const taken = await this.context.inTransaction((tx) => pull(tx, environmentId, integrationId, count, direct));
    // Who was held back a moment ago may not be written down yet.
    if (taken < count && this.context.clock.now().getTime() - track.heldAt > AGAIN_MS) track.held = 0;
  }

  private end(integrationId: string, notificationId: string): void {
    const track = this.tracks.get(integrationId);
    if (track) for (const lane of LANES) track.running[lane].delete(notificationId);
  }

  private trackOf(integration: IntegrationWithHealth, now: number): Track {
    const configuredAt = integration.updated_at.getTime();
    let track = this.tracks.get(integration.id);
    if (!track) {
      const running = Object.fromEntries(LANES.map((lane) => [lane, new Map<string, number>()])) as Track['running'];
      track = { configuredAt, running, good: 0, before: 0, since: now, held: 0, heldAt: 0, waiting: [] };
      this.tracks.set(integration.id, track);
    }
    // Other credentials prove nothing about these.
    if (configuredAt > track.configuredAt) Object.assign(track, { configuredAt, good: 0, before: 0, since: now });
    const stretches = Math.floor((now - track.since) / PROOF_MS);
    if (stretches > 0)
      Object.assign(track, {
        before: stretches === 1 ? track.good : 0,
        good: 0,
        since: track.since + stretches * PROOF_MS,
      });
    return track;
  }
}

/** Its own rate starts it slowly enough, and keeps those who wait in the order in which they came. */
function isSlow({ rate_count: count, rate_period_ms: periodMs }: IntegrationWithHealth): boolean {
  return count !== null && periodMs !== null && count / periodMs <= SLOW_PER_MS;
}

function windowOf(track: Track): number {
  return FIRST + track.good + track.before;
}

/** A place among those who wait in hand, or in the table. */
function hold(track: Track, ask: PermitAsk, now: Date): Permit {
  const wait = Math.min(LONGEST_MS, AGAIN_MS + EACH_MS * track.held);
  const until = plus(now, wait);
  if (!ask.mayHold) {
    track.held += 1;
    track.heldAt = now.getTime();
    return { kind: 'full', until };
  }
  const soon = new Promise<void>((go) => void track.waiting.push({ go, until: now.getTime() + HOLD_MS }));
  return { kind: 'full', until, soon };
}

/** Lets so many of those go who are still held; the others have gone to the table meanwhile. */
function release(track: Track, count: number, now: number): void {
  for (let left = count; left > 0 && track.waiting.length > 0;) {
    const next = track.waiting.shift();
    if (!next || next.until <= now) continue;
    next.go();
    left -= 1;
  }
}

function busyOf(track: Track): number {
  return Math.max(...LANES.map((lane) => track.running[lane].size));
}

/** Notes a call that is about to begin; false when too many run. */
function begin(track: Track, { lane, notificationId }: PermitAsk, now: number): boolean {
  const running = track.running[lane];
  if (running.size >= windowOf(track) && !running.has(notificationId)) {
    for (const [id, until] of running) if (until <= now) running.delete(id);
    if (running.size >= windowOf(track)) return false;
  }
  running.set(notificationId, now + LOST_MS);
  return true;
}
