import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { tellOfListings } from '../domains/alarm.js';
import type { DomainCheckName, DomainVerdict } from '../domains/finding.js';
import { parseQuestion } from '../domains/question.js';
import { requireService, type GraphContext } from './context.js';
import { DomainCheckEnum, DomainVerdictEnum } from './enums.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('DomainFinding', { description: 'One thing that was looked at about a domain.' })
class DomainFindingType {
  @Field(() => DomainCheckEnum, { description: 'What.' })
  check!: DomainCheckName;
  @Field(() => DomainVerdictEnum, { description: 'How it is.' })
  verdict!: DomainVerdict;
  @Field(() => String, { nullable: true, description: 'What the DNS says; null: nothing.' })
  record!: string | null;
  @Field(() => String, { description: 'For people: what it means, and what to publish where it is not good.' })
  explanation!: string;
}

@ObjectType('SenderDomainCheck', { description: 'How receivers judge mail from a domain, as it is right now.' })
class SenderDomainCheckType {
  @Field(() => String, { description: 'The domain as the DNS has it.' })
  domain!: string;
  @Field(() => DomainVerdictEnum, { description: 'The worst of the findings.' })
  verdict!: DomainVerdict;
  @Field(() => [DomainFindingType], {
    description:
      'MX, SPF and DMARC once each; DKIM for each selector, or once where no key was found; BLOCKLIST for each list and each name that it can know.',
  })
  findings!: readonly DomainFindingType[];
}

@InputType('CheckSenderDomainInput', { description: 'A domain to look at.' })
class CheckSenderDomainInput {
  @Field(() => String, { description: 'The part after the @ of a sender, like `example.com`.' })
  domain!: string;
  @Field(() => [String], {
    nullable: true,
    description: 'Your DKIM selectors, 1 to 30, as your provider shows them; missing: those that are commonly used.',
  })
  dkimSelectors?: string[] | null;
  @Field(() => [String], {
    nullable: true,
    description: 'Network addresses that send for it, at most 10: blocklists are asked about them too.',
  })
  addresses?: string[] | null;
}

@ObjectType('CheckSenderDomainPayload', { description: 'Answer of checkSenderDomain.' })
class CheckSenderDomainPayload {
  @Field(() => SenderDomainCheckType, { nullable: true, description: 'What was found; null with errors.' })
  check!: SenderDomainCheckType | null;
  @Field(() => [UserErrorType], { description: 'INVALID_DOMAIN, INVALID_SELECTOR, INVALID_ADDRESS, TOO_MANY.' })
  userErrors!: UserErrorType[];
}

@Resolver()
export class SenderDomainResolver {
  @Mutation(() => CheckSenderDomainPayload, {
    description:
      'Asks the DNS and the blocklists about a domain that e-mail is sent from; takes 10 seconds at most. What is listed raises the alert DOMAIN_LISTED, and DOMAIN_CLEARED once it no longer is.',
  })
  async checkSenderDomain(
    @Arg('input', () => CheckSenderDomainInput, { description: 'Which.' }) input: CheckSenderDomainInput,
    @Ctx() context: GraphContext,
  ): Promise<CheckSenderDomainPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<CheckSenderDomainPayload>({ check: null }, async () => {
      const { checkDomain, database, clock } = context.services;
      const check = await checkDomain(parseQuestion(input));
      await tellOfListings(database.db, environmentId, check.listings, clock.now());
      return { check };
    });
  }
}
