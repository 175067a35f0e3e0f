import { isAlive, isSuppressed, takes } from '../fitness.js';
import type { Rule } from './rule.js';

/** A channel needs an address of the person that something may go to, and that a provider takes; in-app ones need none. */
export const reachable: Rule = {
  name: 'reachable',
  skip: (facts, channel) => {
    if (facts.traits[channel].inApp) return null;
    const endpoints = facts.endpoints.filter((endpoint) => endpoint.channel === channel);
    if (endpoints.length === 0) return 'NO_ENDPOINT';
    const alive = endpoints.filter((endpoint) => isAlive(facts, endpoint));
    if (alive.length === 0)
      return endpoints.some((endpoint) => isSuppressed(facts, endpoint)) ? 'ENDPOINT_SUPPRESSED' : 'ENDPOINT_RETIRED';
    const own = facts.integrations.filter((integration) => integration.channel === channel && integration.enabled);
    const taken = own.length === 0 || alive.some((endpoint) => own.some((integration) => takes(integration, endpoint)));
    return taken ? null : 'TOKEN_NOT_CARRIED';
  },
};
