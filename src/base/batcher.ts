import { isUnavailable } from './errors.js';

/**
 * Gathers concurrent calls and hands them to `work` as one array: many callers, one commit.
 *
 * While fewer than `inFlight` batches run, a batch starts in the next turn of the event loop, so a lone call waits for
 * nobody; when all are busy, calls gather up to `maxSize`. `work` answers one result per item, in order. A thrown error
 * splits the batch in halves and tries each again, so that one bad item fails alone and its neighbours do not;
 * a database out of reach fails them all at once.
 */
export class Batcher<Item, Result> {
  private waiting: { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }[] = [];
  private running = 0;
  private scheduled = false;

  constructor(
    private readonly work: (items: Item[]) => Promise<Result[]>,
    private readonly options: { maxSize: number; inFlight: number },
  ) {}

  /** Resolves with this item's own result once its batch has been worked. */
  add(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled || this.waiting.length === 0 || this.running >= this.options.inFlight) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const batch = this.waiting.splice(0, this.options.maxSize);
      if (batch.length === 0) return;
      this.running += 1;
      void this.run(batch).finally(() => {
        this.running -= 1;
        this.schedule();
      });
      this.schedule();
    });
  }

  private async run(batch: typeof this.waiting): Promise<void> {
    try {
      const results = await this.work(batch.map((entry) => entry.item));
      batch.forEach((entry, index) => entry.resolve(results[index] as Result));
    } catch (error) {
      if (batch.length === 1 || isUnavailable(error)) {
        for (const entry of batch) entry.reject(error);
        return;
      }
      const middle = batch.length >> 1;
      await this.run(batch.slice(0, middle));
      await this.run(batch.slice(middle));
    }
  }
}
