import { Field, InputType } from 'type-graphql';
import type { ItemFilter } from '../store/inbox-lists.js';
import { JSONObject } from './scalars.js';

@InputType('InboxFilter', { description: 'Every field narrows.' })
export class InboxFilter {
  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'Only what was not opened.' })
  unreadOnly?: boolean | null;
  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'What was put away, instead of the list.' })
  archived?: boolean | null;
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'What comes back later, instead of the list.',
  })
  snoozed?: boolean | null;
  @Field(() => Boolean, { nullable: true, description: 'Only what is pinned, or only what is not. Null: both.' })
  pinned?: boolean | null;
  @Field(() => [String], { nullable: true, description: 'Only these categories, by key.' })
  category?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Only items with any of these tags.' })
  tags?: string[] | null;
  @Field(() => JSONObject, { nullable: true, description: 'Only items whose `data` holds all of this.' })
  data?: Record<string, unknown> | null;
  @Field(() => String, { nullable: true, description: 'Only items of this group.' })
  groupKey?: string | null;
}

/** As the store reads it; null: the list. */
export function toItemFilter(filter: InboxFilter | null): ItemFilter {
  return {
    unreadOnly: filter?.unreadOnly ?? false,
    archived: filter?.archived ?? false,
    snoozed: filter?.snoozed ?? false,
    pinned: filter?.pinned ?? null,
    categories: filter?.category ?? null,
    tags: filter?.tags ?? null,
    data: filter?.data ?? null,
    groupKey: filter?.groupKey ?? null,
  };
}
