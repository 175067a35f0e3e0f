import { Client } from 'pg';
import { until } from './until.js';

const LOCK = 4711;

/**
 * A look into the database beside the product, and a gate in it: writes that meet a condition wait there, in the middle of
 * their commit, until the gate is lifted. So a process is killed at one place, not at one time.
 */
export class Gate implements AsyncDisposable {
  private shut: string | null = null;

  private constructor(private readonly client: Client) {}

  static async at(url: string): Promise<Gate> {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(`create or replace function wait_at_gate() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock_shared(${LOCK}); return new; end $$`);
    return new Gate(client);
  }

  async rows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.client.query(text, values)).rows as Row[];
  }

  /** Rows of `table` for which `condition` (on `new`) holds, wait before they are written. */
  async close(event: 'insert' | 'update', table: string, condition: string): Promise<void> {
    await this.client.query(`select pg_advisory_lock(${LOCK})`);
    await this.client.query(
      `create trigger gate before ${event} on ${table} for each row when (${condition}) execute function wait_at_gate()`,
    );
    this.shut = table;
  }

  /** Resolves when so many transactions stand before the gate. */
  async reached(count = 1): Promise<void> {
    await until(
      async () => {
        const waiting = await this.rows(
          `select 1 from pg_locks where locktype = 'advisory' and objid = ${LOCK} and not granted
             and database = (select oid from pg_database where datname = current_database())`,
        );
        return waiting.length >= count;
      },
      'a write to reach the gate',
      60_000,
    );
  }

  /** Lets those that wait go on (a transaction whose process is gone ends there), and takes the gate away. */
  async lift(): Promise<void> {
    if (this.shut === null) return;
    await this.client.query(`select pg_advisory_unlock(${LOCK})`);
    // It wants the whole table, partitions and all, and may meet the product half-way: then it steps back, before the
    // product is made to, and tries again.
    await this.client.query(`set deadlock_timeout = '10ms'`);
    const table = this.shut;
    await until(
      () =>
        this.client.query(`drop trigger gate on ${table}`).then(
          () => true,
          (error: unknown) => {
            if ((error as { code?: string }).code === '40P01') return false;
            throw error;
          },
        ),
      'the gate to be taken away',
      30_000,
    );
    this.shut = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.end();
  }
}
