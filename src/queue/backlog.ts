import type { Lane } from '../base/names.js';
import type { JobPayloads } from './jobs.js';

/** Notifications of one owner that make one step down in priority. */
const STEP = 500;
const LOWEST = -20;

/** Whose a job is: environments and, inside them, tenants take turns. */
export function ownerOf(data: Pick<JobPayloads['advance'], 'environmentId' | 'tenant'>): string {
  return `${data.environmentId} ${data.tenant ?? ''}`;
}

/**
 * The priority of a job whose owner has so much waiting already: who has little goes before who has much, and each doubling
 * is one step. Heavy owners have fetchers of their own besides, so nobody waits for ever.
 */
export function priorityFor(waiting: number): number {
  return Math.max(LOWEST, -Math.floor(Math.log2(1 + waiting / STEP)));
}

/**
 * What waits in each lane, read at most once a second and only when somebody asks; what this process adds in between is
 * counted on top.
 */
export class Backlog {
  private lanes = new Map<Lane, Map<string, number>>();
  private readAt = -Infinity;
  private reading: Promise<void> | null = null;

  constructor(
    private readonly read: () => Promise<Map<Lane, Map<string, number>>>,
    private readonly nowMs: () => number,
    private readonly freshMs = 1_000,
  ) {}

  /** Notifications that are due and wait in a lane. Throws when the database cannot be read and never was. */
  async of(lane: Lane): Promise<number> {
    await this.refresh();
    return [...(this.lanes.get(lane)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  }

  /** As last known, without asking. */
  ofOwner(lane: Lane, owner: string): number {
    return this.lanes.get(lane)?.get(owner) ?? 0;
  }

  add(lane: Lane, owner: string, count: number): void {
    const owners = this.lanes.get(lane) ?? new Map<string, number>();
    owners.set(owner, (owners.get(owner) ?? 0) + count);
    this.lanes.set(lane, owners);
  }

  async refresh(): Promise<void> {
    if (this.nowMs() - this.readAt < this.freshMs) return;
    this.reading ??= this.read()
      .then((lanes) => {
        this.lanes = lanes;
        this.readAt = this.nowMs();
      })
      .catch((error: unknown) => {
        // What was known a moment ago is better than nothing.
        if (this.readAt === -Infinity) throw error;
      })
      .finally(() => (this.reading = null));
    await this.reading;
  }
}
