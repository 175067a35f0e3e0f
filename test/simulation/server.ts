import { Client, TypeOverrides, types as pgTypes } from 'pg';

/** A real connection, lent to one virtual one at a time. */
export interface Physical {
  readonly client: Client;
  readonly pid: number;
}

const CONNECTIONS = 24;

/** The real Postgres: connections that stay open over many stories, and one that no story sees. */
export class Server {
  readonly free: Physical[] = [];
  private all: Physical[] = [];

  private constructor(readonly admin: Client) {}

  static async open(url: string): Promise<Server> {
    const server = new Server(await connect(url));
    server.all = await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        const client = await connect(url);
        const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
        return { client, pid: rows[0]?.pid ?? 0 };
      }),
    );
    return server;
  }

  /** An empty database, as a story finds it. */
  async empty(): Promise<void> {
    this.free.splice(0, Infinity, ...this.all);
    await this.keepStill();
    const { rows } = await this.admin.query<{ name: string }>(
      `select quote_ident(relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and relname <> 'migration'`,
    );
    await this.admin.query(`truncate ${rows.map((row) => row.name).join(', ')} cascade`);
  }

  /** No statistics come between: they would change plans, and plans the order of rows that nobody ordered. */
  private async keepStill(): Promise<void> {
    const { rows } = await this.admin.query<{ name: string }>(
      `select quote_ident(relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'public' and c.relkind = 'r' and not coalesce(reloptions @> '{autovacuum_enabled=false}', false)`,
    );
    for (const { name } of rows) await this.admin.query(`alter table ${name} set (autovacuum_enabled = false)`);
  }

  async blockersOf(pid: number): Promise<number[]> {
    const { rows } = await this.admin.query<{ pids: number[] }>('select pg_blocking_pids($1) as pids', [pid]);
    return rows[0]?.pids ?? [];
  }

  async cancel(pid: number): Promise<void> {
    await this.admin.query('select pg_cancel_backend($1)', [pid]);
  }

  async close(): Promise<void> {
    await Promise.all([this.admin, ...this.all.map((one) => one.client)].map((client) => client.end()));
  }
}

async function connect(url: string): Promise<Client> {
  const types = new TypeOverrides();
  types.setTypeParser(pgTypes.builtins.INT8, Number);
  const client = new Client({ connectionString: url, types, options: '-c jit=off' });
  await client.connect();
  return client;
}
