import { Field, ID, Int, ObjectType } from 'type-graphql';
import { encodeId } from '../base/ids.js';
import type { InboxItemRow } from '../store/inbox-items.js';
import { DateTime, JSONObject, UrlScalar } from './scalars.js';

@ObjectType('InboxItemAction', { description: 'A button of an item.' })
class InboxItemActionType {
  @Field(() => String, { description: 'What the page is told when it is pressed.' })
  key!: string;
  @Field(() => String, { description: 'What stands on it.' })
  label!: string;
  @Field(() => UrlScalar, { nullable: true, description: 'Where it leads. Null: it tells the page alone.' })
  url!: string | null;
  @Field(() => Boolean, { description: 'Shown as the one to press.' })
  primary!: boolean;
}

@ObjectType('InboxItem', { description: 'What a person sees in the app.' })
export class InboxItemType {
  row!: InboxItemRow;
  @Field(() => ID, { description: 'Our id.' })
  id!: string;
  @Field(() => Int, { description: 'Version of the inbox at its last change.' })
  version!: number;
  @Field(() => Int, {
    description:
      'Where it stands: lists are in the order of this, highest first. What comes back from being put off has a new one.',
  })
  place!: number;
  @Field(() => String, { description: 'One line.' })
  title!: string;
  @Field(() => String, { description: 'Plain text.' })
  body!: string;
  @Field(() => UrlScalar, { nullable: true, description: 'Where a click leads.' })
  url!: string | null;
  @Field(() => JSONObject, { nullable: true, description: 'The sender’s own data.' })
  data!: Record<string, unknown> | null;
  @Field(() => Boolean, {
    description: 'False for a quiet copy of what went elsewhere: it lies in the list and is never shown as a toast.',
  })
  toast!: boolean;
  @Field(() => DateTime, { description: 'When it came into the inbox.' })
  createdAt!: Date;
  @Field(() => DateTime, { nullable: true, description: 'First on the screen.' })
  seenAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Opened.' })
  readAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Put away.' })
  archivedAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Out of the list until then.' })
  snoozedUntil!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Kept in sight since then.' })
  pinnedAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'It leaves the inbox then.' })
  expiresAt!: Date | null;
  @Field(() => [String], { description: 'Tags of its send.' })
  tags!: string[];
  @Field(() => Boolean, { description: 'Its toast stays until it is closed, and is spoken at once.' })
  urgent!: boolean;
  @Field(() => [InboxItemActionType], { description: 'Its buttons, in order.' })
  actions!: InboxItemActionType[];
  @Field(() => String, { nullable: true, description: 'Items with the same one are shown as one line.' })
  groupKey!: string | null;
}

export function toInboxItem(row: InboxItemRow): InboxItemType {
  return {
    row,
    id: encodeId('inboxItem', row.id),
    version: row.version,
    place: row.added_version,
    title: row.title,
    body: row.body,
    url: row.url,
    data: row.data,
    toast: row.toast,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    readAt: row.read_at,
    archivedAt: row.archived_at,
    snoozedUntil: row.snoozed_until,
    pinnedAt: row.pinned_at,
    expiresAt: row.expires_at,
    tags: row.tags,
    urgent: row.urgent,
    actions: row.actions,
    groupKey: row.group_key,
  };
}
