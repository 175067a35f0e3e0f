import { Client } from 'pg';
import { sleep } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Logger } from '../base/log.js';
import type { InboxHint } from '../store/transaction.js';
import type { Bus } from './bus.js';
import type { Hub } from './hub.js';

const CHANNEL = 'tidings_inbox';
/** Postgres refuses payloads of 8,000 bytes; two UUIDs in hex are 64. */
const HINTS_PER_NOTIFY = 100;
/** Hints gather this long: one NOTIFY a commit would serialise commits behind each other. */
const GATHER_MS = 5;
/** Floor under lost hints. */
const SWEEP_MS = 15_000;
const RECONNECT_MS = 500;

export interface BridgeOptions {
  readonly url: string;
  readonly instanceId: string;
  /** Held as a session lock on the listening connection: when this process dies, the database frees it at once. */
  readonly lockKey: number;
  readonly hub: Hub;
  readonly log: Logger;
}

/**
 * One direct connection that listens for other processes' hints, sends ours, and holds the lock that proves that this
 * process lives. It comes back by itself, and then looks into every inbox that is read here.
 */
export class Bridge implements Bus {
  private client: Client | null = null;
  private readonly pending = new Map<string, InboxHint>();
  private readonly stopping = new AbortController();
  private flushing = false;
  private loop: Promise<void> = Promise.resolve();

  constructor(private readonly options: BridgeOptions) {}

  /** Resolves when the first connection listens; goes on reconnecting until `stop`. */
  async start(): Promise<void> {
    let { lost } = await this.connect();
    this.loop = (async () => {
      const sweep = setInterval(() => this.options.hub.hintAll(), SWEEP_MS);
      sweep.unref();
      while (!this.stopping.signal.aborted) {
        await lost;
        if (this.stopping.signal.aborted) break;
        await sleep(RECONNECT_MS, this.stopping.signal);
        try {
          ({ lost } = await this.connect());
          this.options.hub.hintAll();
        } catch (error) {
          this.options.log.warn({ error: messageOf(error) }, 'listening connection: trying again');
        }
      }
      clearInterval(sweep);
    })();
  }

  publish(hints: readonly InboxHint[]): void {
    this.options.hub.hint(hints);
    for (const hint of hints) this.pending.set(`${hint.environmentId}:${hint.recipientId}`, hint);
    this.scheduleFlush();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    const client = this.client;
    this.client = null;
    await client?.end().catch(() => undefined);
    await this.loop;
  }

  /** Connects, locks, listens. `lost` resolves when the connection is gone. */
  private async connect(): Promise<{ lost: Promise<void> }> {
    const { url, lockKey } = this.options;
    const client = new Client({ connectionString: url, application_name: 'tidings-listener', keepAlive: true });
    const lost = new Promise<void>((resolve) => {
      client.once('end', () => resolve());
      client.on('error', (error) => {
        this.options.log.warn({ error: messageOf(error) }, 'listening connection lost');
        resolve();
      });
    });
    client.on('notification', (message) => this.receive(message.payload ?? ''));
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [lockKey]);
    await client.query(`listen ${CHANNEL}`);
    this.client = client;
    return {
      lost: lost.then(() => {
        if (this.client === client) this.client = null;
      }),
    };
  }

  private receive(payload: string): void {
    const [from, ...pairs] = payload.split(',');
    if (from === this.options.instanceId) return;
    const hints = pairs.map((pair) => {
      const [environmentId = '', recipientId = ''] = pair.split(':');
      return { environmentId, recipientId };
    });
    this.options.hub.hint(hints);
  }

  private scheduleFlush(): void {
    if (this.flushing || this.pending.size === 0) return;
    this.flushing = true;
    setTimeout(() => {
      void this.flush().finally(() => {
        this.flushing = false;
        this.scheduleFlush();
      });
    }, GATHER_MS);
  }

  private async flush(): Promise<void> {
    const keys = [...this.pending.keys()];
    this.pending.clear();
    for (let start = 0; start < keys.length; start += HINTS_PER_NOTIFY) {
      const payload = [this.options.instanceId, ...keys.slice(start, start + HINTS_PER_NOTIFY)].join(',');
      try {
        await this.client?.query('select pg_notify($1, $2)', [CHANNEL, payload]);
      } catch (error) {
        // Other processes find it by version at their next look.
        this.options.log.warn({ error: messageOf(error) }, 'hint not sent');
      }
    }
  }
}
