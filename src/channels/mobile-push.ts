import type { Channel } from './channel.js';

/** Tokens are opaque, and of a few hundred characters; more than this no index can hold. */
const TOKEN = /^[\x21-\x7e]{1,2048}$/;

export const mobilePush: Channel = {
  name: 'MOBILE_PUSH',
  inApp: false,
  everyAddress: true,
  addressNoun: 'device token',
  platforms: ['MOBILE'],
  placeNoun: 'the app',
  parseAddress: (input) =>
    TOKEN.test(input)
      ? { address: input }
      : { problem: 'expected a device token of 1 to 2048 characters, without spaces' },
};
