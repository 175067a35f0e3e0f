import ipaddr from 'ipaddr.js';
import type { Finding } from './finding.js';
import type { AskDns, DnsAnswer } from './resolver.js';

/** Lists that know domains alone, or network addresses alone; any other zone is asked about both. */
const OF_DOMAINS =
  /^(?:[a-z0-9]+\.)?(?:dbl\.spamhaus\.org|dbl\.dq\.spamhaus\.net|multi\.surbl\.org|multi\.uribl\.com)$/;
const OF_ADDRESSES =
  /^(?:(?:zen|sbl|xbl|pbl|sbl-xbl)\.spamhaus\.org|bl\.spamcop\.net|b\.barracudacentral\.org|psbl\.surriel\.com)$/;

/** What one list says about one domain or network address. */
export interface Listing {
  readonly subject: string;
  readonly zone: string;
  readonly state: 'listed' | 'clean' | 'unasked';
  /** What was answered, or why nobody could be asked; null: nothing. */
  readonly answer: string | null;
}

/** The name under which a list knows a network address (RFC 5782 §2): its octets or nibbles backwards. */
export function reversed(address: string): string {
  const parsed = ipaddr.process(address);
  const parts =
    parsed.kind() === 'ipv4'
      ? parsed.toByteArray().map(String)
      : Buffer.from(parsed.toByteArray()).toString('hex').split('');
  return parts.toReversed().join('.');
}

/** Asks every list about everything that it can know. */
export async function askBlocklists(
  ask: AskDns,
  zones: readonly string[],
  domain: string,
  addresses: readonly string[],
): Promise<Listing[]> {
  const questions = zones.flatMap((zone) => [
    ...(OF_ADDRESSES.test(zone) ? [] : [{ subject: domain, zone, name: `${domain}.${zone}` }]),
    ...(OF_DOMAINS.test(zone)
      ? []
      : addresses.map((subject) => ({ subject, zone, name: `${reversed(subject)}.${zone}` }))),
  ]);
  return Promise.all(
    questions.map(async ({ subject, zone, name }) => ({ subject, zone, ...readListing(await ask(name, 'A')) })),
  );
}

/** What an answer of a list means. */
export function readListing(answer: DnsAnswer): Pick<Listing, 'state' | 'answer'> {
  if (answer.kind === 'unasked') return { state: 'unasked', answer: answer.why };
  if (answer.kind !== 'records') return { state: 'clean', answer: null };
  const values = answer.values.join(', ');
  // Refused in the form of an answer, for too many questions or a public resolver: Spamhaus, then SURBL and URIBL.
  if (answer.values.some((value) => value.startsWith('127.255.255.') || value === '127.0.0.1'))
    return { state: 'unasked', answer: `it refuses this resolver (${values}); ask it through a resolver of your own` };
  // "This list knows no network addresses."
  if (answer.values.includes('127.0.1.255')) return { state: 'clean', answer: null };
  // Some resolvers answer names that are not there with a page of advertising.
  if (!answer.values.every((value) => value.startsWith('127.')))
    return { state: 'unasked', answer: `${values} is no answer of a blocklist; ask through another resolver` };
  return { state: 'listed', answer: values };
}

export function findingOf({ subject, zone, state, answer }: Listing): Finding {
  const check = 'BLOCKLIST';
  if (state === 'clean')
    return { check, verdict: 'PASS', record: null, explanation: `${subject} is not listed by ${zone}.` };
  if (state === 'unasked')
    return {
      check,
      verdict: 'WARN',
      record: null,
      explanation: `${zone} could not be asked about ${subject}: ${answer}.`,
    };
  return {
    check,
    verdict: 'FAIL',
    record: answer,
    explanation: `${subject} is listed by ${zone}: receivers that go by it refuse your mail. Find out why on the list’s own site, mend it, and ask there to be taken off.`,
  };
}
