import type { Channel } from './channel.js';

export const webhook: Channel = {
  name: 'WEBHOOK',
  inApp: false,
  addressNoun: 'webhook URL',
  parseAddress: (input) =>
    URL.canParse(input) && /^https?:$/.test(new URL(input).protocol)
      ? { address: input }
      : { problem: 'expected an http or https URL' },
};
