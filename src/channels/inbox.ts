import type { Channel } from './channel.js';

/** The in-app inbox and its toasts. The person's own id is the address. */
export const inbox: Channel = {
  name: 'INBOX',
  inApp: true,
  addressNoun: 'inbox',
  platforms: ['WEB', 'MOBILE'],
  placeNoun: 'any page or app that is open',
  parseAddress: () => ({ problem: 'the inbox needs no address' }),
};
