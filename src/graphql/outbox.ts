import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { userError, UserErrors } from '../base/errors.js';
import { encodeId } from '../base/ids.js';
import type { ChannelName } from '../base/names.js';
import { checkFirst, decodeCursor } from '../base/page.js';
import { listOutbox, saveSimulatorRule, type OutboxRow, type SimulatorBehavior } from '../store/outbox.js';
import { requireService, type GraphContext } from './context.js';
import { ChannelEnum, SimulatorBehaviorEnum } from './enums.js';
import { connectionOf, toConnection, type Connection } from './page.js';
import { DateTime, Duration, durationMs } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('OutboxMessage', { description: 'What the simulator took instead of a provider. Nobody was reached.' })
class OutboxMessageType {
  @Field(() => ID, { description: 'Our id.' })
  id!: string;
  @Field(() => DateTime, { description: 'When it was taken.' })
  createdAt!: Date;
  @Field(() => ChannelEnum, { description: 'On which channel.' })
  channel!: ChannelName;
  @Field(() => String, { description: 'To which address.' })
  address!: string;
  @Field(() => String, { description: 'The provider that the simulator stood in for.' })
  provider!: string;
  @Field(() => String, { description: 'Key of the integration.' })
  integration!: string;
  @Field(() => String, { nullable: true, description: 'Subject or title.' })
  title!: string | null;
  @Field(() => String, { description: 'Plain text.' })
  body!: string;
  @Field(() => String, { nullable: true, description: 'HTML, if there was any.' })
  html!: string | null;
  @Field(() => ID, { description: 'Of which notification.' })
  notificationId!: string;
}

const OutboxConnection = connectionOf('Outbox', () => OutboxMessageType);

@InputType('OutboxFilter', { description: 'Every field narrows.' })
class OutboxFilter {
  @Field(() => String, { nullable: true, description: 'To this address.' })
  address?: string | null;
  @Field(() => ChannelEnum, { nullable: true, description: 'On this channel.' })
  channel?: ChannelName | null;
}

@InputType('SetSimulatorBehaviorInput', { description: 'What the simulator shall do with an address.' })
class SetSimulatorBehaviorInput {
  @Field(() => String, { description: 'The address, as it stands on the person.' })
  address!: string;
  @Field(() => SimulatorBehaviorEnum, {
    description: 'What to do; ACCEPT without a delay is the default and ends a rule.',
  })
  behavior!: SimulatorBehavior;
  @Field(() => Duration, {
    nullable: true,
    description: 'Wait before answering, at most PT60S. A provider call ends at PT10S.',
  })
  delay?: string | null;
}

@ObjectType('SetSimulatorBehaviorPayload', { description: 'Answer of setSimulatorBehavior.' })
class SetSimulatorBehaviorPayload {
  @Field(() => SimulatorBehaviorEnum, { nullable: true, description: 'What it does from now on; null with errors.' })
  behavior!: SimulatorBehavior | null;
  @Field(() => [UserErrorType], { description: 'INVALID_ADDRESS, INVALID_DURATION.' })
  userErrors!: UserErrorType[];
}

const LIST = 'outbox';

function toOutboxMessage(row: OutboxRow): OutboxMessageType {
  const { channel, address, provider, integration, title, body, html } = row;
  return {
    ...{ channel, address, provider, integration, title, body, html },
    id: encodeId('outbox', row.id),
    createdAt: row.created_at,
    notificationId: encodeId('notification', row.notification_id),
  };
}

@Resolver()
export class OutboxResolver {
  @Query(() => OutboxConnection, { description: 'What the simulator took in this environment, newest first.' })
  async outbox(
    @Arg('filter', () => OutboxFilter, { nullable: true, description: 'Which; default: all.' })
    filter: OutboxFilter | null,
    @Arg('first', () => Int, { defaultValue: 25, description: '1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'endCursor of the page before.' }) after: string | null,
    @Ctx() context: GraphContext,
  ): Promise<Connection<OutboxMessageType>> {
    const { environmentId } = requireService(context);
    const request = { first: checkFirst(first), after: after ?? null };
    const before = request.after === null ? null : String(decodeCursor(LIST, request.after, ['uuid'])[0]);
    const wanted = { address: filter?.address ?? null, channel: filter?.channel ?? null };
    const rows = await listOutbox(context.services.database.db, environmentId, wanted, before, first + 1);
    return toConnection(LIST, rows, request, (row) => row.id, toOutboxMessage);
  }

  @Mutation(() => SetSimulatorBehaviorPayload, {
    description: 'Tells the simulator to refuse, fail, hang, bounce or be slow for one address.',
  })
  async setSimulatorBehavior(
    @Arg('input', () => SetSimulatorBehaviorInput, { description: 'What to do with whom.' })
    input: SetSimulatorBehaviorInput,
    @Ctx() context: GraphContext,
  ): Promise<SetSimulatorBehaviorPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<SetSimulatorBehaviorPayload>({ behavior: null }, async () => {
      const delayMs = durationMs(input.delay ?? 'PT0S');
      if (delayMs === null || delayMs > 60_000)
        throw new UserErrors([
          userError(['input', 'delay'], 'INVALID_DURATION', `"${input.delay}" given, expected at most PT60S`),
        ]);
      if (input.address.length === 0 || input.address.length > 4096)
        throw new UserErrors([userError(['input', 'address'], 'INVALID_ADDRESS', 'expected 1 to 4096 characters')]);
      const { database, clock } = context.services;
      await saveSimulatorRule(
        database.db,
        environmentId,
        { address: input.address, behavior: input.behavior, delayMs },
        clock.now(),
      );
      return { behavior: input.behavior };
    });
  }
}
