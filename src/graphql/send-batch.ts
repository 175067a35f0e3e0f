import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { userError, UserErrors, type UserError } from '../base/errors.js';
import { keyProblem } from '../base/idempotency.js';
import type { BatchErrorPolicy } from '../base/names.js';
import { requireService, type GraphContext } from './context.js';
import { BatchErrorPolicyEnum } from './enums.js';
import { SendInput, toRequest } from './send-input.js';
import { SendType, toSend } from './send.js';
import { UserErrorType, withUserErrors } from './user-error.js';

const SENDS_MAX = 1000;

@InputType('SendBatchInput', {
  description:
    'Different sends in one call. Pass them as a variable, not in the text of the operation, which holds 5,000 tokens at most; a request holds 1 MB at most, besides the content of attachments, and 40 MB with it. All sends together have at most 100 attachments.',
})
class SendBatchInput {
  @Field(() => [SendInput], { description: '1 to 1,000 sends. The same person may be in several.' })
  sends!: SendInput[];
  @Field(() => String, {
    nullable: true,
    description:
      'Key of the whole batch, 1 to 255 characters: each send without a key of its own gets one from it and its place in the list. Repeat the batch as it was after any error, and what was stored is answered again with `deduplicated: true`, the rest is done; kept 72 h.',
  })
  idempotencyKey?: string | null;
  @Field(() => BatchErrorPolicyEnum, {
    nullable: true,
    defaultValue: 'CONTINUE',
    description: 'What a refused send does to the others.',
  })
  onError?: BatchErrorPolicy | null;
}

@ObjectType('SendBatchResult', { description: 'What became of one send of a batch.' })
class SendBatchResult {
  @Field(() => Int, { description: 'Its place in `sends`, from 0.' })
  index!: number;
  @Field(() => SendType, {
    nullable: true,
    description:
      'The send; null with errors, and then it was not stored. An error of ours about it alone stands among the errors of the request, with its path.',
  })
  send!: SendType | null;
  @Field(() => Boolean, { description: 'True when its key had been used and this is the first answer again.' })
  deduplicated!: boolean;
  @Field(() => [UserErrorType], {
    description:
      'Those of `send`, with paths that begin with `["input", "sends", "<index>"]`, and BATCH_ABORTED for a send that was not stored because another one was refused.',
  })
  userErrors!: UserErrorType[];
}

@ObjectType('SendBatchPayload', { description: 'Answer of sendBatch.' })
class SendBatchPayload {
  @Field(() => [SendBatchResult], { description: 'One a send, in their order; empty when the batch itself is wrong.' })
  results!: SendBatchResult[];
  @Field(() => [UserErrorType], {
    description:
      'What is wrong with the batch itself: TOO_MANY_SENDS (also for none), INVALID_IDEMPOTENCY_KEY. Then nothing was stored. What is wrong with single sends stands in `results`.',
  })
  userErrors!: UserErrorType[];
}

@Resolver()
export class SendBatchResolver {
  @Mutation(() => SendBatchPayload, {
    description:
      'Notifies people by many different sends at once, far cheaper than one call each. When it fails as a whole (UNAVAILABLE, a cut connection), some sends may be stored: with keys, repeat it as it was.',
  })
  async sendBatch(
    @Arg('input', () => SendBatchInput, { description: 'The sends.' }) input: SendBatchInput,
    @Ctx() context: GraphContext,
  ): Promise<SendBatchPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<SendBatchPayload>({ results: [] }, async () => {
      const problems = problemsOf(input);
      if (problems.length > 0) throw new UserErrors(problems);
      const accepted = await context.services.acceptor.acceptBatch(environmentId, {
        sends: input.sends.map(toRequest),
        idempotencyKey: input.idempotencyKey ?? null,
        onError: input.onError ?? 'CONTINUE',
      });
      const results = accepted.map((one, index): SendBatchResult => {
        // A field that is an error is answered as null, with the error among those of the request: the others stay.
        if ('failed' in one) return { index, send: one.failed as never, deduplicated: false, userErrors: [] };
        if ('send' in one) return { index, send: toSend(one.send), deduplicated: one.deduplicated, userErrors: [] };
        return { index, send: null, deduplicated: false, userErrors: one.problems.map((each) => placed(each, index)) };
      });
      return { results };
    });
  }
}

function problemsOf({ sends, idempotencyKey }: SendBatchInput): UserError[] {
  const badKey = idempotencyKey == null ? null : keyProblem(idempotencyKey);
  const count = sends.length;
  return [
    ...(badKey === null ? [] : [userError(['input', 'idempotencyKey'], 'INVALID_IDEMPOTENCY_KEY', badKey)]),
    ...(count > 0 && count <= SENDS_MAX
      ? []
      : [
          userError(
            ['input', 'sends'],
            'TOO_MANY_SENDS',
            `${count} sends given, expected 1 to ${SENDS_MAX}; for the same words to more people use a topic or an audience`,
          ),
        ]),
  ];
}

/** The path of a single send's error, as it stands in the batch. */
function placed(problem: UserError, index: number): UserError {
  return { ...problem, field: ['input', 'sends', String(index), ...problem.field.slice(1)] };
}
