import type { Channel } from './channel.js';

const URL_MAX = 2048;

/** A chat or channel of Microsoft Teams, through the URL of its workflow, which is a secret. */
export const teams: Channel = {
  name: 'TEAMS',
  inApp: false,
  addressNoun: 'Teams workflow URL',
  parseAddress: (input) =>
    input.length <= URL_MAX && URL.canParse(input) && /^https?:$/.test(new URL(input).protocol)
      ? { address: input }
      : { problem: `expected the URL of a Teams workflow, at most ${URL_MAX} characters` },
};
