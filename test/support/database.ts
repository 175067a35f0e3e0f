import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import { databaseUrl, TEMPLATE } from './global-setup.js';

export interface FreshDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
}

/** A migrated, empty database of one's own; dropped at the end. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const prefix = inject('databasePrefix');
  const name = `${prefix}${randomUUID().replaceAll('-', '')}`;
  await asAdmin((admin) => admin.query(`create database ${name} template ${prefix}${TEMPLATE} strategy file_copy`));
  return {
    name,
    url: databaseUrl(inject('postgresUrl'), name),
    [Symbol.asyncDispose]: () =>
      asAdmin((admin) => admin.query(`drop database if exists ${name} with (force)`)).then(() => undefined),
  };
}

async function asAdmin<T>(work: (admin: Client) => Promise<T>): Promise<T> {
  const admin = new Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
