import { Ctx, Query, Resolver } from 'type-graphql';
import { credentialsPlace, listIntegrations } from '../store/integrations.js';
import { requireCaller, type GraphContext } from './context.js';

@Resolver()
export class WebPushResolver {
  @Query(() => String, {
    nullable: true,
    description:
      'With what a browser subscribes to push (`applicationServerKey`): the public key of the preferred `web-push` integration that is enabled; null when there is none. A subscription works with this key alone: where a browser’s has another one, subscribe anew.',
  })
  async webPushPublicKey(@Ctx() context: GraphContext): Promise<string | null> {
    const { environmentId } = requireCaller(context);
    const { database, secrets } = context.services;
    const rows = await listIntegrations(database.db, environmentId);
    const row = rows.find(
      ({ provider, channel, enabled }) => provider === 'web-push' && channel === 'WEB_PUSH' && enabled,
    );
    if (!row) return null;
    const { publicKey } = JSON.parse(secrets.open(row.credentials, credentialsPlace(row))) as { publicKey: string };
    return publicKey;
  }
}
