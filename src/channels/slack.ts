import { opaqueAddress, type Channel } from './channel.js';

export const slack: Channel = {
  name: 'SLACK',
  inApp: false,
  addressNoun: 'Slack member id',
  platforms: ['SLACK'],
  whereActive: true,
  placeNoun: 'Slack',
  parseAddress: opaqueAddress('Slack member id', 64),
};
