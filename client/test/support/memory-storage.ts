/** A browser's storage in memory: full or forbidden when the test says so, and shared by those who are given it. */
export class MemoryStorage implements Storage {
  [name: string]: unknown;
  full = false;
  forbidden = false;
  private readonly kept = new Map<string, string>();

  get length(): number {
    return this.kept.size;
  }

  getItem(key: string): string | null {
    this.check();
    return this.kept.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.check();
    if (this.full) throw new DOMException('The quota has been exceeded', 'QuotaExceededError');
    this.kept.set(key, value);
  }

  removeItem(key: string): void {
    this.check();
    this.kept.delete(key);
  }

  key(index: number): string | null {
    return [...this.kept.keys()][index] ?? null;
  }

  clear(): void {
    this.kept.clear();
  }

  private check(): void {
    if (this.forbidden) throw new DOMException('Access is denied', 'SecurityError');
  }
}
