import { Field, ID, InputType } from 'type-graphql';
import { decodeId } from '../base/ids.js';
import type { ChannelName } from '../base/names.js';
import type { SendRequest, SendTarget } from '../send/request.js';
import { AttachmentInputType, toFiles } from './attachments.js';
import { ThrottleInput, toThrottle } from './caps.js';
import { ChannelEnum } from './enums.js';
import { InboxOptionsInput } from './inbox-options.js';
import { DateTime, JSONObject, Locale, TimeZone, UrlScalar } from './scalars.js';
import { SendWindowInput } from './time-rules.js';

@InputType('SendTargetInput', {
  description:
    'A known person by `id` or `externalId`, or one described in place: created or updated first when more fields are given.',
})
class SendTargetInput {
  @Field(() => ID, { nullable: true, description: 'Our id; then nothing else.' })
  id?: string | null;
  @Field(() => String, { nullable: true, description: 'Your own id of the person.' })
  externalId?: string | null;
  @Field(() => String, { nullable: true, description: 'E-mail address.' })
  email?: string | null;
  @Field(() => String, { nullable: true, description: 'Phone number in international form.' })
  phone?: string | null;
  @Field(() => Locale, { nullable: true, description: 'Language for templates.' })
  locale?: string | null;
  @Field(() => TimeZone, { nullable: true, description: 'Where the person lives.' })
  timeZone?: string | null;
  @Field(() => JSONObject, { nullable: true, description: 'Merged key by key into the person’s attributes.' })
  attributes?: Record<string, unknown> | null;
}

@InputType('ContentInput', { description: 'Words in place, taken literally on every channel.' })
class ContentInput {
  @Field(() => String, {
    description: 'One line of 1 to 1,000 characters: the subject of an e-mail, the title of a toast.',
  })
  title!: string;
  @Field(() => String, { description: 'Plain text, at most 100,000 characters.' })
  body!: string;
  @Field(() => UrlScalar, { nullable: true, description: 'Where a click leads.' })
  url?: string | null;
  @Field(() => JSONObject, { nullable: true, description: 'Your own data, handed to the inbox widget.' })
  data?: Record<string, unknown> | null;
}

@InputType('SendInput', { description: 'What to send, to whom, and within which bounds.' })
export class SendInput {
  @Field(() => String, {
    nullable: true,
    description:
      'Same key and same input within 72 h: the first answer again, `deduplicated: true`. Same key, other input: IDEMPOTENCY_CONFLICT. 1 to 255 characters.',
  })
  idempotencyKey?: string | null;
  @Field(() => [SendTargetInput], {
    nullable: true,
    description: '1 to 1,000 people, each notified once; or a topic, or an audience.',
  })
  to?: SendTargetInput[] | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Key of a topic: everyone who is subscribed to it when it is expanded, in the background: at once, or when `sendAt` comes.',
  })
  topic?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Key of an audience: everyone whom its rule selects when it is expanded, in the background: at once, or when `sendAt` comes. The rule is the one of this moment; later changes of the audience do not reach this send.',
  })
  audience?: string | null;
  @Field(() => String, { description: 'Key of the category.' })
  category!: string;
  @Field(() => String, {
    nullable: true,
    description: 'Key of a published template, with `data`; or content in place.',
  })
  template?: string | null;
  @Field(() => JSONObject, { nullable: true, description: 'Variables for the template.' })
  data?: Record<string, unknown> | null;
  @Field(() => ContentInput, { nullable: true, description: 'Words in place of a template.' })
  content?: ContentInput | null;
  @Field(() => [ChannelEnum], { nullable: true, description: 'Only these, in this order; default: the category’s.' })
  channels?: ChannelName[] | null;
  @Field(() => String, { nullable: true, description: 'Key of a brand; stored, and used when brands come.' })
  brand?: string | null;
  @Field(() => DateTime, {
    nullable: true,
    description:
      'Not before this time; at most a year ahead. The people of a topic or an audience are looked up when it comes, not before.',
  })
  sendAt?: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Not after this time; wins over every delay.' })
  expiresAt?: Date | null;
  @Field(() => SendWindowInput, {
    nullable: true,
    description: 'When it shall go, in the time zone of each person; default: the category’s. Not before `sendAt`.',
  })
  sendWindow?: SendWindowInput | null;
  @Field(() => [String], { nullable: true, description: 'At most 20 of 1 to 64 characters, to find it again.' })
  tags?: string[] | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Your customer that this is for: 1 to 255 characters. Work takes turns between tenants, so that a large send of one does not hold up the others.',
  })
  tenant?: string | null;
  @Field(() => ThrottleInput, {
    nullable: true,
    description: 'At most so many of one key for one person in a time; further ones end SUPPRESSED with THROTTLED_KEY.',
  })
  throttle?: ThrottleInput | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Where it is gathered: with what it may go in one digest, like `project:42`, 1 to 255 characters; default: with everything of the category. Digests never mix tenants.',
  })
  digestKey?: string | null;
  @Field(() => InboxOptionsInput, {
    nullable: true,
    description: 'What the item in the inbox has beside its text: buttons, a group, urgency, an end.',
  })
  inbox?: InboxOptionsInput | null;
  @Field(() => [AttachmentInputType], {
    nullable: true,
    description:
      'Files that go with it by e-mail: at most 20, 25,000,000 bytes each and 50,000,000 together. Other channels go without them.',
  })
  attachments?: AttachmentInputType[] | null;
}

/** A send as the rest of the product knows it. */
export function toRequest(input: SendInput): SendRequest {
  const { content } = input;
  return {
    idempotencyKey: input.idempotencyKey ?? null,
    to: input.to?.map(toTarget) ?? null,
    topic: input.topic ?? null,
    audience: input.audience ?? null,
    category: input.category,
    template: input.template ?? null,
    data: input.data ?? null,
    content: content
      ? { title: content.title, body: content.body, url: content.url ?? null, data: content.data ?? null }
      : null,
    channels: input.channels ?? null,
    brand: input.brand ?? null,
    sendAt: input.sendAt ?? null,
    expiresAt: input.expiresAt ?? null,
    tags: input.tags ?? [],
    sendWindow: input.sendWindow ?? null,
    tenant: input.tenant ?? null,
    throttle: toThrottle(input.throttle),
    digestKey: input.digestKey ?? null,
    inbox: input.inbox ?? null,
    ...toFiles(input.attachments),
  };
}

/** An id that is none of ours becomes one that nobody has: it answers as missing. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

function toTarget({ id, ...target }: SendTargetInput): SendTarget {
  return { ...target, ...(id == null ? {} : { id: decodeId('recipient', id) ?? NOBODY }) };
}
