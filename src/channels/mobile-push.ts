import { opaqueAddress, type Channel } from './channel.js';

export const mobilePush: Channel = {
  name: 'MOBILE_PUSH',
  inApp: false,
  everyAddress: true,
  addressNoun: 'device token',
  parseAddress: opaqueAddress('device token', 4096),
};
