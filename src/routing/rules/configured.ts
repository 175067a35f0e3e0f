import { misfit } from '../fitness.js';
import type { Rule } from './rule.js';

/** A channel needs a provider that is set up, switched on and may carry this; in-app ones are our own commit. */
export const configured: Rule = {
  name: 'configured',
  skip: (facts, channel) => {
    if (facts.traits[channel].inApp) return null;
    const integrations = facts.integrations.filter((integration) => integration.channel === channel);
    if (integrations.length === 0) return 'NO_INTEGRATION';
    const enabled = integrations.filter((integration) => integration.enabled);
    if (enabled.length === 0) return 'INTEGRATION_DISABLED';
    const misfits = enabled.map((integration) => misfit(facts, integration));
    return misfits.includes(null) ? null : (misfits[0] ?? null);
  },
};
