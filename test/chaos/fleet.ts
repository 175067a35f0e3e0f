import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Product, type Crash } from './product.ts';

const READY_MS = 90_000;
const RESTART_MS = 200;
/** How long a kill or a freeze waits for somebody to hit. */
const KILL_MS = 10_000;

interface Slot {
  readonly databaseUrl: string;
  clockOffsetMs: number;
  life: Product;
}

/** When a process was killed, and when the next one in its place served. */
export interface Recovery {
  readonly slot: number;
  readonly killedAt: number;
  readyAt: number | null;
}

/** The product's processes. One that ends is started again in its place, whatever ended it. */
export class Fleet implements AsyncDisposable {
  kills = 0;
  freezes = 0;
  readonly stops = { 'in order': 0, 'with an error': 0, 'by force': 0 };
  readonly crashes: Crash[] = [];
  readonly recoveries: Recovery[] = [];
  /** Starts that failed: nothing else is possible while Postgres is away. */
  failedStarts = 0;
  private readonly slots: Slot[];
  private readonly logFolder: string;
  private over = false;
  private killing = Promise.resolve();

  private constructor(databaseUrls: readonly string[], clockOffsets: readonly number[], logFolder: string) {
    this.logFolder = logFolder;
    this.slots = databaseUrls.map((databaseUrl, nth) => {
      const clockOffsetMs = clockOffsets[nth] ?? 0;
      return { databaseUrl, clockOffsetMs, life: this.launch(nth, databaseUrl, clockOffsetMs) };
    });
  }

  static async start(
    databaseUrls: readonly string[],
    clockOffsets: readonly number[],
    logFolder: string,
  ): Promise<Fleet> {
    const fleet = new Fleet(databaseUrls, clockOffsets, logFolder);
    await fleet.allServe();
    return fleet;
  }

  serving(slot: number): boolean {
    return this.slots[slot]?.life.serves === true;
  }

  /** Addresses of the processes that can be asked now. */
  urls(): string[] {
    return this.slots.flatMap(({ life }) => (life.serves ? [`http://127.0.0.1:${life.port}`] : []));
  }

  /**
   * SIGKILL to this one, or to the next one that fits: a process that serves while another one does as well, for work
   * that nobody can do proves nothing; or, where `starting`, one that does not serve yet. Waits for such a one a while.
   */
  kill(slot: number, starting: boolean): Promise<void> {
    const until = performance.now() + KILL_MS;
    this.killing = this.killing.then(async () => {
      while (performance.now() < until && !this.over) {
        const spare = this.urls().length > 1;
        const life = this.near(slot, (one) => (starting ? one.port === null : spare && one.serves));
        if (life) return this.killNow(life);
        await sleep(50);
      }
    });
    return this.killing;
  }

  /** SIGSTOP for longer than a lease. Resolves when it runs again, or is dead. */
  async freeze(slot: number, forMs: number): Promise<void> {
    let life: Product | undefined;
    // One that is left must serve.
    for (let waited = 0; waited < KILL_MS && !life && !this.over; waited += 50) {
      if (this.urls().length > 1) life = this.near(slot, (one) => one.serves);
      else await sleep(50);
    }
    if (!life) return;
    this.freezes += 1;
    life.freeze();
    await Promise.race([sleep(forMs), life.ended]);
    life.thaw();
  }

  /** SIGTERM to one after the other, each when the one before serves again. */
  async roll(): Promise<void> {
    for (const { life } of this.slots) {
      if (!life.serves) continue;
      this.stops[await life.terminate()] += 1;
      await this.serves(life.slot, 15_000);
    }
  }

  /** Moves the clock of a process, and of those that come in its place. */
  moveClock(slot: number, byMs: number): void {
    const moved = this.slots[slot];
    if (!moved) return;
    moved.clockOffsetMs += byMs;
    moved.life.moveClock(moved.clockOffsetMs);
  }

  /** Resolves when every process serves; fails when one does not for long. */
  async allServe(): Promise<void> {
    for (let nth = 0; nth < this.slots.length; nth += 1)
      if (!(await this.serves(nth, READY_MS))) throw new Error(`process ${nth} does not become ready: see its log`);
  }

  /** Ends all of them in order, for good. */
  async stop(): Promise<void> {
    this.over = true;
    const ends = await Promise.all(
      this.slots.map(async ({ life }) => {
        life.thaw();
        return life.exit ? null : life.terminate();
      }),
    );
    for (const end of ends) if (end) this.stops[end] += 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.over = true;
    for (const { life } of this.slots) if (!life.exit) life.kill();
    await Promise.all(this.slots.map(({ life }) => life.ended));
  }

  private killNow(life: Product): void {
    this.kills += 1;
    this.recoveries.push({ slot: life.slot, killedAt: Date.now(), readyAt: null });
    life.kill();
  }

  private near(slot: number, fits: (life: Product) => boolean): Product | undefined {
    const lives = this.slots.map((_, nth) => (this.slots[(slot + nth) % this.slots.length] as Slot).life);
    return lives.find((life) => !life.doomed && !life.exit && fits(life));
  }

  private async serves(slot: number, withinMs: number): Promise<boolean> {
    for (let waited = 0; waited < withinMs; waited += 50) {
      if (this.slots[slot]?.life.serves) return true;
      await sleep(50);
    }
    return false;
  }

  private launch(slot: number, databaseUrl: string, clockOffsetMs: number): Product {
    const life = new Product(slot, databaseUrl, clockOffsetMs, join(this.logFolder, `process-${slot}.log`));
    void this.watch(life);
    return life;
  }

  private async watch(life: Product): Promise<void> {
    const ready = setInterval(() => {
      if (!life.serves) return;
      clearInterval(ready);
      for (const one of this.recoveries) if (one.slot === life.slot) one.readyAt ??= Date.now();
    }, 20);
    await life.ended;
    clearInterval(ready);
    if (!life.doomed) {
      if (life.port === null) this.failedStarts += 1;
      else this.crashes.push({ slot: life.slot, at: Date.now(), how: JSON.stringify(life.exit) });
    }
    await sleep(RESTART_MS);
    const slot = this.slots[life.slot];
    if (slot && !this.over) slot.life = this.launch(life.slot, slot.databaseUrl, slot.clockOffsetMs);
  }
}
