import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { userError, UserErrors, type UserError } from '../base/errors.js';
import {
  problemOf,
  RETENTION_KINDS,
  RETENTION_WARNINGS,
  rulesOf,
  warningsOf,
  type RetentionKind,
  type RetentionWarning,
  type RetentionWish,
} from '../privacy/retention.js';
import { findRetention, saveRetention } from '../store/retention.js';
import type { RetentionSetting } from '../store/environments.js';
import { requireService, type GraphContext } from './context.js';
import { describe } from './enums.js';
import { Duration, durationMs, durationText } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

const RetentionKindEnum = describe('RetentionKind', RETENTION_KINDS, 'Data that stays for the same time.', {
  HISTORY:
    'The ledger: notifications with deliveries, attempts and timeline, from when they ended; dead letters, sends and digests of which none is left. What has not ended stays.',
  CONTENT:
    'What was said: data, text and names of files of a send, from when all of it ended; messages that the simulator took. The history of it stays.',
  INBOX: 'Items in the inboxes of people, read or not, from when they came.',
  CALLBACKS: 'What providers reported, as it came, once it is in the history.',
  WEBHOOK_CALLS: 'Calls of your own URLs, from when they ended.',
  ALERTS: 'Alerts for operators.',
  RETIRED_ENDPOINTS: 'Addresses that are dead, from when they were retired.',
});

const RetentionWarningEnum = describe('RetentionWarningCode', RETENTION_WARNINGS, 'What may surprise.', {
  BELOW_TWELVE_MONTHS:
    'What a person is entitled to hear of, the preceding 12 months under the CCPA, is not there any more.',
  GOES_WITH_HISTORY: 'It goes earlier than it says, because the history that it belongs to does.',
});

@ObjectType('RetentionRule', { description: 'How long one kind of data stays.' })
class RetentionRuleType {
  @Field(() => RetentionKindEnum, { description: 'Which.' })
  kind!: RetentionKind;
  @Field(() => Duration, {
    nullable: true,
    description: 'How long it stays. Null: for ever; of CONTENT: as long as the history.',
  })
  keepFor!: string | null;
  @Field(() => Duration, { nullable: true, description: 'How long where nothing was said; null: for ever.' })
  defaultKeepFor!: string | null;
  @Field(() => Duration, { description: 'Less than this is refused.' })
  minimum!: string;
}

@ObjectType('RetentionWarning', { description: 'Something about the rules that may surprise; it is no error.' })
class RetentionWarningType implements RetentionWarning {
  @Field(() => RetentionKindEnum, { description: 'About which kind.' })
  kind!: RetentionKind;
  @Field(() => RetentionWarningEnum, { description: 'For programs.' })
  code!: RetentionWarning['code'];
  @Field(() => String, { description: 'For people.' })
  message!: string;
}

@ObjectType('Retention', { description: 'How long this environment keeps what.' })
class RetentionType {
  @Field(() => [RetentionRuleType], { description: 'Of every kind.' })
  rules!: RetentionRuleType[];
  @Field(() => [RetentionWarningType], { description: 'About the rules as they are.' })
  warnings!: RetentionWarningType[];
}

@InputType('RetentionRuleInput', { description: 'How long one kind of data is to stay.' })
class RetentionRuleInput {
  @Field(() => RetentionKindEnum, { description: 'Which.' })
  kind!: RetentionKind;
  @Field(() => Duration, {
    nullable: true,
    description: 'From the `minimum` of the kind to P36500D; null: for ever, and of CONTENT as long as the history.',
  })
  keepFor!: string | null;
}

@InputType('UpdateRetentionInput', { description: 'Kinds left out stay as they are.' })
class UpdateRetentionInput {
  @Field(() => [RetentionRuleInput], { description: 'What to change, each kind once.' })
  rules!: RetentionRuleInput[];
}

@ObjectType('UpdateRetentionPayload', { description: 'Answer of updateRetention.' })
class UpdateRetentionPayload {
  @Field(() => RetentionType, { nullable: true, description: 'All of it as stored; null with errors.' })
  retention!: RetentionType | null;
  @Field(() => [RetentionWarningType], { description: 'About what is stored now, changed or not.' })
  warnings!: RetentionWarningType[];
  @Field(() => [UserErrorType], {
    description: 'INVALID_DURATION, TOO_SHORT, TOO_LONG, DUPLICATE_KIND; then nothing is changed.',
  })
  userErrors!: UserErrorType[];
}

function toRetention(setting: RetentionSetting): RetentionType {
  const text = (ms: number | null): string | null => (ms === null ? null : durationText(ms));
  const rules = rulesOf(setting).map(({ kind, keepMs, defaultMs, leastMs }) => ({
    ...{ kind, keepFor: text(keepMs), defaultKeepFor: text(defaultMs), minimum: durationText(leastMs) },
  }));
  return { rules, warnings: warningsOf(setting) };
}

/** Throws UserErrors. */
function toWishes({ rules }: UpdateRetentionInput): RetentionWish[] {
  const problems: UserError[] = [];
  const wishes = rules.map(({ kind, keepFor }, index) => {
    const keepMs = keepFor == null ? null : durationMs(keepFor);
    if (keepFor != null && keepMs === null)
      problems.push(
        userError(
          ['input', 'rules', index, 'keepFor'],
          'INVALID_DURATION',
          `"${keepFor}" given, expected days, hours, minutes and seconds, like P400D`,
        ),
      );
    return { kind, keepMs };
  });
  wishes.forEach((_, index) => {
    const problem = problemOf(wishes, index);
    if (problem) problems.push(problem);
  });
  if (problems.length > 0) throw new UserErrors(problems);
  return wishes;
}

@Resolver()
export class RetentionResolver {
  @Query(() => RetentionType, { description: 'How long this environment keeps what.' })
  async retention(@Ctx() context: GraphContext): Promise<RetentionType> {
    const { environmentId } = requireService(context);
    return toRetention(await findRetention(context.services.database.db, environmentId));
  }

  @Mutation(() => UpdateRetentionPayload, {
    description:
      'Says how long this environment keeps what. What is past its time by then goes within the hour, and does not come back.',
  })
  async updateRetention(
    @Arg('input', () => UpdateRetentionInput, { description: 'What to change.' }) input: UpdateRetentionInput,
    @Ctx() context: GraphContext,
  ): Promise<UpdateRetentionPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<UpdateRetentionPayload>({ retention: null, warnings: [] }, async () => {
      const change = Object.fromEntries(toWishes(input).map(({ kind, keepMs }) => [kind, keepMs]));
      const retention = toRetention(await saveRetention(context.services.database.db, environmentId, change));
      return { retention, warnings: retention.warnings };
    });
  }
}
