import { Arg, Ctx, Field, FieldResolver, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { AppError, userError, UserErrors } from '../base/errors.js';
import type { ChannelName, DevicePlatform } from '../base/names.js';
import { shownAddress } from '../channels/shown-address.js';
import { addEndpoint, removeEndpoint } from '../recipients/endpoints.js';
import type { EndpointRow } from '../store/endpoints.js';
import { findRecipientId, isReadable, requireCaller, requireOwner, type GraphContext } from './context.js';
import { ChannelEnum, DevicePlatformEnum } from './enums.js';
import { RecipientRef, RecipientType } from './recipients.js';
import { DateTime } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('Endpoint', { description: 'One address of a person on one channel.' })
class EndpointType {
  @Field(() => ChannelEnum, { description: 'The channel.' })
  channel!: ChannelName;
  @Field(() => String, {
    description: 'The address. Of one that is a secret, like a browser’s or that of a Teams workflow, the host alone.',
  })
  address!: string;
  @Field(() => DevicePlatformEnum, { nullable: true, description: 'Push tokens: what the token belongs to.' })
  platform!: DevicePlatform | null;
  @Field(() => String, { nullable: true, description: 'Push tokens: the push service that takes it, `fcm` or `apns`.' })
  service!: string | null;
  @Field(() => DateTime, { description: 'When it was first added.' })
  createdAt!: Date;
  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when nothing goes there any more, because the provider said that it is gone. Null: in use.',
  })
  retiredAt!: Date | null;
  @Field(() => String, { nullable: true, description: 'What the provider said.' })
  retiredReason!: string | null;
}

function toEndpoint(row: EndpointRow): EndpointType {
  const { channel, platform, service } = row;
  return {
    ...{ channel, platform, service },
    address: shownAddress(channel, row.address),
    createdAt: row.created_at,
    retiredAt: row.retired_at,
    retiredReason: row.retired_reason,
  };
}

@InputType('AddEndpointInput', { description: 'An address of a person.' })
class AddEndpointInput {
  @Field(() => RecipientRef, {
    nullable: true,
    description: 'Whose. Expected with an API key; a recipient token stands for its own person.',
  })
  recipient?: RecipientRef | null;
  @Field(() => ChannelEnum, { description: 'The channel. With a recipient token: MOBILE_PUSH or WEB_PUSH.' })
  channel!: ChannelName;
  @Field(() => String, {
    description:
      'The address as the channel has it. MOBILE_PUSH: the token that the app got. WEB_PUSH: `JSON.stringify(subscription)` of the browser’s PushSubscription.',
  })
  address!: string;
  @Field(() => DevicePlatformEnum, {
    nullable: true,
    description: 'What a push token belongs to. Expected for MOBILE_PUSH, and for nothing else.',
  })
  platform?: DevicePlatform | null;
  @Field(() => String, {
    nullable: true,
    description:
      'The push service that takes a MOBILE_PUSH token: `fcm` or `apns`. Default: `apns` for a token of IOS of 64 or more hexadecimal digits, `fcm` for all others.',
  })
  service?: string | null;
}

@ObjectType('AddEndpointPayload', { description: 'Answer of addEndpoint.' })
class AddEndpointPayload {
  @Field(() => EndpointType, { nullable: true, description: 'The address as stored; null with errors.' })
  endpoint!: EndpointType | null;
  @Field(() => Boolean, { description: 'True when the address was new to the person.' })
  created!: boolean;
  @Field(() => [UserErrorType], {
    description:
      'NOT_FOUND, CHANNEL_HAS_NO_ADDRESSES, INVALID_ADDRESS, INVALID_PLATFORM, INVALID_SERVICE, TOO_MANY_ENDPOINTS.',
  })
  userErrors!: UserErrorType[];
}

@InputType('RemoveEndpointInput', { description: 'An address of a person.' })
class RemoveEndpointInput {
  @Field(() => RecipientRef, {
    nullable: true,
    description: 'Whose. Expected with an API key; a recipient token stands for its own person.',
  })
  recipient?: RecipientRef | null;
  @Field(() => ChannelEnum, { description: 'The channel. With a recipient token: MOBILE_PUSH or WEB_PUSH.' })
  channel!: ChannelName;
  @Field(() => String, { description: 'The address, whole, as it was added.' })
  address!: string;
}

@ObjectType('RemoveEndpointPayload', { description: 'Answer of removeEndpoint.' })
class RemoveEndpointPayload {
  @Field(() => Boolean, { description: 'True when the person had it; false when not, and with errors.' })
  removed!: boolean;
  @Field(() => [UserErrorType], { description: 'NOT_FOUND (the person), CHANNEL_HAS_NO_ADDRESSES.' })
  userErrors!: UserErrorType[];
}

/** What a person's own app or browser may say of itself. */
const OWN_CHANNELS: readonly ChannelName[] = ['MOBILE_PUSH', 'WEB_PUSH'];

@Resolver(() => RecipientType)
export class EndpointResolver {
  @FieldResolver(() => [EndpointType], {
    description: 'Every address of the person, in use or retired, oldest first.',
  })
  async endpoints(@Root() recipient: RecipientType, @Ctx() context: GraphContext): Promise<EndpointType[]> {
    if (!isReadable(context, recipient.row.id)) return [];
    return (await context.loaders.endpoints.add(recipient.row.id)).map(toEndpoint);
  }

  @Mutation(() => AddEndpointPayload, {
    description:
      'Adds an address to a person; at most 50 a channel. The same address is the same endpoint, so that repeating it changes nothing and needs no key: an app does it whenever it starts. One that was retired is in use again. A MOBILE_PUSH or WEB_PUSH address is of whoever signed in there last: it is taken away from other people of the environment.',
  })
  async addEndpoint(
    @Arg('input', () => AddEndpointInput, { description: 'The address.' }) input: AddEndpointInput,
    @Ctx() context: GraphContext,
  ): Promise<AddEndpointPayload> {
    return withUserErrors<AddEndpointPayload>({ endpoint: null, created: false }, async () => {
      const { environmentId, recipientId } = await ownerOf(context, input);
      const { inTransaction, clock } = context.services;
      const added = await inTransaction(({ db }) => addEndpoint({ db, clock }, environmentId, recipientId, input));
      return { endpoint: toEndpoint(added.row), created: added.created };
    });
  }

  @Mutation(() => RemoveEndpointPayload, {
    description:
      'Forgets an address of a person, as an app does when the person signs out. Repeating it changes nothing.',
  })
  async removeEndpoint(
    @Arg('input', () => RemoveEndpointInput, { description: 'The address.' }) input: RemoveEndpointInput,
    @Ctx() context: GraphContext,
  ): Promise<RemoveEndpointPayload> {
    return withUserErrors<RemoveEndpointPayload>({ removed: false }, async () => {
      const { environmentId, recipientId } = await ownerOf(context, input);
      const { inTransaction } = context.services;
      return { removed: await inTransaction(({ db }) => removeEndpoint(db, environmentId, recipientId, input)) };
    });
  }
}

/** Whose address it is. Throws UserErrors for an unknown person, BAD_USER_INPUT or FORBIDDEN. */
async function ownerOf(
  context: GraphContext,
  { recipient, channel }: { recipient?: RecipientRef | null; channel: ChannelName },
): Promise<{ environmentId: string; recipientId: string }> {
  const caller = requireCaller(context);
  if (caller.kind === 'recipient' && !OWN_CHANNELS.includes(channel))
    throw new AppError('FORBIDDEN', `a recipient token may name endpoints of ${OWN_CHANNELS.join(' and ')} alone`);
  if (caller.kind === 'recipient' || !recipient) return requireOwner(context, recipient);
  const { environmentId } = caller;
  const recipientId = await findRecipientId(context.services.database.db, environmentId, recipient);
  if (recipientId !== null) return { environmentId, recipientId };
  throw new UserErrors([userError(['input', 'recipient'], 'NOT_FOUND', 'no such recipient in this environment')]);
}
