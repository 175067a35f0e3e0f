import type { Channel } from './channel.js';
import { sms } from './sms.js';

export const whatsapp: Channel = {
  name: 'WHATSAPP',
  inApp: false,
  addressNoun: 'WhatsApp number',
  parseAddress: (input) => sms.parseAddress(input),
};
