import { randomBytes } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type * as Binaries from '../../src/store/embedded-binaries.js';
import type * as ClusterModule from '../../src/store/embedded-cluster.js';
import type * as Lock from '../../src/store/embedded-lock.js';
import type * as PostmasterModule from '../../src/store/embedded-postmaster.js';

/** The built product's own way to Postgres: this file runs under plain Node, which cannot read the sources. */
async function built<Module>(name: string): Promise<Module> {
  return (await import(new URL(`../../dist/src/store/${name}.js`, import.meta.url).href)) as Module;
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'log',
  autovacuum_naptime: '10s',
  // What a run is about: an acknowledged commit survives.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // The auditor compares commits by Postgres' own clock, because those of the processes are moved.
  track_commit_timestamp: 'on',
};
const STOPPED_MS = 30_000;

/** A Postgres of the run's own that can be stopped as by a crash and started again on the same port. */
export class OwnPostgres implements AsyncDisposable {
  readonly port: number;
  private readonly url: string;
  private readonly cluster: ClusterModule.Cluster;
  private readonly logFile: string;
  private postmaster: PostmasterModule.Postmaster | null;

  private constructor(
    cluster: ClusterModule.Cluster,
    logFile: string,
    postmaster: PostmasterModule.Postmaster,
    password: string,
  ) {
    this.cluster = cluster;
    this.logFile = logFile;
    this.postmaster = postmaster;
    this.port = postmaster.port;
    this.url = `postgres://tidings:${password}@127.0.0.1`;
  }

  static async start(folder: string): Promise<OwnPostgres> {
    const { cacheFolders, findPackage, prepareBinaries } = await built<typeof Binaries>('embedded-binaries');
    const { chooseAccount, initialise } = await built<typeof ClusterModule>('embedded-cluster');
    const { launch } = await built<typeof PostmasterModule>('embedded-postmaster');
    await mkdir(folder);
    const home = await realpath(folder);
    const directory = join(home, 'postgres');
    const account = await chooseAccount(directory);
    const binaries = await prepareBinaries(await findPackage(), account, cacheFolders(home, account));
    const cluster = { directory, binaries, account, durable: true };
    const password = randomBytes(16).toString('hex');
    await initialise(cluster, password);
    const logFile = join(home, 'postgres.log');
    const postmaster = await launch(cluster, logFile, SETTINGS);
    const started = new OwnPostgres(cluster, logFile, postmaster, password);
    const admin = new Client({ connectionString: started.urlAt(started.port, 'postgres') });
    await admin.connect();
    await admin.query('create database tidings');
    await admin.end();
    return started;
  }

  /** The database as it is reached through a port: Postgres' own or a proxy's. */
  urlAt(port: number, database = 'tidings'): string {
    return `${this.url}:${port}/${database}`;
  }

  get running(): boolean {
    return this.postmaster !== null;
  }

  /** As `pg_ctl stop -m immediate`: no checkpoint, no farewell; the next start recovers from the write-ahead log. */
  async crash(): Promise<void> {
    const { processIdentity } = await built<typeof Lock>('embedded-lock');
    const postmaster = this.postmaster;
    if (!postmaster) return;
    this.postmaster = null;
    process.kill(postmaster.pid, 'SIGQUIT');
    for (let waited = 0; (await processIdentity(postmaster.pid)) === postmaster.identity; waited += 20) {
      if (waited > STOPPED_MS) throw new Error(`Postgres (process ${postmaster.pid}) does not stop`);
      await sleep(20);
    }
  }

  /** Starts it again where it was; resolves when it takes connections. */
  async restart(): Promise<void> {
    if (this.postmaster) return;
    const { launch } = await built<typeof PostmasterModule>('embedded-postmaster');
    this.postmaster = await launch(this.cluster, this.logFile, SETTINGS, () => Promise.resolve(this.port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.crash();
  }
}
