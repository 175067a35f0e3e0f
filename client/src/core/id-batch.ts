/** Collects ids for a short window and hands them on together: one request for a burst instead of one each. */
export class IdBatch {
  private ids = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `windowMs`: how long the first id waits for company. `send` gets 1 … 100 distinct ids, oldest first. */
  constructor(
    private readonly windowMs: number,
    private readonly send: (ids: readonly string[]) => void,
  ) {}

  add(id: string): void {
    this.ids.add(id);
    this.timer ??= setTimeout(() => this.flush(), this.windowMs);
  }

  /** Sends what has gathered, now. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const ids = [...this.ids];
    this.ids.clear();
    for (let from = 0; from < ids.length; from += bulkLimit) this.send(ids.slice(from, from + bulkLimit));
  }
}

const bulkLimit = 100;
