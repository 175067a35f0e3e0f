import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { instant } from '../base/clock.js';
import { userError, UserErrors, type UserError } from '../base/errors.js';
import type { ChannelName, SuppressionReason } from '../base/names.js';
import { checkFirst, decodeCursor } from '../base/page.js';
import { CHANNEL_REGISTRY } from '../channels/index.js';
import { listSuppressions, suppress, unsuppress, type SuppressionRow } from '../store/suppressions.js';
import { requireService, type GraphContext } from './context.js';
import { ChannelEnum, SuppressionReasonEnum } from './enums.js';
import { connectionOf, toConnection, type Connection } from './page.js';
import { DateTime } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('Suppression', { description: 'An address that nothing goes to any more, whoever has it.' })
class SuppressionType {
  @Field(() => ChannelEnum, { description: 'On which channel.' })
  channel!: ChannelName;
  @Field(() => String, { nullable: true, description: 'The address; null once it was erased: its hash still counts.' })
  address!: string | null;
  @Field(() => SuppressionReasonEnum, { description: 'Why; the first reason stays.' })
  reason!: SuppressionReason;
  @Field(() => String, { nullable: true, description: 'Key of the integration whose vendor reported it, if one did.' })
  integration!: string | null;
  @Field(() => String, { nullable: true, description: 'For people: what was said about it.' })
  detail!: string | null;
  @Field(() => DateTime, { description: 'Since when.' })
  createdAt!: Date;
}

const SuppressionConnection = connectionOf('Suppression', () => SuppressionType);

@InputType('SuppressionFilter', { description: 'Every field narrows.' })
class SuppressionFilter {
  @Field(() => ChannelEnum, { nullable: true, description: 'On this channel.' })
  channel?: ChannelName | null;
  @Field(() => SuppressionReasonEnum, { nullable: true, description: 'For this reason.' })
  reason?: SuppressionReason | null;
  @Field(() => String, { nullable: true, description: 'This address; letter case does not count.' })
  address?: string | null;
}

@InputType('SuppressAddressInput', { description: 'An address that nothing shall go to any more.' })
class SuppressAddressInput {
  @Field(() => ChannelEnum, { description: 'On which channel; not INBOX, which has no addresses.' })
  channel!: ChannelName;
  @Field(() => String, { description: 'The address, as it would stand on a person.' })
  address!: string;
  @Field(() => String, { nullable: true, description: 'For people: why; at most 500 characters.' })
  detail?: string | null;
}

@ObjectType('SuppressAddressPayload', { description: 'Answer of suppressAddress.' })
class SuppressAddressPayload {
  @Field(() => SuppressionType, {
    nullable: true,
    description: 'As it stands in the list, with the first reason; null with errors.',
  })
  suppression!: SuppressionType | null;
  @Field(() => [UserErrorType], { description: 'INVALID_ADDRESS, INVALID_DETAIL.' })
  userErrors!: UserErrorType[];
}

@InputType('UnsuppressAddressInput', { description: 'An address that may be sent to again.' })
class UnsuppressAddressInput {
  @Field(() => ChannelEnum, { description: 'On which channel.' })
  channel!: ChannelName;
  @Field(() => String, { description: 'The address; letter case does not count.' })
  address!: string;
}

@ObjectType('UnsuppressAddressPayload', { description: 'Answer of unsuppressAddress.' })
class UnsuppressAddressPayload {
  @Field(() => Boolean, { description: 'False: it was not in the list.' })
  removed!: boolean;
  @Field(() => [UserErrorType], { description: 'None so far.' })
  userErrors!: UserErrorType[];
}

const LIST = 'suppressions';
const DETAIL_MAX = 500;

function toSuppression(row: SuppressionRow): SuppressionType {
  const { channel, address, reason, integration_key: integration, detail, created_at: createdAt } = row;
  return { channel, address, reason, integration, detail, createdAt };
}

/** The address as it is stored on people; what none of them can have, as it was given. */
function storedAddress(channel: ChannelName, address: string): string {
  const parsed = CHANNEL_REGISTRY[channel].parseAddress(address);
  return 'address' in parsed ? parsed.address : address;
}

@Resolver()
export class SuppressionResolver {
  @Query(() => SuppressionConnection, { description: 'Addresses that nothing goes to any more, newest first.' })
  async suppressions(
    @Arg('filter', () => SuppressionFilter, { nullable: true, description: 'Which; default: all.' })
    filter: SuppressionFilter | null,
    @Arg('first', () => Int, { defaultValue: 25, description: '1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'endCursor of the page before.' }) after: string | null,
    @Ctx() context: GraphContext,
  ): Promise<Connection<SuppressionType>> {
    const { environmentId } = requireService(context);
    const request = { first: checkFirst(first), after: after ?? null };
    const [at, on, hash] = request.after === null ? [] : decodeCursor(LIST, request.after, ['instant', 'word', 'hash']);
    const before = at === undefined ? null : { createdAt: instant(at), channel: String(on), hash: String(hash) };
    const { channel = null, reason = null } = filter ?? {};
    const text = filter?.address ?? null;
    const address = text !== null && channel !== null ? storedAddress(channel, text) : text;
    const { db } = context.services.database;
    const rows = await listSuppressions(db, environmentId, { channel, reason, address }, before, first + 1);
    return toConnection(
      LIST,
      rows,
      request,
      (row) => [row.created_at.getTime(), row.channel, Buffer.from(row.address_hash).toString('hex')],
      toSuppression,
    );
  }

  @Mutation(() => SuppressAddressPayload, {
    description: 'Puts an address on the list for the reason MANUAL. One that is on it already stays as it is.',
  })
  async suppressAddress(
    @Arg('input', () => SuppressAddressInput, { description: 'The address.' }) input: SuppressAddressInput,
    @Ctx() context: GraphContext,
  ): Promise<SuppressAddressPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<SuppressAddressPayload>({ suppression: null }, async () => {
      const { channel, detail = null } = input;
      const problems: UserError[] = [];
      const parsed = CHANNEL_REGISTRY[channel].parseAddress(input.address);
      if ('problem' in parsed) problems.push(userError(['input', 'address'], 'INVALID_ADDRESS', parsed.problem));
      if (detail !== null && detail.length > DETAIL_MAX)
        problems.push(
          userError(
            ['input', 'detail'],
            'INVALID_DETAIL',
            `${detail.length} characters given, expected at most ${DETAIL_MAX}`,
          ),
        );
      if ('problem' in parsed || problems.length > 0) throw new UserErrors(problems);
      const { address } = parsed;
      const { inTransaction, clock } = context.services;
      const [row] = await inTransaction(async ({ db }) => {
        const entry = {
          channel,
          address,
          reason: 'MANUAL',
          integrationKey: null,
          detail,
          createdAt: clock.now(),
        } as const;
        await suppress(db, environmentId, [entry]);
        return listSuppressions(db, environmentId, { channel, reason: null, address }, null, 1);
      });
      return { suppression: row ? toSuppression(row) : null };
    });
  }

  @Mutation(() => UnsuppressAddressPayload, {
    description: 'Takes an address off the list, whatever it was on it for. Be sure that the person wants it.',
  })
  async unsuppressAddress(
    @Arg('input', () => UnsuppressAddressInput, { description: 'The address.' }) input: UnsuppressAddressInput,
    @Ctx() context: GraphContext,
  ): Promise<UnsuppressAddressPayload> {
    const { environmentId } = requireService(context);
    const address = storedAddress(input.channel, input.address);
    const removed = await unsuppress(context.services.database.db, environmentId, input.channel, address);
    return { removed, userErrors: [] };
  }
}
