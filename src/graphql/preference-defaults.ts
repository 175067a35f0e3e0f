import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { Cadence, ChannelName } from '../base/names.js';
import { updatePreferenceDefaults } from '../recipients/preference-defaults.js';
import type { Db } from '../store/database.js';
import { listPreferenceDefaults } from '../store/preference-defaults.js';
import { requireService, type GraphContext } from './context.js';
import { ChannelEnum } from './enums.js';
import { CadenceEnum } from './preference-enums.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('PreferenceDefault', { description: 'What holds where people have said nothing.' })
class PreferenceDefaultType {
  @Field(() => String, { nullable: true, description: 'Of which category, by key; null: of every one.' })
  category!: string | null;
  @Field(() => ChannelEnum, { description: 'On which channel.' })
  channel!: ChannelName;
  @Field(() => Boolean, { nullable: true, description: 'Whether it is on; null: nothing is said of that here.' })
  enabled!: boolean | null;
  @Field(() => CadenceEnum, { nullable: true, description: 'How often; null: nothing is said of that here.' })
  cadence!: Cadence | null;
}

@InputType('PreferenceDefaultInput', {
  description: 'What shall hold where people have said nothing. A missing field stays as it is; null takes it back.',
})
class PreferenceDefaultInput {
  @Field(() => String, { nullable: true, description: 'Key of the category; null or missing: of every one.' })
  category?: string | null;
  @Field(() => ChannelEnum, { description: 'The channel.' })
  channel!: ChannelName;
  @Field(() => Boolean, { nullable: true, description: 'Whether it is on.' })
  enabled?: boolean | null;
  @Field(() => CadenceEnum, { nullable: true, description: 'How often.' })
  cadence?: Cadence | null;
}

@InputType('UpdatePreferenceDefaultsInput', { description: 'Defaults to write; others stay as they are.' })
class UpdatePreferenceDefaultsInput {
  @Field(() => String, { nullable: true, description: 'For people of this tenant; null or missing: for everybody.' })
  tenant?: string | null;
  @Field(() => [PreferenceDefaultInput], { description: 'At most 1,000.' })
  rules!: PreferenceDefaultInput[];
}

@ObjectType('UpdatePreferenceDefaultsPayload', { description: 'Answer of updatePreferenceDefaults.' })
class UpdatePreferenceDefaultsPayload {
  @Field(() => [PreferenceDefaultType], {
    nullable: true,
    description: 'All defaults of the tenant, or of the environment, after the change; null with errors.',
  })
  defaults!: PreferenceDefaultType[] | null;
  @Field(() => [UserErrorType], { description: 'NOT_FOUND, NOT_EDITABLE, INVALID_TENANT, TOO_MANY.' })
  userErrors!: UserErrorType[];
}

@Resolver()
export class PreferenceDefaultResolver {
  @Query(() => [PreferenceDefaultType], {
    description:
      'What holds where people have said nothing. The nearest word counts: of the tenant for the category, of the tenant for all, of the environment for the category, of the environment for all, and then the category’s `defaultOn`.',
  })
  async preferenceDefaults(
    @Arg('tenant', () => String, { nullable: true, description: 'Of this tenant; null: of the environment.' })
    tenant: string | null,
    @Ctx() context: GraphContext,
  ): Promise<PreferenceDefaultType[]> {
    const { environmentId } = requireService(context);
    return readAll(context.services.database.db, environmentId, tenant ?? null);
  }

  @Mutation(() => UpdatePreferenceDefaultsPayload, {
    description:
      'Says what holds where people have said nothing, for everybody or for one tenant. It counts for everything that has not gone yet; other processes know of it two seconds later at most.',
  })
  async updatePreferenceDefaults(
    @Arg('input', () => UpdatePreferenceDefaultsInput, { description: 'The defaults.' })
    input: UpdatePreferenceDefaultsInput,
    @Ctx() context: GraphContext,
  ): Promise<UpdatePreferenceDefaultsPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<UpdatePreferenceDefaultsPayload>({ defaults: null }, async () => {
      const tenant = input.tenant ?? null;
      await updatePreferenceDefaults(context.services, environmentId, tenant, input.rules);
      context.services.kept.forgetDefaults(environmentId);
      return { defaults: await readAll(context.services.database.db, environmentId, tenant) };
    });
  }
}

async function readAll(db: Db, environmentId: string, tenant: string | null): Promise<PreferenceDefaultType[]> {
  const rows = await listPreferenceDefaults(db, environmentId, tenant ?? '');
  return rows.map(({ category_key: key, channel, enabled, cadence }) => ({
    ...{ channel, enabled, cadence },
    category: key === '' ? null : key,
  }));
}
