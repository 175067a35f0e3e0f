import type { Lane } from '../base/names.js';

/**
 * The direct lane: a function that the composition root hands in, so that accepting knows nothing of delivery. A slot is
 * reserved before the commit and used right after it; without one, the job carries the work.
 */
export interface DirectLane {
  /** Null when this process carries nothing out, has its hands full, or too full of what belongs to the same owner. */
  reserve(count: number, owner: WorkOwner): Reservation | null;
}

/** Whose work it is. */
export interface WorkOwner {
  readonly environmentId: string;
  readonly tenant?: string | null;
}

export interface Reservation {
  /** Starts the work and returns at once; timers are the net under it. */
  run(ids: readonly string[], lane: Lane): void;
  /** Gives the slot back unused. */
  release(): void;
}
