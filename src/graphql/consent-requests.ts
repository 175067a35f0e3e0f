import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { AppError, UserErrors } from '../base/errors.js';
import { encodeId } from '../base/ids.js';
import type { ChannelName } from '../base/names.js';
import { askForConsent, CONSENT_REQUESTS } from '../recipients/consent-request.js';
import { OVERLOADED, RETRY_AFTER_SECONDS } from '../send/backpressure.js';
import { actorOf, ConsentType, toConsent } from './consents.js';
import { requireOwner, requireService, type GraphContext } from './context.js';
import { ChannelEnum } from './enums.js';
import { IDEMPOTENCY_KEY, idempotently } from './idempotent.js';
import { RecipientRef } from './recipients.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@InputType('RequestConsentInput', { description: 'What to ask a person for.' })
class RequestConsentInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => RecipientRef, { description: 'Whom to ask.' })
  recipient!: RecipientRef;
  @Field(() => ChannelEnum, { description: 'SMS: the one channel that people answer on by a keyword.' })
  channel!: ChannelName;
  @Field(() => String, {
    description: 'Key of a MARKETING category that says what it is about, how much of it comes, and under what terms.',
  })
  category!: string;
}

@ObjectType('RequestConsentPayload', { description: 'Answer of requestConsent.' })
class RequestConsentPayload {
  @Field(() => [ConsentType], {
    description:
      'What the person is asked for, all PENDING; empty where everything was granted before, and with errors.',
  })
  consents!: ConsentType[];
  @Field(() => ID, { nullable: true, description: 'The send that carries the question; null: nothing was asked.' })
  sendId!: string | null;
  @Field(() => [UserErrorType], {
    description:
      'INVALID_CHANNEL, UNKNOWN_CATEGORY, NOT_MARKETING, MISSING_TERMS, NO_ADDRESS, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

@Resolver()
export class ConsentRequestResolver {
  @Mutation(() => RequestConsentPayload, {
    description:
      'Asks a person by text message to agree to a MARKETING category: what it is, how often, the terms and the way out. YES or START grants it, and the DEVICE consent beside it; until then nothing goes. It goes under the category `consent-request`, TRANSACTIONAL, which is made when it is first needed.',
  })
  async requestConsent(
    @Arg('input', () => RequestConsentInput, { description: 'The question.' }) input: RequestConsentInput,
    @Ctx() context: GraphContext,
  ): Promise<RequestConsentPayload> {
    requireService(context);
    const { environmentId, recipientId } = await requireOwner(context, input.recipient);
    const { acceptor, clock, kept } = context.services;
    return withUserErrors<RequestConsentPayload>({ consents: [], sendId: null }, async () => {
      const asked = await idempotently(context, 'requestConsent', input, async ({ db }) => {
        const whose = { environmentId, recipientId, actor: await actorOf(context, db) };
        const { rows, wording } = await askForConsent(db, whose, input, clock.now());
        return { consents: rows.map(toConsent), wording };
      });
      const [first] = asked.consents;
      if (!first) return { consents: [], sendId: null };
      kept.forgetCategory(environmentId, CONSENT_REQUESTS);
      // Under the id of its first record: a repeated call asks once.
      const accepted = await acceptor.accept(environmentId, {
        ...NOTHING_ELSE,
        idempotencyKey: `${CONSENT_REQUESTS}/${first.id}`,
        to: [{ id: recipientId }],
        content: { title: 'Consent', body: asked.wording, url: null, data: null },
      });
      if ('send' in accepted) return { consents: asked.consents, sendId: encodeId('send', accepted.send.id) };
      const full = accepted.problems.find((problem) => problem.code === OVERLOADED);
      if (full) throw new AppError('OVERLOADED', full.message, { retryAfter: RETRY_AFTER_SECONDS });
      throw new UserErrors(accepted.problems);
    });
  }
}

const NOTHING_ELSE = {
  category: CONSENT_REQUESTS,
  topic: null,
  audience: null,
  template: null,
  data: null,
  channels: ['SMS'],
  brand: null,
  sendAt: null,
  expiresAt: null,
  tags: [],
  tenant: null,
} as const;
