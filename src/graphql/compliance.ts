import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { checkCompliance } from '../recipients/compliance.js';
import { findCompliance, saveCompliance, type Compliance } from '../store/environments.js';
import { requireService, type GraphContext } from './context.js';
import { UrlScalar } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('Compliance', { description: 'What this environment says for the laws of advertising.' })
class ComplianceType {
  @Field(() => String, {
    nullable: true,
    description: 'The sender’s postal address; it stands under advertising by e-mail.',
  })
  postalAddress!: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'ISO 3166-1: where people are of whom nobody knows it. Null: the strictest rules hold for them.',
  })
  defaultCountry!: string | null;
  @Field(() => [String], {
    description:
      'ISO 3166-1: where nobody looks at what people open and click. People say so for themselves with `limitUse`.',
  })
  trackingOffIn!: readonly string[];
  @Field(() => UrlScalar, { nullable: true, description: 'Terms that people agree to, where a category has none.' })
  termsUrl!: string | null;
  @Field(() => UrlScalar, { nullable: true, description: 'The privacy policy.' })
  privacyUrl!: string | null;
}

@InputType('UpdateComplianceInput', { description: 'Fields left out stay as they are; null clears them.' })
class UpdateComplianceInput {
  @Field(() => String, {
    nullable: true,
    description:
      'At most 500 characters, kept in one line. Without it no advertising goes by e-mail where the law wants one.',
  })
  postalAddress?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'ISO 3166-1, two letters. Name one only if you know that people whose country is unknown are there.',
  })
  defaultCountry?: string | null;
  @Field(() => [String], {
    nullable: true,
    description:
      'ISO 3166-1, two letters each: where nobody looks at what people open and click. Where a country is unknown, nobody looks if any is named. Null: everywhere it is looked at.',
  })
  trackingOffIn?: string[] | null;
  @Field(() => UrlScalar, { nullable: true, description: 'Terms that people agree to, where a category has none.' })
  termsUrl?: string | null;
  @Field(() => UrlScalar, { nullable: true, description: 'The privacy policy.' })
  privacyUrl?: string | null;
}

@ObjectType('UpdateCompliancePayload', { description: 'Answer of updateCompliance.' })
class UpdateCompliancePayload {
  @Field(() => ComplianceType, { nullable: true, description: 'All of it as stored; null with errors.' })
  compliance!: ComplianceType | null;
  @Field(() => [UserErrorType], { description: 'INVALID_POSTAL_ADDRESS, INVALID_COUNTRY, INVALID_URL.' })
  userErrors!: UserErrorType[];
}

function toCompliance(row: Compliance): ComplianceType {
  const { postalAddress = null, defaultCountry = null, termsUrl = null, privacyUrl = null } = row;
  return { postalAddress, defaultCountry, trackingOffIn: row.trackingOffIn ?? [], termsUrl, privacyUrl };
}

@Resolver()
export class ComplianceResolver {
  @Query(() => ComplianceType, { description: 'What this environment says for the laws of advertising.' })
  async compliance(@Ctx() context: GraphContext): Promise<ComplianceType> {
    const { environmentId } = requireService(context);
    return toCompliance(await findCompliance(context.services.database.db, environmentId));
  }

  @Mutation(() => UpdateCompliancePayload, {
    description:
      'Says what this environment needs for the laws of advertising. It counts for everything that has not gone yet; other processes know of it two seconds later at most.',
  })
  async updateCompliance(
    @Arg('input', () => UpdateComplianceInput, { description: 'What to change.' }) input: UpdateComplianceInput,
    @Ctx() context: GraphContext,
  ): Promise<UpdateCompliancePayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<UpdateCompliancePayload>({ compliance: null }, async () => {
      const { database, kept } = context.services;
      const compliance = await saveCompliance(database.db, environmentId, checkCompliance(input));
      kept.forgetCompliance(environmentId);
      return { compliance: toCompliance(compliance) };
    });
  }
}
