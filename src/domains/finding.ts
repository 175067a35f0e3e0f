/** What is looked at about a domain. */
export const DOMAIN_CHECKS = ['MX', 'SPF', 'DKIM', 'DMARC', 'BLOCKLIST'] as const;
export type DomainCheckName = (typeof DOMAIN_CHECKS)[number];

/** How it is, best first: WARN works but not well, or could not be asked; receivers hold FAIL against the sender. */
export const DOMAIN_VERDICTS = ['PASS', 'WARN', 'FAIL'] as const;
export type DomainVerdict = (typeof DOMAIN_VERDICTS)[number];

/** One thing that was looked at. */
export interface Finding {
  readonly check: DomainCheckName;
  readonly verdict: DomainVerdict;
  /** What the DNS says; null: nothing. */
  readonly record: string | null;
  /** For people: what it means, and what to publish where it is not good. */
  readonly explanation: string;
}

/** What one record comes to, before it is known what it was looked at for. */
export type Judgement = Pick<Finding, 'verdict' | 'explanation'>;

/** The worst of several; PASS for none. */
export function worst(verdicts: readonly DomainVerdict[]): DomainVerdict {
  return verdicts.includes('FAIL') ? 'FAIL' : verdicts.includes('WARN') ? 'WARN' : 'PASS';
}
