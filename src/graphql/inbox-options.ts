import { Field, InputType } from 'type-graphql';
import { DateTime, UrlScalar } from './scalars.js';

@InputType('InboxActionInput', { description: 'A button of an item.' })
class InboxActionInput {
  @Field(() => String, {
    description: 'What the page is told when it is pressed: 1 to 64 of a-z, 0-9, ".", "_", "-", each once.',
  })
  key!: string;
  @Field(() => String, { description: 'What stands on it: one line of 1 to 100 characters.' })
  label!: string;
  @Field(() => UrlScalar, { nullable: true, description: 'Where it leads. Null: it tells the page alone.' })
  url?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'Shown as the one to press. Default: false.' })
  primary?: boolean | null;
}

@InputType('InboxOptionsInput', { description: 'What an item in the inbox has beside its text.' })
export class InboxOptionsInput {
  @Field(() => [InboxActionInput], { nullable: true, description: 'At most 5.' })
  actions?: InboxActionInput[] | null;
  @Field(() => String, {
    nullable: true,
    description: 'Items with the same one are shown as one line, like `comments:42`: 1 to 255 characters.',
  })
  groupKey?: string | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Its toast stays until it is closed, and is spoken at once. Default: false.',
  })
  urgent?: boolean | null;
  @Field(() => DateTime, { nullable: true, description: 'It leaves the inbox then.' })
  expiresAt?: Date | null;
}
