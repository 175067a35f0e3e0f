import type { Rule } from './rule.js';

/** A channel needs an address of the person; in-app ones need none. */
export const reachable: Rule = {
  name: 'reachable',
  skip: (facts, channel) => {
    if (facts.traits[channel].inApp) return null;
    const endpoints = facts.endpoints.filter((endpoint) => endpoint.channel === channel);
    if (endpoints.length === 0) return 'NO_ENDPOINT';
    return endpoints.every((endpoint) => endpoint.retired) ? 'ENDPOINT_RETIRED' : null;
  },
};
