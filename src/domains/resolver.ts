import { Resolver } from 'node:dns/promises';
import { sleep } from '../base/clock.js';
import { messageOf } from '../base/errors.js';

/** What the DNS says about a name. */
export type DnsAnswer =
  | { readonly kind: 'records'; readonly values: readonly string[] }
  /** The name is there, or names below it are; it has no such record. */
  | { readonly kind: 'no-data' }
  /** There is no such name, and none below it (RFC 8020). */
  | { readonly kind: 'no-name' }
  /** Nobody could be asked: silence, a refusal, an outage. */
  | { readonly kind: 'unasked'; readonly why: string };

export type DnsType = 'TXT' | 'MX' | 'A' | 'AAAA';

/** Asks the DNS. Never throws. */
export type AskDns = (name: string, type: DnsType) => Promise<DnsAnswer>;

export interface DnsOptions {
  /** `address` or `address:port`; empty: the system's. */
  readonly servers: readonly string[];
  /** For everything together; what is not answered by then could not be asked. */
  readonly deadlineMs: number;
}

/** One server has so long to answer; then it is asked once more, for about twice as long. */
const TIMEOUT_MS = 2_000;
const TRIES = 2;
/** Names asked for at once: a resolver takes more for an attack. */
const AT_ONCE = 24;

/** Lets `work` ask the DNS until the deadline. Each name and type is asked once. */
export async function withDns<T>(options: DnsOptions, work: (ask: AskDns) => Promise<T>): Promise<T> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (options.servers.length > 0) resolver.setServers(options.servers);
  const settled = new AbortController();
  let late = false;
  void sleep(options.deadlineMs, settled.signal).then(() => {
    late = true;
    resolver.cancel();
  });
  const asked = new Map<string, Promise<DnsAnswer>>();
  const turn = turnstile(AT_ONCE);
  const ask: AskDns = (name, type) => {
    const known = asked.get(`${type} ${name}`);
    if (known) return known;
    const answer = turn(async () => (late ? LATE : askOnce(resolver, name, type)));
    asked.set(`${type} ${name}`, answer);
    return answer;
  };
  try {
    return await work(ask);
  } finally {
    settled.abort();
  }
}

const LATE: DnsAnswer = { kind: 'unasked', why: 'no answer in time' };

async function askOnce(resolver: Resolver, name: string, type: DnsType): Promise<DnsAnswer> {
  try {
    const values = await valuesOf(resolver, name, type);
    return values.length === 0 ? { kind: 'no-data' } : { kind: 'records', values };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOTFOUND') return { kind: 'no-name' };
    if (code === 'ENODATA') return { kind: 'no-data' };
    if (code === 'ETIMEOUT' || code === 'ECANCELLED') return LATE;
    return { kind: 'unasked', why: REASONS[code] ?? messageOf(error) };
  }
}

/** What c-ares says, in words. */
const REASONS: Readonly<Record<string, string>> = {
  ESERVFAIL: 'the name server failed',
  EREFUSED: 'the name server refused',
  ECONNREFUSED: 'no name server answers',
  EBADRESP: 'the name server answered nonsense',
  EBADNAME: 'this is no name for the DNS',
};

async function valuesOf(resolver: Resolver, name: string, type: DnsType): Promise<string[]> {
  switch (type) {
    case 'TXT':
      // A record is cut into pieces of 255 bytes.
      return (await resolver.resolveTxt(name)).map((pieces) => pieces.join(''));
    case 'MX':
      return (await resolver.resolveMx(name)).toSorted((a, b) => a.priority - b.priority).map((mx) => mx.exchange);
    case 'A':
      return resolver.resolve4(name);
    case 'AAAA':
      return resolver.resolve6(name);
    default:
      return type satisfies never;
  }
}

/** Runs at most `size` at once, the others in their order. */
function turnstile(size: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= size) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
