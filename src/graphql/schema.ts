import 'reflect-metadata';
import { createPubSub } from '@graphql-yoga/subscription';
import { GraphQLInputObjectType, lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { buildSchema } from 'type-graphql';
import { AccessReportResolver, HoldingResolver } from './access-reports.js';
import { AlertResolver } from './alerts.js';
import { CategoryResolver } from './categories.js';
import { ComplianceResolver } from './compliance.js';
import { ConsentRequestResolver } from './consent-requests.js';
import { ConsentResolver } from './consents.js';
import { AudienceResolver } from './audiences.js';
import { DeadLetterResolver } from './dead-letters.js';
import { DelegationResolver } from './delegation.js';
import { DigestResolver } from './digests.js';
import { EndpointResolver } from './endpoints.js';
import { EngagementResolver } from './engagements.js';
import { EnvironmentResolver } from './environments.js';
import { ErasureResolver } from './erasures.js';
import { ExplainResolver } from './explain.js';
import { InboxResolver } from './inbox.js';
import { INBOX_EVENT_TYPES, InboxEventsResolver } from './inbox-events.js';
import { IntegrationHealthResolver, WaitingResolver } from './integration-health.js';
import { IntegrationResolver } from './integrations.js';
import { NotificationResolver, RoutingPlanResolver } from './notifications.js';
import { OutboxResolver } from './outbox.js';
import { PreferenceDefaultResolver } from './preference-defaults.js';
import { PreferenceResolver } from './preferences.js';
import { PreferencesLinkResolver } from './preferences-link.js';
import { ProviderResolver } from './providers.js';
import { RecipientResolver } from './recipients.js';
import { ReportResolver } from './reports.js';
import { PresenceResolver } from './presence.js';
import { RetentionResolver } from './retention.js';
import { DateTime } from './scalars.js';
import { SectionResolver } from './sections.js';
import { SendBatchResolver } from './send-batch.js';
import { SendProgressResolver } from './send-progress.js';
import { SendResolver } from './send.js';
import { SenderDomainResolver } from './sender-domains.js';
import { SenderResolver } from './senders.js';
import { SuppressionResolver } from './suppressions.js';
import { TemplateResolver } from './templates.js';
import { TopicResolver } from './topics.js';
import { WebhookCallResolver } from './webhook-calls.js';
import { WebhookSubscriptionResolver } from './webhook-subscriptions.js';
import { WebPushResolver } from './web-push.js';

/** Input types of which exactly one field must be given. */
const ONE_OF = ['RecipientRef', 'AudienceRuleInput'];

/** The schema, from the list of resolvers. Opens no connection. */
export async function makeSchema(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [
      SendResolver,
      SendProgressResolver,
      SendBatchResolver,
      ExplainResolver,
      AudienceResolver,
      NotificationResolver,
      DigestResolver,
      RoutingPlanResolver,
      DelegationResolver,
      RecipientResolver,
      CategoryResolver,
      PreferenceResolver,
      PreferencesLinkResolver,
      PreferenceDefaultResolver,
      SectionResolver,
      TemplateResolver,
      IntegrationResolver,
      ProviderResolver,
      InboxResolver,
      InboxEventsResolver,
      TopicResolver,
      EnvironmentResolver,
      OutboxResolver,
      IntegrationHealthResolver,
      WaitingResolver,
      AlertResolver,
      DeadLetterResolver,
      EndpointResolver,
      EngagementResolver,
      ReportResolver,
      SenderResolver,
      SenderDomainResolver,
      SuppressionResolver,
      WebhookSubscriptionResolver,
      WebhookCallResolver,
      WebPushResolver,
      ConsentResolver,
      ConsentRequestResolver,
      ComplianceResolver,
      RetentionResolver,
      PresenceResolver,
      ErasureResolver,
      AccessReportResolver,
      HoldingResolver,
    ],
    orphanedTypes: [...INBOX_EVENT_TYPES],
    scalarsMap: [{ type: Date, scalar: DateTime }],
    validate: false,
    // Required as soon as there is a subscription; ours brings its own stream.
    pubSub: createPubSub(),
  });
  // type-graphql has no word for @oneOf; graphql-js validates and prints it all the same.
  for (const name of ONE_OF) {
    const type = schema.getType(name);
    if (type instanceof GraphQLInputObjectType) type.isOneOf = true;
  }
  return schema;
}

/** The schema as text, sorted, as it stands in schema.graphql. */
export async function schemaText(): Promise<string> {
  return `${printSchema(lexicographicSortSchema(await makeSchema()))}\n`;
}
