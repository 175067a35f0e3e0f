import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { userError, UserErrors } from '../base/errors.js';
import { checkFirst, decodeCursor } from '../base/page.js';
import { writeAudience } from '../recipients/audiences.js';
import { countPeople, deleteAudience, findAudiences, listAudiences, type AudienceRow } from '../store/audiences.js';
import { AudienceRuleInput, toRule } from './audience-rule.js';
import { requireService, type GraphContext } from './context.js';
import { IDEMPOTENCY_KEY, idempotently } from './idempotent.js';
import { connectionOf, toConnection, type Connection } from './page.js';
import { DateTime, JSONObject } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('Audience', {
  description:
    'A rule over people: whoever fulfils it when a send to it is expanded, is notified. Nobody joins or leaves.',
})
class AudienceType {
  @Field(() => String, { description: 'Names the audience for ever.' })
  key!: string;
  @Field(() => String, { description: 'For people.' })
  name!: string;
  @Field(() => JSONObject, { description: 'The rule, in the form of AudienceRuleInput.' })
  rule!: AudienceRow['rule'];
  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: Date;
  @Field(() => DateTime, { description: 'When it was last written.' })
  updatedAt!: Date;
}

const AudienceConnection = connectionOf('Audience', () => AudienceType);

@InputType('UpsertAudienceInput', {
  description: 'An audience to create or change. Sends that were accepted before keep the rule that they had.',
})
class UpsertAudienceInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => String, { description: '1 to 64 of a-z, 0-9, `.`, `_`, `-`.' })
  key!: string;
  @Field(() => String, {
    nullable: true,
    description: '1 to 255 characters for people; default: as it is, or the key.',
  })
  name?: string | null;
  @Field(() => AudienceRuleInput, { description: 'Whom it holds.' })
  rule!: AudienceRuleInput;
}

@ObjectType('UpsertAudiencePayload', { description: 'Answer of upsertAudience.' })
class UpsertAudiencePayload {
  @Field(() => AudienceType, { nullable: true, description: 'The audience as stored; null with errors.' })
  audience!: AudienceType | null;
  @Field(() => [UserErrorType], {
    description:
      'INVALID_KEY, INVALID_NAME, INVALID_RULE, RULE_TOO_DEEP, RULE_TOO_LARGE, UNKNOWN_TOPIC, with the path into the rule; IDEMPOTENCY_CONFLICT, INVALID_IDEMPOTENCY_KEY.',
  })
  userErrors!: UserErrorType[];
}

@InputType('DeleteAudienceInput', { description: 'Which audience to delete.' })
class DeleteAudienceInput {
  @Field(() => String, { description: 'Its key.' })
  key!: string;
}

@ObjectType('DeleteAudiencePayload', { description: 'Answer of deleteAudience.' })
class DeleteAudiencePayload {
  @Field(() => String, { nullable: true, description: 'Key of the audience that is gone; null with errors.' })
  deletedKey!: string | null;
  @Field(() => [UserErrorType], { description: 'NOT_FOUND.' })
  userErrors!: UserErrorType[];
}

const LIST = 'audiences';

function toAudience(row: AudienceRow): AudienceType {
  const { key, name, rule, created_at: createdAt, updated_at: updatedAt } = row;
  return { key, name, rule, createdAt, updatedAt };
}

@Resolver(() => AudienceType)
export class AudienceResolver {
  @Query(() => AudienceType, { nullable: true, description: 'One audience; null when there is none by that key.' })
  async audience(
    @Arg('key', () => String, { description: 'Its key.' }) key: string,
    @Ctx() context: GraphContext,
  ): Promise<AudienceType | null> {
    const { environmentId } = requireService(context);
    const [row] = await findAudiences(context.services.database.db, environmentId, [key]);
    return row ? toAudience(row) : null;
  }

  @Query(() => AudienceConnection, { description: 'All audiences, by key.' })
  async audiences(
    @Arg('first', () => Int, { defaultValue: 25, description: '1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'endCursor of the page before.' }) after: string | null,
    @Ctx() context: GraphContext,
  ): Promise<Connection<AudienceType>> {
    const { environmentId } = requireService(context);
    const request = { first: checkFirst(first), after: after ?? null };
    const afterKey = request.after === null ? null : String(decodeCursor(LIST, request.after, 1)[0]);
    const rows = await listAudiences(context.services.database.db, environmentId, afterKey, first + 1);
    return toConnection(LIST, rows, request, (row) => row.key, toAudience);
  }

  @FieldResolver(() => Int, {
    description:
      'How many people fulfil the rule now. Counted when asked for, which looks at every person of the environment: for a look before a send, not for every page.',
  })
  size(@Root() audience: AudienceType, @Ctx() context: GraphContext): Promise<number> {
    const { environmentId } = requireService(context);
    return countPeople(context.services.database.db, environmentId, audience.rule);
  }

  @Mutation(() => UpsertAudiencePayload, { description: 'Creates or changes an audience.' })
  async upsertAudience(
    @Arg('input', () => UpsertAudienceInput, { description: 'The audience.' }) input: UpsertAudienceInput,
    @Ctx() context: GraphContext,
  ): Promise<UpsertAudiencePayload> {
    const { environmentId } = requireService(context);
    const { clock } = context.services;
    return withUserErrors<UpsertAudiencePayload>({ audience: null }, () => {
      const wanted = { key: input.key, name: input.name ?? null, rule: toRule(input.rule) };
      return idempotently(context, 'upsertAudience', input, async ({ db }) => ({
        audience: toAudience(await writeAudience({ db, clock }, environmentId, wanted)),
      }));
    });
  }

  @Mutation(() => DeleteAudiencePayload, {
    description: 'Deletes an audience. Sends to it that were accepted before go on: they have a copy of its rule.',
  })
  async deleteAudience(
    @Arg('input', () => DeleteAudienceInput, { description: 'Which audience.' }) input: DeleteAudienceInput,
    @Ctx() context: GraphContext,
  ): Promise<DeleteAudiencePayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<DeleteAudiencePayload>({ deletedKey: null }, async () => {
      const gone = await deleteAudience(context.services.database.db, environmentId, input.key);
      if (!gone) throw new UserErrors([userError(['input', 'key'], 'NOT_FOUND', `no audience "${input.key}"`)]);
      return { deletedKey: gone.key };
    });
  }
}
