import { createPublicKey, type KeyObject } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import type { Judgement } from './finding.js';

const pass = (explanation: string): Judgement => ({ verdict: 'PASS', explanation });
const warn = (explanation: string): Judgement => ({ verdict: 'WARN', explanation });
const fail = (explanation: string): Judgement => ({ verdict: 'FAIL', explanation });

/** Those TXT records of a domain that are SPF (RFC 7208 §4.5). */
export function spfRecordsIn(texts: readonly string[]): string[] {
  return texts.filter((text) => /^v=spf1(?: |$)/i.test(text));
}

/** DNS queries that a receiver makes for one SPF record, at most (RFC 7208 §4.6.4). */
export const SPF_LOOKUPS = 10;

interface SpfTerm {
  readonly qualifier: string;
  readonly name: string;
  readonly value: string;
}

const MECHANISMS = /^(?:all|include|a|mx|ptr|ip4|ip6|exists)$/;

function spfTerms(record: string): (SpfTerm | { readonly problem: string })[] {
  return record
    .split(/ +/)
    .slice(1)
    .filter((word) => word !== '')
    .map((word) => {
      const [, modifier, said] = /^([a-z][a-z0-9_.-]*)=(.*)$/i.exec(word) ?? [];
      if (modifier !== undefined) return { qualifier: '', name: `${modifier.toLowerCase()}=`, value: said ?? '' };
      const [, qualifier = '', name = '', value = ''] = /^([+?~-]?)([a-z0-9]+)((?:[:/].*)?)$/i.exec(word) ?? [];
      const term = { qualifier: qualifier || '+', name: name.toLowerCase(), value };
      const wrong = { problem: `"${word}" is no SPF term` };
      if (!MECHANISMS.test(term.name)) return wrong;
      if (term.name === 'all' && value !== '') return wrong;
      if (/^(?:include|exists)$/.test(term.name) && !/^:\S+$/.test(value)) return wrong;
      if (term.name === 'ip4' && !isNetwork(value, 'ipv4')) return wrong;
      if (term.name === 'ip6' && !isNetwork(value, 'ipv6')) return wrong;
      return term;
    });
}

function isNetwork(value: string, kind: 'ipv4' | 'ipv6'): boolean {
  const [address = '', bits, ...rest] = value.slice(1).split('/');
  if (!value.startsWith(':') || rest.length > 0 || !ipaddr.isValid(address)) return false;
  if (ipaddr.parse(address).kind() !== kind || (kind === 'ipv4' && !ipaddr.IPv4.isValidFourPartDecimal(address)))
    return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (kind === 'ipv4' ? 32 : 128));
}

/** What a record asks receivers to look up: how many names itself, and which records that ask for more. */
export function spfLookups(record: string): { readonly own: number; readonly others: string[] } {
  const terms = spfTerms(record).flatMap((term) => ('name' in term ? [term] : []));
  const asking = terms.filter(({ name }) => /^(?:include|a|mx|ptr|exists|redirect=)$/.test(name));
  const others = asking.flatMap(({ name, value }) =>
    name === 'include' ? [value.slice(1)] : name === 'redirect=' ? [value] : [],
  );
  // A macro stands for something else in every message.
  return { own: asking.length, others: others.filter((name) => !name.includes('%')) };
}

/** What following a record comes to. */
export interface SpfCost {
  /** DNS queries that it costs receivers, those of what it includes too. */
  readonly lookups: number;
  /** Names that it includes and that have no SPF record. */
  readonly missing: readonly string[];
}

/**
 * What the SPF record of a domain is worth (RFC 7208).
 *
 * @param records those TXT records that are SPF
 * @param cost of the first of them
 */
export function judgeSpf(domain: string, records: readonly string[], { lookups, missing }: SpfCost): Judgement {
  const [record] = records;
  if (record === undefined)
    return fail(
      `No SPF record: nobody can tell which servers may send for ${domain}. Publish a TXT record at ${domain}: "v=spf1 include:<what your provider names> ~all".`,
    );
  if (records.length > 1)
    return fail(
      `${records.length} SPF records, and with more than one receivers use none. Join them into one TXT record at ${domain}.`,
    );
  const terms = spfTerms(record);
  const wrong = terms.find((term) => 'problem' in term);
  if (wrong) return fail(`${wrong.problem}, so receivers ignore the whole record. Correct it.`);
  const good = terms.flatMap((term) => ('name' in term ? [term] : []));
  const all = good.find(({ name }) => name === 'all');
  const redirect = good.some(({ name }) => name === 'redirect=');
  if (all?.qualifier === '+')
    return fail('"+all" lets everybody send in your name. End the record with "~all" or "-all" instead.');
  if (missing.length > 0)
    return fail(
      `${missing.join(', ')} has no SPF record, so receivers ignore the whole record. Correct the name after "include:" or "redirect=", or take it out.`,
    );
  if (lookups > SPF_LOOKUPS)
    return warn(
      `Receivers have to make ${lookups} DNS queries or more for it, and give up after ${SPF_LOOKUPS}. Take out what you do not use, or name networks with "ip4:" and "ip6:".`,
    );
  if (all?.qualifier === '?')
    return warn('"?all" says nothing about other servers. End the record with "~all" or "-all".');
  if (!all && !redirect) return warn('The record says nothing about other servers. End it with "~all" or "-all".');
  if (good.some(({ name }) => name === 'ptr')) return warn('"ptr" is slow and obsolete; name your servers otherwise.');
  if (all && good.every(({ name }) => name === 'all' || name === 'exp='))
    return warn('It says that nobody may send for this domain. Add "include:<what your provider names>".');
  return pass('One SPF record, which says who may send and what about others.');
}

/** Those TXT records that are DMARC (RFC 7489 §6.6.3). */
export function dmarcRecordsIn(texts: readonly string[]): string[] {
  return texts.filter((text) => /^v\s*=\s*DMARC1\s*(?:;|$)/.test(text));
}

/** Tags of a DKIM or DMARC record, by name. */
function tagsOf(record: string): Map<string, string> {
  return new Map(
    record.split(';').flatMap((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [] : [[pair.slice(0, at).trim().toLowerCase(), pair.slice(at + 1).trim()] as const];
    }),
  );
}

/**
 * What the DMARC record of a domain is worth (RFC 7489).
 *
 * @param at the domain whose record it is: the one that was asked about, or the nearest above it that has one
 */
export function judgeDmarc(domain: string, at: string, records: readonly string[]): Judgement {
  const [record] = records;
  const example = `Publish a TXT record at _dmarc.${domain}: "v=DMARC1; p=quarantine; rua=mailto:dmarc@${domain}"`;
  if (record === undefined)
    return fail(
      `No DMARC record: receivers cannot tell forged mail from yours, and large ones refuse bulk mail without one. ${example}; begin with p=none to look on first.`,
    );
  if (records.length > 1)
    return fail(
      `${records.length} DMARC records at _dmarc.${at}, and with more than one receivers use none. Keep one.`,
    );
  const tags = tagsOf(record);
  const inherited = at !== domain;
  const policy = ((inherited ? tags.get('sp') : undefined) ?? tags.get('p') ?? '').toLowerCase();
  const from = inherited ? ` (of ${at}, which stands above)` : '';
  if (!/^(?:none|quarantine|reject)$/.test(policy))
    return fail(`The policy${from} is "${policy}", expected none, quarantine or reject. ${example}.`);
  if (policy === 'none')
    return warn(
      `The policy${from} is none: forged mail is let through. Once the reports show that yours passes, publish p=quarantine or p=reject.`,
    );
  const percent = tags.get('pct');
  if (percent !== undefined && percent !== '100')
    return warn(
      `The policy${from} is ${policy}, for ${percent} % of mail alone. Take out "pct" once your mail passes.`,
    );
  const reports = tags.has('rua') ? '' : ' Without "rua" you get no reports of what is refused.';
  return pass(`The policy${from} is ${policy}.${reports}`);
}

/** RSA keys shorter than this are refused by receivers (RFC 8301 §3.2), and shorter than that no longer recommended. */
const RSA_LEAST = 1024;
const RSA_GOOD = 2048;

/** Is this TXT record a DKIM key? Providers also leave out the version. */
export function isDkimKey(text: string): boolean {
  return tagsOf(text).has('p');
}

/** What the DKIM key of one selector is worth (RFC 6376 §3.6.1). */
export function judgeDkim(selector: string, records: readonly string[]): Judgement {
  const of = `Selector "${selector}"`;
  const [record] = records;
  if (record === undefined) return fail(`${of} has no key. Publish the record that your provider shows for it.`);
  if (records.length > 1) return fail(`${of} has ${records.length} keys, and receivers take any of them. Keep one.`);
  const tags = tagsOf(record);
  const version = tags.get('v');
  if (version !== undefined && version !== 'DKIM1') return fail(`${of}: "v=${version}" given, expected v=DKIM1.`);
  const encoded = (tags.get('p') ?? '').replaceAll(/\s/g, '');
  if (encoded === '')
    return fail(`${of} is revoked: its key is empty. Publish a new key, under another selector, and sign with that.`);
  const hashes = tags.get('h');
  if (
    hashes !== undefined &&
    !hashes
      .toLowerCase()
      .split(/\s*:\s*/)
      .includes('sha256')
  )
    return fail(`${of} allows "${hashes}" alone, and receivers want sha256. Take out "h".`);
  const kind = (tags.get('k') ?? 'rsa').toLowerCase();
  const bytes = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) ? Buffer.from(encoded, 'base64') : Buffer.alloc(0);
  if (kind === 'ed25519')
    return bytes.length === 32
      ? pass(
          `${of} has an Ed25519 key. Some receivers cannot check it: keep an RSA key under another selector beside it.`,
        )
      : fail(`${of}: this is no Ed25519 key. Publish it again as your provider shows it.`);
  if (kind !== 'rsa') return fail(`${of}: keys of the kind "${kind}" are not known to receivers. Publish an RSA key.`);
  const bits = rsaKey(bytes)?.asymmetricKeyDetails?.modulusLength ?? null;
  if (bits === null)
    return fail(`${of}: this is no RSA key, perhaps cut off. Publish it again as your provider shows it.`);
  if (bits < RSA_LEAST)
    return fail(`${of} has an RSA key of ${bits} bits, which receivers refuse. Publish one of 2048.`);
  if (bits < RSA_GOOD)
    return warn(`${of} has an RSA key of ${bits} bits. It works; publish one of 2048 at the next change.`);
  if (
    tags
      .get('t')
      ?.toLowerCase()
      .split(/\s*:\s*/)
      .includes('y')
  )
    return warn(`${of} says that you are only testing ("t=y"). Take that out once your mail passes.`);
  return pass(`${of} has an RSA key of ${bits} bits.`);
}

function rsaKey(bytes: Buffer): KeyObject | null {
  for (const type of ['spki', 'pkcs1'] as const)
    try {
      const key = createPublicKey({ key: bytes, format: 'der', type });
      if (key.asymmetricKeyType === 'rsa') return key;
    } catch {
      // Not of this form; perhaps of the other.
    }
  return null;
}

/**
 * What the mail servers of a domain are worth.
 *
 * @param hasAddress whether the domain itself has an A or AAAA record, where mail goes without an MX (RFC 5321 §5.1)
 */
export function judgeMx(domain: string, exchanges: readonly string[], hasAddress: boolean): Judgement {
  // RFC 7505: a single "." says that nobody is there.
  if (exchanges.length === 1 && /^\.?$/.test(exchanges[0] ?? ''))
    return fail(`${domain} says that it takes no mail, so receivers refuse mail from it. Publish an MX record for it.`);
  if (exchanges.length > 0) return pass('Bounces and answers have somewhere to go.');
  return hasAddress
    ? warn(`No MX record; mail goes to the address of ${domain} itself. Publish an MX record.`)
    : fail(
        `No MX record and no address: bounces and answers go nowhere, and receivers refuse such mail. Publish an MX record at ${domain}.`,
      );
}
