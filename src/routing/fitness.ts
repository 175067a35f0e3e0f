import type { CategoryClass, ChannelName } from '../base/names.js';
import type { Reason } from './decision.js';
import type { EndpointFact, Facts, IntegrationFact } from './facts.js';

/** Classes that a vendor's own "unsubscribe" speaks of; complaints and STOP speak of everything. */
const SUBSCRIBED: ReadonlySet<CategoryClass> = new Set<CategoryClass>(['MARKETING', 'PRODUCT']);

/** Is the address on the suppression list, as far as this category goes? */
export function isSuppressed(facts: Facts, { suppressed }: EndpointFact): boolean {
  return suppressed !== null && (suppressed !== 'UNSUBSCRIBED' || SUBSCRIBED.has(facts.category.class));
}

/** May anything of this category go to this address? */
export function isAlive(facts: Facts, endpoint: EndpointFact): boolean {
  return !endpoint.retired && !isSuppressed(facts, endpoint);
}

/** Why an integration cannot carry this notification, wherever it goes; null: it can. */
export function misfit(facts: Facts, integration: IntegrationFact): Reason | null {
  if (!integration.classes.includes(facts.category.class)) return 'CLASS_NOT_CARRIED';
  const { payloadLimit, channel } = integration;
  const isTooLarge = payloadLimit !== null && facts.attachmentBytes > payloadLimit;
  return isTooLarge && facts.traits[channel].carriesFiles ? 'PAYLOAD_TOO_LARGE' : null;
}

/** Is the address one that the integration takes? A token of one push service means nothing to another. */
export function takes(integration: IntegrationFact, endpoint: Pick<EndpointFact, 'service'>): boolean {
  return endpoint.service === null || integration.service === null || integration.service === endpoint.service;
}

/** An integration that was passed over, and why. */
export interface PassedOver {
  readonly integration: string;
  readonly reason: Reason;
}

/** The integrations of a channel that are switched on and cannot be called for this notification now. */
export function passedOver(facts: Facts, channel: ChannelName): PassedOver[] {
  return facts.integrations.flatMap((integration) => {
    if (integration.channel !== channel || !integration.enabled) return [];
    const reason = misfit(facts, integration) ?? integration.blocked?.reason ?? null;
    return reason === null ? [] : [{ integration: integration.key, reason }];
  });
}
