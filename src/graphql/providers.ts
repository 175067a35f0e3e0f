import { Ctx, Field, Float, Int, ObjectType, Query, Resolver } from 'type-graphql';
import type { CategoryClass, ChannelName } from '../base/names.js';
import type { ProviderCard } from '../channels/integration-check.js';
import { requireService, type GraphContext } from './context.js';
import { CategoryClassEnum, ChannelEnum } from './enums.js';
import { RateLimitType } from './integrations.js';
import { Duration, durationText, JSONObject } from './scalars.js';

@ObjectType('Provider', {
  description: 'A vendor’s adapter, as it declares itself: what it must be told, what it can do, what it costs.',
})
class ProviderType {
  @Field(() => String, { description: 'Its name in `upsertIntegration`, like `sendgrid`.' })
  name!: string;
  @Field(() => String, { description: 'What people call it.' })
  title!: string;
  @Field(() => String, { description: 'Where the vendor documents what is used of it.' })
  docs!: string;
  @Field(() => [ChannelEnum], { description: 'Channels that it carries.' })
  channels!: readonly ChannelName[];
  @Field(() => JSONObject, { description: 'JSON Schema of `settings`.' })
  settings!: Record<string, unknown>;
  @Field(() => JSONObject, { description: 'JSON Schema of `credentials`.' })
  credentials!: Record<string, unknown>;
  @Field(() => [CategoryClassEnum], {
    description:
      'Classes of categories that it may carry; routing gives it no others. Settings may allow more or less.',
  })
  classes!: readonly CategoryClass[];
  @Field(() => String, {
    nullable: true,
    description: 'How files travel: `FIELDS` of the request, or a `MIME` message of our making. Null: it carries none.',
  })
  attachments!: string | null;
  @Field(() => Int, {
    nullable: true,
    description: 'Bytes of one request or message at most, files as they travel. Null: no limit is documented.',
  })
  payloadLimit!: number | null;
  @Field(() => RateLimitType, {
    nullable: true,
    description: 'What a new integration is held to unless `rateLimit` says otherwise. Null: no limit.',
  })
  rateLimit!: RateLimitType | null;
  @Field(() => [String], {
    description: 'What it reports after taking a delivery, like `DELIVERED` or `BOUNCED`. Empty: nothing.',
  })
  reports!: readonly string[];
  @Field(() => String, {
    nullable: true,
    description: 'How its callbacks prove where they come from. Null: it has none.',
  })
  proof!: string | null;
  @Field(() => Float, { nullable: true, description: 'US dollars for 1,000 at list price. Null: it depends.' })
  costPer1000!: number | null;
  @Field(() => String, {
    nullable: true,
    description: 'The push service whose tokens alone it takes. Null: any address of its channels.',
  })
  service!: string | null;
  @Field(() => Boolean, {
    description: 'Can it be told, message by message, not to look at what people open and click?',
  })
  untracks!: boolean;
  @Field(() => Duration, {
    nullable: true,
    description: 'For so long it answers a repetition under our key with the first result. Null: it knows no keys.',
  })
  idempotency!: string | null;
  @Field(() => Boolean, { description: 'Can it be asked whether it took an attempt whose answer was lost?' })
  lookup!: boolean;
}

function toProvider({ rateLimit, idempotencyMs, ...card }: ProviderCard): ProviderType {
  return {
    ...card,
    rateLimit: rateLimit && { count: rateLimit.count, period: durationText(rateLimit.periodMs) },
    idempotency: idempotencyMs === null ? null : durationText(idempotencyMs),
  };
}

@Resolver()
export class ProviderResolver {
  @Query(() => [ProviderType], { description: 'Every adapter of this version, by name.' })
  providers(@Ctx() context: GraphContext): ProviderType[] {
    requireService(context);
    const cards = context.services.integrationCheck.providers.map(toProvider);
    return cards.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }
}
