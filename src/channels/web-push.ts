import { opaqueAddress, type Channel } from './channel.js';

export const webPush: Channel = {
  name: 'WEB_PUSH',
  inApp: false,
  everyAddress: true,
  addressNoun: 'browser push subscription',
  parseAddress: opaqueAddress('browser push subscription', 4096),
};
