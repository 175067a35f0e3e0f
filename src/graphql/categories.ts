import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { userError, UserErrors, type UserError } from '../base/errors.js';
import type { AmbiguityPolicy, CategoryClass, ChannelName, Failover, InboxCopy, Lane, OnCap } from '../base/names.js';
import { categoryRow, type CategoryChange } from '../recipients/categories.js';
import { digestRuleOf } from '../recipients/digest-rules.js';
import {
  DEFAULT_FACTOR,
  findCategories,
  listCategories,
  upsertCategory,
  type CategoryRow,
} from '../store/categories.js';
import { CapInput, CapType, OnCapEnum, toCapWishes, toCaps } from './caps.js';
import type { Db } from '../store/database.js';
import { findSection } from '../store/sections.js';
import { RetryPolicyInput, RetryPolicyType, SilencePolicyInput, SilencePolicyType } from './category-policies.js';
import { CategoryRulesInput, CategoryRulesType, toCategoryRules } from './category-rules.js';
import { requireCaller, requireService, type GraphContext } from './context.js';
import { AmbiguityPolicyEnum, CategoryClassEnum, ChannelEnum, FailoverEnum, InboxCopyEnum, LaneEnum } from './enums.js';
import { DigestRuleInput, DigestRuleType, toDigestChange, toDigestRule } from './digest-rules.js';
import { IDEMPOTENCY_KEY, idempotently } from './idempotent.js';
import { Duration, durationMs, durationText } from './scalars.js';
import { toTimeRules } from './time-rules.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('Category', { description: 'A kind of notification: the unit of preferences and the carrier of policy.' })
export class CategoryType extends CategoryRulesType {
  @Field(() => String, { description: 'Names the category for ever, like `order-updates`.' })
  key!: string;
  @Field(() => String, { description: 'For people.' })
  name!: string;
  @Field(() => CategoryClassEnum, { description: 'What it is for.' })
  class!: CategoryClass;
  @Field(() => Boolean, { description: 'People may not switch it off.' })
  mandatory!: boolean;
  @Field(() => [ChannelEnum], { description: 'In order of preference; the rest is failover.' })
  channels!: ChannelName[];
  @Field(() => LaneEnum, { description: 'Its queue.' })
  lane!: Lane;
  @Field(() => Duration, { description: 'In-app: display not acknowledged in time counts as failed.' })
  ackTimeout!: string;
  @Field(() => InboxCopyEnum, { description: 'Whether what went elsewhere also lies in the inbox.' })
  inboxCopy!: InboxCopy;
  @Field(() => RetryPolicyType, { description: 'How failed attempts are repeated.' })
  retry!: RetryPolicyType;
  @Field(() => Duration, {
    nullable: true,
    description: 'The relevance window, from acceptance or `sendAt`; null: for ever.',
  })
  expiresAfter!: string | null;
  @Field(() => AmbiguityPolicyEnum, { description: 'What to do when an outcome cannot be known.' })
  onAmbiguous!: AmbiguityPolicy;
  @Field(() => FailoverEnum, { description: 'Whether a failed attempt is repeated on its channel first.' })
  failover!: Failover;
  @Field(() => SilencePolicyType, {
    nullable: true,
    description: 'What follows when nobody opens it; null: nothing, and what a channel took is done.',
  })
  silence!: SilencePolicyType | null;
  @Field(() => [CapType], {
    description: 'How many of them a person may get in a time; besides, people set their own.',
  })
  caps!: CapType[];
  @Field(() => OnCapEnum, { description: 'What becomes of it beyond a cap.' })
  onCap!: OnCap;
  @Field(() => DigestRuleType, { nullable: true, description: 'How it is gathered; null: each goes by itself.' })
  digest!: DigestRuleType | null;
}

export function toCategory(row: CategoryRow): CategoryType {
  const { retry, silence } = row;
  return {
    ...toCategoryRules(row),
    key: row.key,
    name: row.name,
    class: row.class,
    mandatory: row.mandatory,
    channels: row.channels,
    lane: row.lane,
    ackTimeout: durationText(row.ack_timeout_ms),
    inboxCopy: row.inbox_copy,
    retry: {
      maxAttempts: retry.maxAttempts,
      firstDelay: durationText(retry.firstDelayMs),
      factor: retry.factor ?? DEFAULT_FACTOR,
      maxDelay: durationText(retry.maxDelayMs),
      giveUpAfter: durationText(retry.giveUpAfterMs),
    },
    expiresAfter: row.expires_after_ms === null ? null : durationText(row.expires_after_ms),
    onAmbiguous: row.on_ambiguous,
    failover: row.failover,
    digest: toDigestRule(digestRuleOf(row)),
    silence: silence && { after: durationText(silence.afterMs), then: silence.then, times: silence.times },
    ...toCaps(row.rules),
    ...toTimeRules(row.rules),
  };
}

@InputType('UpsertCategoryInput', {
  description: 'A category to create or update. A missing field stays as it is, or takes its default.',
})
class UpsertCategoryInput extends CategoryRulesInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => String, { description: '1 to 64 of a-z, 0-9, `.`, `_`, `-`, beginning with a letter or digit.' })
  key!: string;
  @Field(() => String, { nullable: true, description: 'For people; default: the key.' })
  name?: string | null;
  @Field(() => CategoryClassEnum, { nullable: true, description: 'Default: PRODUCT.' })
  class?: CategoryClass | null;
  @Field(() => Boolean, { nullable: true, description: 'Default: false. Not allowed for MARKETING.' })
  mandatory?: boolean | null;
  @Field(() => [ChannelEnum], {
    nullable: true,
    description: 'Order of preference, the rest is failover; default: [INBOX, EMAIL].',
  })
  channels?: ChannelName[] | null;
  @Field(() => LaneEnum, {
    nullable: true,
    description: 'Default: CRITICAL for SECURITY, BULK for MARKETING, else NORMAL.',
  })
  lane?: Lane | null;
  @Field(() => Duration, {
    nullable: true,
    description: 'In-app: display not acknowledged in time counts as failed; PT0.1S to PT10M, default PT5S.',
  })
  ackTimeout?: string | null;
  @Field(() => InboxCopyEnum, { nullable: true, description: 'Default: WHEN_DELIVERED.' })
  inboxCopy?: InboxCopy | null;
  @Field(() => RetryPolicyInput, { nullable: true, description: 'Default: by class.' })
  retry?: RetryPolicyInput | null;
  @Field(() => Duration, { nullable: true, description: 'The relevance window, PT1S to P365D; null: for ever.' })
  expiresAfter?: string | null;
  @Field(() => AmbiguityPolicyEnum, { nullable: true, description: 'Default: FAIL for MARKETING, else RESEND.' })
  onAmbiguous?: AmbiguityPolicy | null;
  @Field(() => FailoverEnum, { nullable: true, description: 'Default: AFTER_RETRIES.' })
  failover?: Failover | null;
  @Field(() => SilencePolicyInput, {
    nullable: true,
    description: 'What follows when nobody opens it; null clears it. Default: nothing follows.',
  })
  silence?: SilencePolicyInput | null;
  @Field(() => [CapInput], { nullable: true, description: 'At most 20; an empty list or null clears them.' })
  caps?: CapInput[] | null;
  @Field(() => OnCapEnum, { nullable: true, description: 'What becomes of it beyond a cap. Default: HOLD.' })
  onCap?: OnCap | null;
  @Field(() => DigestRuleInput, {
    nullable: true,
    description: 'How it is gathered where the person chose no cadence; null clears it. Default: each goes by itself.',
  })
  digest?: DigestRuleInput | null;
}

@ObjectType('UpsertCategoryPayload', { description: 'Answer of upsertCategory.' })
class UpsertCategoryPayload {
  @Field(() => CategoryType, { nullable: true, description: 'The category as stored; null with errors.' })
  category!: CategoryType | null;
  @Field(() => [UserErrorType], {
    description:
      'INVALID_KEY, INVALID_NAME, INVALID_CHANNELS, INVALID_DURATION, INVALID_RETRY, INVALID_SILENCE, INVALID_SEND_WINDOW, INVALID_SPAN, INVALID_CAP, INVALID_DIGEST, INVALID_URL, NOT_ALLOWED, TOO_LONG, UNKNOWN_SECTION, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

@Resolver()
export class CategoryResolver {
  @Query(() => [CategoryType], { description: 'Every category of the environment, by key.' })
  async categories(@Ctx() context: GraphContext): Promise<CategoryType[]> {
    const { environmentId } = requireCaller(context);
    return (await listCategories(context.services.database.db, environmentId)).map(toCategory);
  }

  @Mutation(() => UpsertCategoryPayload, {
    description: 'Creates or updates a category. Notifications decide by what it says at that moment.',
  })
  async upsertCategory(
    @Arg('input', () => UpsertCategoryInput, { description: 'The category.' }) input: UpsertCategoryInput,
    @Ctx() context: GraphContext,
  ): Promise<UpsertCategoryPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<UpsertCategoryPayload>({ category: null }, async () => {
      const change = toChange(input);
      const payload = await idempotently(context, 'upsertCategory', input, async ({ db }) => {
        const [known] = await findCategories(db, environmentId, [input.key]);
        const row = categoryRow(environmentId, change, known, context.services.clock.now());
        await requireSection(db, environmentId, input.section);
        return { category: toCategory(await upsertCategory(db, row)) };
      });
      context.services.kept.forgetCategory(environmentId, input.key);
      return payload;
    });
  }
}

async function requireSection(db: Db, environmentId: string, key: string | null | undefined): Promise<void> {
  if (key == null || (await findSection(db, environmentId, key))) return;
  const message = `no section "${key.slice(0, 80)}"; make it with upsertSection`;
  throw new UserErrors([userError(['input', 'section'], 'UNKNOWN_SECTION', message)]);
}

/** Durations as milliseconds. Throws UserErrors for those without a fixed length. */
function toChange(input: UpsertCategoryInput): CategoryChange {
  const problems: UserError[] = [];
  const ms = (path: string[], text: string | null | undefined): number | null | undefined => {
    if (text == null) return text;
    const value = durationMs(text);
    if (value === null)
      problems.push(
        userError(
          ['input', ...path],
          'INVALID_DURATION',
          `"${text}" given, expected days, hours, minutes and seconds, like PT15M`,
        ),
      );
    return value ?? undefined;
  };
  const { idempotencyKey: _key, retry, ackTimeout, expiresAfter, silence, caps, digest, ...rest } = input;
  const change: CategoryChange = {
    ...rest,
    ackTimeoutMs: ms(['ackTimeout'], ackTimeout),
    expiresAfterMs: ms(['expiresAfter'], expiresAfter),
    retry: {
      maxAttempts: retry?.maxAttempts,
      factor: retry?.factor,
      firstDelayMs: ms(['retry', 'firstDelay'], retry?.firstDelay),
      maxDelayMs: ms(['retry', 'maxDelay'], retry?.maxDelay),
      giveUpAfterMs: ms(['retry', 'giveUpAfter'], retry?.giveUpAfter),
    },
    digest: digest && toDigestChange(digest, ms),
    silence: silence && {
      // One that cannot be read is refused below.
      afterMs: ms(['silence', 'after'], silence.after) ?? 0,
      then: silence.then,
      times: silence.times ?? 1,
    },
  };
  if (problems.length > 0) throw new UserErrors(problems);
  return caps === undefined ? change : { ...change, caps: toCapWishes(caps ?? []) };
}
