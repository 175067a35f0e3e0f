import { parsePhoneNumberFromString } from 'libphonenumber-js';
import type { Channel } from './channel.js';

export const sms: Channel = {
  name: 'SMS',
  inApp: false,
  addressNoun: 'phone number',
  parseAddress(input) {
    const phone = parsePhoneNumberFromString(input);
    return phone?.isPossible() && input.trim().startsWith('+')
      ? { address: phone.number }
      : { problem: 'expected a phone number in international form, like +14155550123' };
  },
};
