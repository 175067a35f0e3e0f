import { open, type FileHandle } from 'node:fs/promises';

/** A file of lines that survives everything: a line is on the disk when its promise resolves. */
export class DurableLog {
  private waiting: { line: string; resolve: () => void; reject: (error: unknown) => void }[] = [];
  private writing = false;
  private readonly file: FileHandle;

  private constructor(file: FileHandle) {
    this.file = file;
  }

  static async open(path: string): Promise<DurableLog> {
    return new DurableLog(await open(path, 'a'));
  }

  /** Lines that come while others are written share one write and one fsync. */
  append(entry: object): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ line: `${JSON.stringify(entry)}\n`, resolve, reject });
      if (!this.writing) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0);
      try {
        await this.file.appendFile(batch.map(({ line }) => line).join(''));
        await this.file.datasync();
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.writing = false;
  }
}
