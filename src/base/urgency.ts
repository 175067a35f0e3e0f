import type { Lane } from './names.js';

/**
 * What is urgent in this process right now. All lanes share its thread: what can wait asks here before it begins another
 * batch.
 */
export class Urgency {
  private critical = 0;
  private requests = 0;

  /** A critical notification is in the database's hands until this settles. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.critical += 1;
    try {
      return await work;
    } finally {
      this.critical -= 1;
    }
  }

  /** Somebody waits for an answer, until the function that comes back is called. */
  request(): () => void {
    this.requests += 1;
    let open = true;
    return () => {
      if (open) this.requests -= 1;
      open = false;
    };
  }

  /** Should work of this lane let others pass? Bulk lets everybody, critical nobody. */
  yields(lane: Lane): boolean {
    if (lane === 'CRITICAL') return false;
    return this.critical > 0 || (lane === 'BULK' && this.requests > 0);
  }
}
