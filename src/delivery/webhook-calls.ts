import { Batcher } from '../base/batcher.js';
import { plus, sleepBy, type Clock } from '../base/clock.js';
import type { Egress } from '../base/egress.js';
import { messageOf } from '../base/errors.js';
import { exchange } from '../base/http-exchange.js';
import { encodeId } from '../base/ids.js';
import type { Logger } from '../base/log.js';
import type { SecretBox } from '../base/secret-box.js';
import { signWebhook } from '../providers/standard-webhooks.js';
import type { Database } from '../store/database.js';
import type { KeptRows } from '../store/kept-rows.js';
import type { InTransaction } from '../store/transaction.js';
import { WakeBook } from '../store/wakes.js';
import {
  claimCalls,
  recordCallEnds,
  releaseCalls,
  WEBHOOK_LEASE_MS,
  type ClaimedCall,
} from '../store/webhook-calls.js';
import { webhookSecretPlace } from '../store/webhook-subscriptions.js';
import { learnFromCalls } from './webhook-health.js';
import { verdictOf, verdictOfError, WEBHOOK_DEADLINE_MS, type Verdict } from './webhook-schedule.js';

/** Calls of one process at once, and those to one subscription: a slow receiver keeps nobody else waiting. */
const AT_ONCE = 16;
const SHARE = 4;
/** How long a stop waits for calls that run, before it cuts them off. */
const GRACE_MS = 5_000;
/** Ends written in one commit. */
const TOGETHER = 50;

export interface WebhookContext {
  readonly database: Pick<Database, 'db'>;
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly log: Logger;
  readonly secrets: SecretBox;
  readonly egress: Egress;
  readonly kept: KeptRows;
}

/** A call that is over; without a verdict: cut off by our own stop, so that it says nothing. */
export interface EndedCall {
  readonly call: ClaimedCall;
  readonly verdict: Verdict | null;
}

/**
 * Calls the URLs that operators have subscribed. At least once each: what was called and not recorded, because its process
 * died, is called again under the same id when the lease is over.
 */
export class WebhookCaller {
  private readonly running = new Set<Promise<void>>();
  private readonly inHand = new Map<string, number>();
  private readonly ends: Batcher<EndedCall, undefined>;
  private readonly wakes = new WakeBook('webhooks');
  private readonly stopped = new AbortController();
  private closed = false;
  private looking: Promise<void> | null = null;
  private asked = false;

  constructor(private readonly context: WebhookContext) {
    this.ends = new Batcher(
      async (ended) => {
        await this.record(ended);
        return ended.map(() => undefined);
      },
      { maxSize: TOGETHER, inFlight: 1 },
    );
  }

  /** Begins what is due, as far as there is room; resolves when it has begun. What ends makes room and looks again. */
  look(): Promise<void> {
    this.asked = true;
    this.looking ??= this.lookOn();
    return this.looking;
  }

  /** Begins nothing more, and resolves when what runs is over; what takes too long is cut off and goes to others. */
  async stop(): Promise<void> {
    this.closed = true;
    const over = Promise.allSettled(this.running);
    const waited = new AbortController();
    await Promise.race([over, sleepBy(this.context.clock, GRACE_MS, waited.signal)]);
    waited.abort();
    this.stopped.abort();
    await over;
  }

  private async lookOn(): Promise<void> {
    try {
      do {
        this.asked = false;
        for (const call of await this.claim()) this.begin(call);
      } while (this.asked);
    } finally {
      this.looking = null;
    }
  }

  private async claim(): Promise<ClaimedCall[]> {
    const limit = AT_ONCE - this.running.size;
    if (limit <= 0 || this.closed) return [];
    const { database, clock } = this.context;
    const now = clock.now();
    const lease = { now, leaseUntil: plus(now, WEBHOOK_LEASE_MS) };
    return claimCalls(database.db, lease, { limit, share: SHARE, inHand: this.inHand });
  }

  private begin(call: ClaimedCall): void {
    const { subscription_id: whose } = call;
    this.inHand.set(whose, (this.inHand.get(whose) ?? 0) + 1);
    const work = this.carry(call)
      .catch((error: unknown) => {
        const { log } = this.context;
        log.warn(
          { subscription: call.key, error: messageOf(error) },
          'a webhook call was not recorded; it comes again',
        );
      })
      .finally(() => {
        this.running.delete(work);
        const left = (this.inHand.get(whose) ?? 1) - 1;
        if (left > 0) this.inHand.set(whose, left);
        else this.inHand.delete(whose);
        // Should it fail, the sweep of every minute looks again.
        this.look().catch(() => undefined);
      });
    this.running.add(work);
  }

  private async carry(call: ClaimedCall): Promise<void> {
    const verdict = await this.call(call);
    await this.ends.add({ call, verdict });
  }

  private async call(call: ClaimedCall): Promise<Verdict | null> {
    const { clock, egress } = this.context;
    const { type, timestamp, data } = call.payload;
    const body = JSON.stringify({ type, timestamp, data });
    const deadline = AbortSignal.timeout(WEBHOOK_DEADLINE_MS);
    const signal = AbortSignal.any([deadline, this.stopped.signal]);
    try {
      const signature = signWebhook(this.secretsOf(call), encodeId('webhookCall', call.id), clock.now(), body);
      const headers = { 'content-type': 'application/json', 'user-agent': 'Tidings-Webhooks/1', ...signature };
      const reply = await exchange(call.url, { method: 'POST', headers, body, egress }, signal);
      return verdictOf(reply, call.tries, clock.now());
    } catch (error) {
      if (this.stopped.signal.aborted) return null;
      return verdictOfError(deadline.aborted ? null : error, call.tries, clock.now());
    }
  }

  /** The secret, and for a while after a rotation the one before. */
  private secretsOf(call: ClaimedCall): string[] {
    const { secrets, clock } = this.context;
    const place = webhookSecretPlace(call);
    const isOldGood = call.old_secret !== null && call.old_secret_until !== null && call.old_secret_until > clock.now();
    const sealed = isOldGood && call.old_secret ? [call.secret, call.old_secret] : [call.secret];
    return sealed.map((one) => secrets.open(one, place));
  }

  /** One commit: how calls ended, what that says of their subscriptions, and jobs for when they are due again. */
  private async record(ended: readonly EndedCall[]): Promise<void> {
    const { inTransaction, clock } = this.context;
    const moments = await inTransaction(async (tx) => {
      const now = clock.now();
      const ends = ended.flatMap(({ call: { environment_id, id, tries }, verdict }) => {
        if (!verdict) return [];
        const { state, nextAt: next_at, status, detail } = verdict;
        return [{ environment_id, id, tries, state, next_at, status, detail }];
      });
      const cutOff = ended.filter((one) => one.verdict === null).map((one) => one.call);
      await recordCallEnds(tx.db, ends, now);
      await releaseCalls(tx.db, cutOff, now);
      await learnFromCalls(tx, this.context, ended, now);
      const due = this.wakes.jobsFor([...ends.flatMap((end) => end.next_at ?? []), ...cutOff.map(() => now)], now);
      tx.enqueue(...due.jobs);
      return due.moments;
    });
    this.wakes.remember(moments);
  }
}
