import { Arg, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { encodeId } from '../base/ids.js';
import { checkFirst, decodeCursor } from '../base/page.js';
import { listAlerts, type AlertRow } from '../store/alerts.js';
import { requireService, type GraphContext } from './context.js';
import { connectionOf, toConnection, type Connection } from './page.js';
import { DateTime } from './scalars.js';

@ObjectType('Alert', { description: 'Something about the delivery engine that operators want to hear of.' })
class AlertType {
  @Field(() => ID, { description: 'Our id, `alt_…`.' })
  id!: string;
  @Field(() => String, {
    description:
      'INTEGRATION_OPENED, INTEGRATION_CLOSED, INTEGRATION_MISCONFIGURED, INTEGRATION_RECOVERED, NOTIFICATION_DEAD, BACKLOG_FULL, BACKLOG_DRAINED, DOMAIN_LISTED, DOMAIN_CLEARED, WEBHOOK_DISABLED, API_KEYS_MADE or CALLBACKS_REFUSED. The list will grow.',
  })
  type!: string;
  @Field(() => String, { nullable: true, description: 'Key of the integration, where it is about one.' })
  integration!: string | null;
  @Field(() => String, { description: 'For people: what happened.' })
  detail!: string;
  @Field(() => DateTime, { description: 'When.' })
  createdAt!: Date;
}

const AlertConnection = connectionOf('Alert', () => AlertType);

const LIST = 'alerts';

function toAlert({ id, type, integration_key: integration, detail, created_at: createdAt }: AlertRow): AlertType {
  return { id: encodeId('alert', id), type, integration, detail, createdAt };
}

@Resolver()
export class AlertResolver {
  @Query(() => AlertConnection, { description: 'What operators of this environment want to hear of, newest first.' })
  async alerts(
    @Arg('first', () => Int, { defaultValue: 25, description: '1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'endCursor of the page before.' }) after: string | null,
    @Ctx() context: GraphContext,
  ): Promise<Connection<AlertType>> {
    const { environmentId } = requireService(context);
    const request = { first: checkFirst(first), after: after ?? null };
    const before = request.after === null ? null : String(decodeCursor(LIST, request.after, ['uuid'])[0]);
    const rows = await listAlerts(context.services.database.db, environmentId, before, first + 1);
    return toConnection(LIST, rows, request, (row) => row.id, toAlert);
  }
}
