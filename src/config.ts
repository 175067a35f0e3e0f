import { resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/** Everything that a process is told from outside. */
export interface Config {
  /** The one HTTP port; 0 takes a free one. */
  readonly port: number;
  /** Null: the embedded Postgres under `dataDir`. */
  readonly databaseUrl: string | null;
  /** Embedded data, attachments. */
  readonly dataDir: string;
  /** The first key of an empty database; null: generated and printed once. */
  readonly bootstrapApiKey: string | null;
  /** `all`: everything; `api`: takes requests, carries nothing out; `worker`: carries out, serves health alone. */
  readonly role: 'all' | 'api' | 'worker';
  /** How outsiders reach this gateway; null: `http://localhost:PORT`. */
  readonly publicUrl: string | null;
  /** Seals credentials at rest; null: a key kept in the database itself. */
  readonly encryptionKey: string | null;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** The demo page at `/`; off in production unless asked for. */
  readonly demo: boolean;
  /** Notifications that may wait in a lane; with more, sends in it are refused. */
  readonly backlogLimit: number;
  /** Networks (CIDR) that URLs named by callers and people may lead to though they are not public. */
  readonly egressAllow: readonly string[];
  /** Asked when a sender's domain is checked; empty: the system's. `address` or `address:port`. */
  readonly dnsServers: readonly string[];
  /** DNS zones of blocklists, asked when a sender's domain is checked. */
  readonly blocklists: readonly string[];
  /** Attachments: null: a folder under `dataDir`; else `s3://bucket/prefix` with what the S3 client reads from AWS_*. */
  readonly attachmentStore: string | null;
  /** Another server that speaks S3; null: AWS. */
  readonly s3Endpoint: string | null;
  /** Connections to Postgres, besides 8 for the queue and the listener. */
  readonly poolSize: number;
}

const flag = z
  .enum(['on', 'off', 'true', 'false', '1', '0'])
  .transform((value) => value === 'on' || value === 'true' || value === '1');
const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, 'expected a whole number')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `expected ${least} to ${most}`);

/** Texts between commas. */
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== ''),
);

function isDnsServer(server: string): boolean {
  const [, host = ''] = /^\[?([^\]]*?)\]?(?::\d{1,5})?$/.exec(server) ?? [];
  return ipaddr.isValid(host) || ipaddr.isValid(server);
}

const environment = z.object({
  PORT: whole(0, 65_535).default(4000),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'expected postgres://user:password@host:port/database' })
    .optional(),
  DATA_DIR: z.string().min(1).default('.tidings'),
  BOOTSTRAP_API_KEY: z
    .string()
    .min(8, 'expected at least 8 characters')
    .max(500)
    .regex(/^[^\s]+$/, 'expected no white space')
    .refine((key) => !key.startsWith('eyJ'), 'may not begin with "eyJ", as recipient tokens do')
    .optional(),
  ROLE: z.enum(['all', 'api', 'worker']).default('all'),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).optional(),
  ENCRYPTION_KEY: z.string().min(16, 'expected at least 16 characters').optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('warn'),
  NODE_ENV: z.string().optional(),
  DEMO: flag.optional(),
  BACKLOG_LIMIT: whole(1, 100_000_000).default(200_000),
  DATABASE_POOL: whole(2, 200).default(16),
  EGRESS_ALLOW: list
    .refine((all) => all.every((one) => ipaddr.isValidCIDR(one)), 'expected networks like 10.0.0.0/8,fd00::/8')
    .default([]),
  DNS_SERVER: list
    .refine((all) => all.every(isDnsServer), 'expected addresses like 9.9.9.9 or 127.0.0.1:5353')
    .default([]),
  BLOCKLISTS: list.default(['zen.spamhaus.org', 'dbl.spamhaus.org', 'bl.spamcop.net']),
  ATTACHMENT_STORE: z
    .string()
    .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.*)?$/, 'expected s3://bucket or s3://bucket/prefix')
    .optional(),
  S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).optional(),
});

/**
 * The configuration in a set of environment variables, or every problem in it, one line each: which variable, what was
 * expected. Empty variables count as unset. Never throws.
 */
export function parseConfig(
  env: Readonly<Record<string, string | undefined>>,
): { config: Config } | { problems: string[] } {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success)
    return { problems: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) };
  const { data } = parsed;
  return {
    config: {
      port: data.PORT,
      databaseUrl: data.DATABASE_URL ?? null,
      dataDir: resolve(data.DATA_DIR),
      bootstrapApiKey: data.BOOTSTRAP_API_KEY ?? null,
      role: data.ROLE,
      publicUrl: data.PUBLIC_URL ?? null,
      encryptionKey: data.ENCRYPTION_KEY ?? null,
      logLevel: data.LOG_LEVEL,
      demo: data.DEMO ?? data.NODE_ENV !== 'production',
      backlogLimit: data.BACKLOG_LIMIT,
      poolSize: data.DATABASE_POOL,
      egressAllow: data.EGRESS_ALLOW,
      dnsServers: data.DNS_SERVER,
      blocklists: data.BLOCKLISTS,
      attachmentStore: data.ATTACHMENT_STORE ?? null,
      s3Endpoint: data.S3_ENDPOINT ?? null,
    },
  };
}

/** The configuration of this process. */
export function readConfig(): ReturnType<typeof parseConfig> {
  return parseConfig(process.env);
}
