import { lookup } from 'node:dns/promises';
import { egressTo } from './egress.js';

const URL_MAX = 2_048;

/** Says of URLs that somebody wants our events at whether they can be. */
export interface WebhookUrlCheck {
  /** What is wrong with it, in a sentence; null: nothing at sight. What its name leads to is looked at again at every call. */
  problem(url: string): Promise<string | null>;
}

/**
 * https everywhere, but for http within networks that the operator of this gateway has listed.
 *
 * @param allowed networks (CIDR) that may be reached though they are not public
 */
export function webhookUrlCheck(allowed: readonly string[]): WebhookUrlCheck {
  const [open, listed] = [egressTo([]), egressTo(allowed)];
  const isListed = (address: string): boolean => listed.allows(address) && !open.allows(address);
  return {
    async problem(text) {
      if (text.length > URL_MAX || !URL.canParse(text))
        return `expected an absolute URL of at most ${URL_MAX.toLocaleString('en')} characters`;
      const url = new URL(text);
      const refused = listed.refuses(url);
      if (refused !== null || url.protocol === 'https:') return refused;
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
      const found = await lookup(host, { all: true }).catch(() => []);
      if (found.length > 0 && found.every(({ address }) => isListed(address))) return null;
      return 'http given, expected https; http is for networks that EGRESS_ALLOW lists';
    },
  };
}
