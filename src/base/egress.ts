import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Where a URL may lead that was named by somebody whom nobody need trust: a person's browser, the sender of a notification.
 * Checked three times, because each check alone can be passed by: the host as it is written (IP addresses in all their
 * spellings), what its name resolves to (all answers), and whom the socket in the end is connected to (DNS rebinding).
 */
export interface Egress {
  /** What is wrong with a URL at sight, in a sentence; null: nothing. */
  refuses(url: URL): string | null;
  /** Options of node:http and node:https that resolve names under guard. */
  readonly dialing: { readonly lookup: LookupFunction };
  /** Is this peer one that may be talked to? */
  allows(address: string): boolean;
}

export class EgressRefused extends Error {
  override readonly name = 'EgressRefused';
  readonly code = 'EGRESS_REFUSED';
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * @param allowed networks (CIDR) that may be reached though they are not public: `10.0.0.0/8`. Addresses of clouds' metadata
 *   services may never be, whatever stands here.
 */
export function egressTo(allowed: readonly string[]): Egress {
  const ranges = allowed.map((cidr): Range => ipaddr.parseCIDR(cidr));
  const allows = (address: string): boolean => {
    if (!ipaddr.isValid(address)) return false;
    const ip = ipaddr.process(address);
    if (METADATA.some((known) => ip.toString() === known)) return false;
    return ip.range() === 'unicast' || ranges.some((range) => ip.kind() === range[0].kind() && ip.match(range));
  };
  const lookup: LookupFunction = (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses = found as unknown as LookupAddress[];
      const first = addresses?.[0];
      if (error || !first) return callback(error ?? new Error(`${hostname} has no address`), '', 0);
      const bad = addresses.find((one) => !allows(one.address));
      if (bad) return callback(new EgressRefused(refusal(`${hostname} leads to ${bad.address}`)), '', 0);
      if (options.all) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
  return {
    allows,
    dialing: { lookup },
    refuses(url) {
      if (url.protocol !== 'https:' && url.protocol !== 'http:') return `${url.protocol} given, expected https or http`;
      if (url.username !== '' || url.password !== '') return 'a URL with a user name or password is not called';
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
      // The URL parser has made decimal, octal and hexadecimal spellings of IPv4 one.
      return ipaddr.isValid(host) && !allows(host) ? refusal(host) : null;
    },
  };
}

/** Metadata services of clouds (AWS, GCP, Azure; Alibaba; AWS over IPv6). */
const METADATA = ['169.254.169.254', '100.100.100.200', 'fd00:ec2::254'];

function refusal(where: string): string {
  return `${where}: not a public address; EGRESS_ALLOW lists networks that may be reached all the same`;
}

/** Cuts a connection whose peer may not be talked to: names may resolve to something else the second time. */
export function watchPeer(socket: Socket, egress: Egress | undefined): void {
  const peer = socket.remoteAddress;
  if (egress && (peer === undefined || !egress.allows(peer)))
    socket.destroy(new EgressRefused(refusal(peer ?? 'an unknown peer')));
}
