import type { Channel } from './channel.js';

/** Ids of Discord are numbers of 17 to 20 digits ("snowflakes", discord.com/developers/docs/reference). */
const ADDRESS = /^(user:)?\d{17,20}$/;

/** A channel of a Discord server, or a person by direct message. */
export const discord: Channel = {
  name: 'DISCORD',
  inApp: false,
  addressNoun: 'Discord channel or user id',
  parseAddress: (input) =>
    ADDRESS.test(input.trim())
      ? { address: input.trim() }
      : { problem: 'expected the id of a Discord channel, or `user:` and the id of a person: 17 to 20 digits' },
};
