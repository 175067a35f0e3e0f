import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { checkSection } from '../recipients/sections.js';
import { findSection, listSections, upsertSection, type SectionRow } from '../store/sections.js';
import { requireCaller, requireService, type GraphContext } from './context.js';
import { IDEMPOTENCY_KEY, idempotently } from './idempotent.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('Section', { description: 'A heading under which people see categories.' })
export class SectionType {
  @Field(() => String, { description: 'Names the section for ever, like `activity`.' })
  key!: string;
  @Field(() => String, { description: 'For people.' })
  name!: string;
  @Field(() => Int, { description: 'Lower stands first; of several alike, the first by key.' })
  position!: number;
}

export function toSection({ key, name, position }: SectionRow): SectionType {
  return { key, name, position };
}

@InputType('UpsertSectionInput', {
  description: 'A section to create or update. A missing field stays as it is, or takes its default.',
})
class UpsertSectionInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => String, { description: '1 to 64 of a-z, 0-9, `.`, `_`, `-`, beginning with a letter or digit.' })
  key!: string;
  @Field(() => String, { nullable: true, description: 'For people, 1 to 255 characters; default: the key.' })
  name?: string | null;
  @Field(() => Int, { nullable: true, description: 'Lower stands first, -1,000,000 to 1,000,000. Default: 0.' })
  position?: number | null;
}

@ObjectType('UpsertSectionPayload', { description: 'Answer of upsertSection.' })
class UpsertSectionPayload {
  @Field(() => SectionType, { nullable: true, description: 'The section as stored; null with errors.' })
  section!: SectionType | null;
  @Field(() => [UserErrorType], {
    description: 'INVALID_KEY, INVALID_NAME, INVALID_POSITION, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

@Resolver()
export class SectionResolver {
  @Query(() => [SectionType], { description: 'Every section of the environment, as people see them.' })
  async sections(@Ctx() context: GraphContext): Promise<SectionType[]> {
    const { environmentId } = requireCaller(context);
    return (await listSections(context.services.database.db, environmentId)).map(toSection);
  }

  @Mutation(() => UpsertSectionPayload, { description: 'Creates or updates a section.' })
  async upsertSection(
    @Arg('input', () => UpsertSectionInput, { description: 'The section.' }) input: UpsertSectionInput,
    @Ctx() context: GraphContext,
  ): Promise<UpsertSectionPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<UpsertSectionPayload>({ section: null }, () =>
      idempotently(context, 'upsertSection', input, async ({ db }) => {
        const known = await findSection(db, environmentId, input.key);
        const row = checkSection(environmentId, input, known, context.services.clock.now());
        return { section: toSection(await upsertSection(db, row)) };
      }),
    );
  }
}
