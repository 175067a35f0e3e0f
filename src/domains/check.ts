import { askBlocklists, findingOf, type Listing } from './blocklists.js';
import { worst, type DomainCheckName, type DomainVerdict, type Finding, type Judgement } from './finding.js';
import {
  dmarcRecordsIn,
  isDkimKey,
  judgeDkim,
  judgeDmarc,
  judgeMx,
  judgeSpf,
  SPF_LOOKUPS,
  spfLookups,
  spfRecordsIn,
  type SpfCost,
} from './records.js';
import { withDns, type AskDns, type DnsAnswer, type DnsOptions } from './resolver.js';

/** What to look at: names in lower case, as the DNS has them. */
export interface DomainQuestion {
  readonly domain: string;
  /** Null: those that providers commonly use. */
  readonly dkimSelectors: readonly string[] | null;
  /** Network addresses that send for it, to ask blocklists about. */
  readonly addresses: readonly string[];
}

export interface DomainCheck {
  readonly domain: string;
  readonly verdict: DomainVerdict;
  readonly findings: readonly Finding[];
  /** What the blocklists said, one by one; stands in `findings` too. */
  readonly listings: readonly Listing[];
}

/** Selectors that providers commonly use. */
const COMMON_SELECTORS = [
  ...['google', 'default', 'selector1', 'selector2', 's1', 's2', 'k1', 'k2', 'k3', 'mail', 'dkim', 'mandrill', 'pm'],
  ...['mxvault', 'smtp', 'email', 'mte1', 'mte2', 'brevo1', 'brevo2', 'resend', 'zmail'],
];

/** Looks at everything by which receivers judge mail from a domain. What cannot be asked in time says so. */
export async function checkDomain(
  options: DnsOptions & { readonly blocklists: readonly string[] },
  question: DomainQuestion,
): Promise<DomainCheck> {
  const { domain, dkimSelectors, addresses } = question;
  return withDns(options, async (ask) => {
    const [listings, ...parts] = await Promise.all([
      askBlocklists(ask, options.blocklists, domain, addresses),
      mx(ask, domain),
      spf(ask, domain),
      dkim(ask, domain, dkimSelectors),
      dmarc(ask, domain),
    ]);
    const findings = [...parts.flat(), ...listings.map(findingOf)];
    return { domain, verdict: worst(findings.map(({ verdict }) => verdict)), findings, listings };
  });
}

function finding(check: DomainCheckName, records: readonly string[], judgement: Judgement): Finding {
  return { check, record: records.length === 0 ? null : records.join('\n'), ...judgement };
}

function unasked(check: DomainCheckName, name: string, why: string): Finding {
  const explanation = `The record at ${name} could not be asked for: ${why}. Try again later.`;
  return { check, verdict: 'WARN', record: null, explanation };
}

function valuesIn(answer: DnsAnswer): readonly string[] {
  return answer.kind === 'records' ? answer.values : [];
}

async function mx(ask: AskDns, domain: string): Promise<Finding[]> {
  const answer = await ask(domain, 'MX');
  if (answer.kind === 'unasked') return [unasked('MX', domain, answer.why)];
  if (answer.kind === 'no-name')
    return [finding('MX', [], { verdict: 'FAIL', explanation: `There is no domain ${domain} in the DNS.` })];
  const exchanges = valuesIn(answer);
  if (exchanges.length > 0) return [finding('MX', exchanges, judgeMx(domain, exchanges, false))];
  const addresses = await Promise.all([ask(domain, 'A'), ask(domain, 'AAAA')]);
  const hasAddress = addresses.some(({ kind }) => kind === 'records');
  const silent = addresses.find(({ kind }) => kind === 'unasked');
  if (!hasAddress && silent?.kind === 'unasked') return [unasked('MX', domain, silent.why)];
  return [finding('MX', [], judgeMx(domain, [], hasAddress))];
}

async function spf(ask: AskDns, domain: string): Promise<Finding[]> {
  const answer = await ask(domain, 'TXT');
  if (answer.kind === 'unasked') return [unasked('SPF', domain, answer.why)];
  const records = spfRecordsIn(valuesIn(answer));
  const [record] = records;
  const cost = record === undefined ? { lookups: 0, missing: [] } : await followSpf(ask, record);
  return [finding('SPF', records, judgeSpf(domain, records, cost))];
}

/** What a record costs receivers, with those that it includes; stops counting soon after the limit. */
async function followSpf(ask: AskDns, record: string): Promise<SpfCost> {
  const first = spfLookups(record);
  const missing: string[] = [];
  let count = first.own;
  const waiting = [...first.others];
  const seen = new Set<string>();
  for (let name = waiting.shift(); name !== undefined && count <= SPF_LOOKUPS; name = waiting.shift()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const answer = await ask(name, 'TXT');
    if (answer.kind === 'unasked') continue;
    const [included] = spfRecordsIn(valuesIn(answer));
    if (included === undefined) {
      missing.push(name);
      continue;
    }
    const more = spfLookups(included);
    count += more.own;
    waiting.push(...more.others);
  }
  return { lookups: count, missing };
}

async function dkim(ask: AskDns, domain: string, selectors: readonly string[] | null): Promise<Finding[]> {
  const root = `_domainkey.${domain}`;
  const asked = await Promise.all(
    (selectors ?? COMMON_SELECTORS).map(async (selector) => {
      const name = `${selector}.${root}`;
      return { selector, name, answer: await ask(name, 'TXT') };
    }),
  );
  const silent = asked.flatMap(({ name, answer }) =>
    answer.kind === 'unasked' ? [unasked('DKIM', name, answer.why)] : [],
  );
  const judged = asked.flatMap(({ selector, answer }) => {
    const keys = valuesIn(answer).filter(isDkimKey);
    if (answer.kind === 'unasked' || (keys.length === 0 && selectors === null)) return [];
    return [finding('DKIM', keys, judgeDkim(selector, keys))];
  });
  if (selectors !== null) return [...judged, ...silent];
  if (judged.length > 0) return judged;
  // One that could not be asked says enough about the rest.
  return silent.length > 0 ? silent.slice(0, 1) : [await noCommonKey(ask, root)];
}

/** No selector of ours has a key: perhaps others have. A name that is not there has nothing below it. */
async function noCommonKey(ask: AskDns, root: string): Promise<Finding> {
  const { kind } = await ask(root, 'TXT');
  const publish = 'Publish the record that your provider shows for it';
  return kind === 'no-name'
    ? finding('DKIM', [], {
        verdict: 'FAIL',
        explanation: `No DKIM key: nothing stands below ${root}, so mail cannot be signed. ${publish}.`,
      })
    : finding('DKIM', [], {
        verdict: 'WARN',
        explanation: `No DKIM key under the selectors that are commonly used. Name yours in dkimSelectors; your provider shows it. If there is none: ${publish.toLowerCase()}.`,
      });
}

/** The record of the domain, or of the nearest above it that has one, as receivers look for it. */
async function dmarc(ask: AskDns, domain: string): Promise<Finding[]> {
  const labels = domain.split('.');
  for (let up = 0; up <= labels.length - 2; up += 1) {
    const at = labels.slice(up).join('.');
    const answer = await ask(`_dmarc.${at}`, 'TXT');
    if (answer.kind === 'unasked') return [unasked('DMARC', `_dmarc.${at}`, answer.why)];
    const records = dmarcRecordsIn(valuesIn(answer));
    if (records.length > 0) return [finding('DMARC', records, judgeDmarc(domain, at, records))];
  }
  return [finding('DMARC', [], judgeDmarc(domain, domain, []))];
}
