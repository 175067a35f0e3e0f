import type { Clock } from './clock.js';

/** Values that stay good for a moment: at most `max` of them, the oldest gives way. */
export class Kept<Value> {
  private readonly entries = new Map<string, { value: Value; until: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly options: { ms: number; max: number },
  ) {}

  get(name: string): Value | undefined {
    const entry = this.entries.get(name);
    if (!entry) return undefined;
    if (entry.until > this.clock.now().getTime()) return entry.value;
    this.entries.delete(name);
    return undefined;
  }

  delete(name: string): void {
    this.entries.delete(name);
  }

  /** Keeps the value for `ms`, or until `end` if that is sooner. */
  set(name: string, value: Value, end?: Date): void {
    const until = Math.min(this.clock.now().getTime() + this.options.ms, end?.getTime() ?? Infinity);
    this.entries.delete(name);
    this.entries.set(name, { value, until });
    const oldest = this.entries.keys().next().value;
    if (this.entries.size > this.options.max && oldest !== undefined) this.entries.delete(oldest);
  }
}
