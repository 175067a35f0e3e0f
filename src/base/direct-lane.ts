import type { Lane } from '../base/names.js';

/**
 * The direct lane: a function that the composition root hands in, so that accepting knows nothing of delivery. A slot is
 * reserved before the commit and used right after it; without one, the job carries the work.
 */
export interface DirectLane {
  /** Null when this process carries nothing out, or has its hands full. */
  reserve(count: number): Reservation | null;
}

export interface Reservation {
  /** Starts the work and returns at once; the deferred job is the net under it. */
  run(environmentId: string, ids: readonly string[], lane: Lane): void;
  /** Gives the slot back unused. */
  release(): void;
}
