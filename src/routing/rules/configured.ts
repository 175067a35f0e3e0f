import type { Rule } from './rule.js';

/** A channel needs a provider that is set up and switched on; in-app ones are our own commit. */
export const configured: Rule = {
  name: 'configured',
  skip: (facts, channel) => {
    if (facts.traits[channel].inApp) return null;
    const integrations = facts.integrations.filter((integration) => integration.channel === channel);
    if (integrations.length === 0) return 'NO_INTEGRATION';
    return integrations.some((integration) => integration.enabled) ? null : 'INTEGRATION_DISABLED';
  },
};
