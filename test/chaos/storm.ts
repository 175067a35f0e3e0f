import { setTimeout as sleep } from 'node:timers/promises';
import { FAIR } from './modes.ts';
import type { Step } from './schedule.ts';
import type { World } from './world.ts';

/** Carries a schedule out on a world, and puts everything right again afterwards. */
export class Storm {
  postgresStops = 0;
  readonly done: Record<string, number> = {};
  /** When Postgres took connections again. */
  readonly postgresUpAt: number[] = [];
  /** The most commits whose answer was lost can only be known from the proxies. */
  private readonly world: World;
  private readonly say: (line: string) => void;
  /** Faults that end by themselves after a while. */
  private readonly running = new Set<Promise<void>>();

  constructor(world: World, say: (line: string) => void) {
    this.world = world;
    this.say = say;
  }

  get ambushes(): number {
    return [...this.world.proxies.values()].reduce((sum, proxy) => sum + proxy.ambushes, 0);
  }

  /** All steps at their times; resolves when the last one was begun and `forMs` are over. */
  async rage(steps: readonly Step[], forMs: number): Promise<void> {
    const began = performance.now();
    for (const step of steps) {
      await sleep(Math.max(0, step.at - (performance.now() - began)));
      this.begin(step);
    }
    await sleep(Math.max(0, forMs - (performance.now() - began)));
  }

  /** Postgres alone, for long. */
  async absence(forMs: number): Promise<void> {
    await Promise.all(this.running);
    await this.postgresAway(forMs);
  }

  /** The end of all faults: whatever is broken is whole when this resolves. */
  async calm(): Promise<void> {
    await Promise.all(this.running);
    const { provider, proxies, postgres, fleet } = this.world;
    provider.tell({ type: 'weather', weather: FAIR });
    provider.tell({ type: 'open' });
    for (const proxy of proxies.values()) proxy.calm();
    await postgres.restart();
    await fleet.allServe();
  }

  private begin(step: Step): void {
    this.done[step.kind] = (this.done[step.kind] ?? 0) + 1;
    const { at: _at, ...what } = step;
    if (step.kind !== 'kill' && step.kind !== 'commit') this.say(JSON.stringify(what));
    const work: Promise<void> = this.carryOut(step)
      .catch((error: unknown) => this.say(`${step.kind}: ${String(error)}`))
      .finally(() => this.running.delete(work));
    this.running.add(work);
  }

  private async carryOut(step: Step): Promise<void> {
    const { provider, proxies, fleet } = this.world;
    const spared = 'starting' in step && step.kind !== 'kill' && step.starting === fleet.serving(step.slot);
    const proxy = 'slot' in step && !spared ? proxies.get(step.slot) : undefined;
    switch (step.kind) {
      case 'kill':
        return fleet.kill(step.slot, step.starting);
      case 'freeze':
        return fleet.freeze(step.slot, step.forMs);
      case 'roll':
        return fleet.roll();
      case 'postgres':
        return this.postgresAway(step.forMs);
      case 'cut':
        proxy?.cut();
        return;
      case 'blackhole':
        proxy?.hush();
        await sleep(step.forMs);
        proxy?.calm();
        return;
      case 'delay':
        proxy?.slow(step.byMs);
        await sleep(step.forMs);
        proxy?.slow(0);
        return;
      case 'commit':
        proxy?.ambush();
        return;
      case 'weather':
        provider.tell({ type: 'weather', weather: step.weather });
        return;
      case 'refuse':
        provider.tell({ type: 'close' });
        await sleep(step.forMs);
        provider.tell({ type: 'open' });
        return;
      case 'clock':
        fleet.moveClock(step.slot, step.offsetMs);
        await sleep(step.forMs);
        fleet.moveClock(step.slot, -step.offsetMs);
        return;
      default:
        step satisfies never;
    }
  }

  private async postgresAway(forMs: number): Promise<void> {
    const { postgres } = this.world;
    if (!postgres.running) return;
    this.postgresStops += 1;
    await postgres.crash();
    await sleep(forMs);
    await postgres.restart();
    this.postgresUpAt.push(Date.now());
  }
}
