import { opaqueAddress, type Channel } from './channel.js';

export const telegram: Channel = {
  name: 'TELEGRAM',
  inApp: false,
  addressNoun: 'Telegram chat id',
  parseAddress: opaqueAddress('Telegram chat id', 64),
};
