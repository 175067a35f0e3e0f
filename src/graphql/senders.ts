import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { CategoryClass } from '../base/names.js';
import { senderRow, sharedDomains } from '../recipients/senders.js';
import type { Db } from '../store/database.js';
import { listIntegrations } from '../store/integrations.js';
import { deleteSender, listSenders, upsertSender, type SenderRow } from '../store/senders.js';
import { requireService, type GraphContext } from './context.js';
import { CategoryClassEnum } from './enums.js';
import { IDEMPOTENCY_KEY, idempotently } from './idempotent.js';
import { DateTime } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('Sender', { description: 'Who e-mail of some classes and a brand is from.' })
class SenderType {
  @Field(() => String, { description: 'Names the sender for ever.' })
  key!: string;
  @Field(() => String, { description: '`Name <a@example.com>` or a bare address.' })
  from!: string;
  @Field(() => String, { nullable: true, description: 'Who gets the answers; null: `from`.' })
  replyTo!: string | null;
  @Field(() => [CategoryClassEnum], { nullable: true, description: 'For these classes; null: for all.' })
  classes!: CategoryClass[] | null;
  @Field(() => String, { nullable: true, description: 'For sends of this brand; null: for all.' })
  brand!: string | null;
  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: Date;
  @Field(() => DateTime, { description: 'When it was last changed.' })
  updatedAt!: Date;
}

@InputType('UpsertSenderInput', {
  description:
    'A sender to create or update. A missing field stays as it is. An e-mail takes the sender of its brand and class, else of its brand, else of its class, else one for everything; with none, the integration’s own `from`.',
})
class UpsertSenderInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => String, { description: '1 to 64 of a-z, 0-9, `.`, `_`, `-`, beginning with a letter or digit.' })
  key!: string;
  @Field(() => String, {
    nullable: true,
    description:
      '`Name <a@example.com>` or a bare address; the name has at most 200 characters. A new sender needs it.',
  })
  from?: string | null;
  @Field(() => String, { nullable: true, description: 'Who gets the answers, in the same form; null: `from`.' })
  replyTo?: string | null;
  @Field(() => [CategoryClassEnum], { nullable: true, description: 'For these classes; null: for all.' })
  classes?: CategoryClass[] | null;
  @Field(() => String, { nullable: true, description: 'For sends of this brand; null: for all.' })
  brand?: string | null;
}

@InputType('DeleteSenderInput', { description: 'Which sender to delete.' })
class DeleteSenderInput {
  @Field(() => String, { description: 'Its key.' })
  key!: string;
}

const WARNINGS =
  'For people: domains that both advertising and anything else leave from, as everything is set up now. Empty: none.';

@ObjectType('UpsertSenderPayload', { description: 'Answer of upsertSender.' })
class UpsertSenderPayload {
  @Field(() => SenderType, { nullable: true, description: 'The sender as stored; null with errors.' })
  sender!: SenderType | null;
  @Field(() => [String], { description: WARNINGS })
  warnings!: string[];
  @Field(() => [UserErrorType], {
    description:
      'INVALID_KEY, INVALID_ADDRESS, INVALID_CLASSES, INVALID_BRAND, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

@ObjectType('DeleteSenderPayload', { description: 'Answer of deleteSender.' })
class DeleteSenderPayload {
  @Field(() => Boolean, { description: 'False: there was none.' })
  deleted!: boolean;
  @Field(() => [String], { description: WARNINGS })
  warnings!: string[];
  @Field(() => [UserErrorType], { description: 'None so far.' })
  userErrors!: UserErrorType[];
}

function toSender(row: SenderRow): SenderType {
  const { key, address: from, reply_to: replyTo, classes, brand, created_at: createdAt, updated_at: updatedAt } = row;
  return { key, from, replyTo, classes, brand, createdAt, updatedAt };
}

async function warningsOf(db: Db, environmentId: string): Promise<string[]> {
  return sharedDomains(await listSenders(db, environmentId), await listIntegrations(db, environmentId));
}

@Resolver()
export class SenderResolver {
  @Query(() => [SenderType], { description: 'Every sender of the environment, by key.' })
  async senders(@Ctx() context: GraphContext): Promise<SenderType[]> {
    const { environmentId } = requireService(context);
    return (await listSenders(context.services.database.db, environmentId)).map(toSender);
  }

  @Query(() => [String], { description: WARNINGS })
  async senderWarnings(@Ctx() context: GraphContext): Promise<string[]> {
    const { environmentId } = requireService(context);
    return warningsOf(context.services.database.db, environmentId);
  }

  @Mutation(() => UpsertSenderPayload, {
    description: 'Creates or updates a sender. What is sent from then on leaves from it.',
  })
  async upsertSender(
    @Arg('input', () => UpsertSenderInput, { description: 'The sender.' }) input: UpsertSenderInput,
    @Ctx() context: GraphContext,
  ): Promise<UpsertSenderPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<UpsertSenderPayload>({ sender: null, warnings: [] }, async () => {
      const { sender, warnings } = await idempotently(context, 'upsertSender', input, async ({ db }) => {
        const known = (await listSenders(db, environmentId)).find((row) => row.key === input.key);
        const row = await upsertSender(db, senderRow(environmentId, input, known, context.services.clock.now()));
        return { sender: toSender(row), warnings: await warningsOf(db, environmentId) };
      });
      context.services.kept.forgetSenders(environmentId);
      return { sender, warnings };
    });
  }

  @Mutation(() => DeleteSenderPayload, {
    description: 'Deletes a sender. What it was for leaves from the next that fits.',
  })
  async deleteSender(
    @Arg('input', () => DeleteSenderInput, { description: 'Which.' }) input: DeleteSenderInput,
    @Ctx() context: GraphContext,
  ): Promise<DeleteSenderPayload> {
    const { environmentId } = requireService(context);
    const { kept, database } = context.services;
    const deleted = await deleteSender(database.db, environmentId, input.key);
    kept.forgetSenders(environmentId);
    return { deleted, warnings: await warningsOf(database.db, environmentId), userErrors: [] };
  }
}
