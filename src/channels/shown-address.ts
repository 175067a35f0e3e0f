import type { ChannelName } from '../base/names.js';
import { parseSubscription } from './web-push.js';

/** Channels whose addresses are URLs that let whoever knows them send. */
const SECRET: ReadonlySet<ChannelName> = new Set(['WEB_PUSH', 'TEAMS', 'WEBHOOK']);

/** An address as it may be read again: of those that are secrets, where they lead and no more. */
export function shownAddress(channel: ChannelName, address: string): string {
  if (!SECRET.has(channel)) return address;
  const url = channel === 'WEB_PUSH' ? endpointOf(address) : address;
  return URL.canParse(url) ? `${new URL(url).origin}/…` : '…';
}

function endpointOf(address: string): string {
  const subscription = parseSubscription(address);
  return 'problem' in subscription ? '' : subscription.endpoint;
}
