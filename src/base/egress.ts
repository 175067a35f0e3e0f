import { lookup as dnsLookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
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

/** Asks for all addresses of a name, as `dns.lookup` does. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/**
 * @param allowed networks (CIDR) that may be reached though they are not public: `10.0.0.0/8`. Addresses of clouds' metadata
 *   services may never be, whatever stands here.
 * @param resolve how names are looked up; default: as the system does
 */
export function egressTo(allowed: readonly string[], resolve: Resolve = dnsLookup): Egress {
  const ranges = allowed.map((cidr): Range => ipaddr.parseCIDR(cidr));
  const allows = (address: string): boolean => {
    if (!ipaddr.isValid(address)) return false;
    const ip = ipaddr.process(address);
    if (METADATA.has(ip.toNormalizedString()) || METADATA.has(within(ip)?.toNormalizedString() ?? '')) return false;
    return isPublic(ip) || ranges.some((range) => ip.kind() === range[0].kind() && ip.match(range));
  };
  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
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
      const port = url.port === '' ? null : Number(url.port);
      if (port !== null && port < FIRST_FREE_PORT && port !== 80 && port !== 443)
        return `port ${port} given, expected 80, 443 or one from ${FIRST_FREE_PORT} on`;
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
      // The URL parser has made decimal, octal and hexadecimal spellings of IPv4 one.
      return ipaddr.isValid(host) && !allows(host) ? refusal(host) : null;
    },
  };
}

/** Below are the services of a system, as mail: who is made to talk HTTP to them may take it for commands. */
const FIRST_FREE_PORT = 1024;

/** Metadata and credential services of clouds: AWS, Azure and GCP; ECS; EKS; Azure's wire server; Alibaba; Oracle. */
const METADATA = new Set(
  [
    ...['169.254.169.254', '169.254.170.2', '169.254.170.23', '168.63.129.16', '100.100.100.200', '192.0.0.192'],
    ...['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254'],
  ].map((address) => ipaddr.parse(address).toNormalizedString()),
);

/** All that was ever given out for the public; the rest of IPv6 is reserved, or embeds IPv4 (`::127.0.0.1`). */
const GIVEN_OUT: Range = ipaddr.parseCIDR('2000::/3');

function isPublic(ip: Address): boolean {
  if (ip.range() !== 'unicast') return false;
  return ip.kind() === 'ipv4' || ip.match(GIVEN_OUT);
}

/** The IPv4 address that an IPv6 address of a translator or tunnel leads to in the end; null: it is none. */
function within(ip: Address): ipaddr.IPv4 | null {
  const bytes = ip.toByteArray();
  if (bytes.length !== 16) return null;
  // 6to4 has it behind its prefix, translators (RFC 6052, RFC 6145) and IPv4-compatible addresses at their end.
  const four = ip.range() === '6to4' ? bytes.slice(2, 6) : bytes.slice(12);
  return ip.match(GIVEN_OUT) && ip.range() !== '6to4' ? null : new ipaddr.IPv4(four);
}

function refusal(where: string): string {
  return `${where}: not a public address; EGRESS_ALLOW lists networks that may be reached all the same`;
}

/**
 * Cuts a connection whose peer may not be talked to, before a byte leaves: names may resolve to something else the second
 * time. Answers whether it may go on.
 */
export function checkPeer(socket: Socket, egress: Egress): boolean {
  const peer = socket.remoteAddress;
  if (peer !== undefined && egress.allows(peer)) return true;
  socket.destroy(new EgressRefused(refusal(peer ?? 'an unknown peer')));
  return false;
}
