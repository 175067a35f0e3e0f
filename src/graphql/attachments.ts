import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { encodeId } from '../base/ids.js';
import type { SendRequest } from '../send/request.js';
import type { SendAttachment } from '../store/attachments.js';
import { UrlScalar } from './scalars.js';

@InputType('AttachmentInput', {
  description: 'A file, by `content` or by `url`, exactly one of them. At most 25,000,000 bytes.',
})
export class AttachmentInputType {
  @Field(() => String, {
    nullable: true,
    description:
      'Its name without folders, 1 to 255 characters; with `url` it may be left to the server that it comes from.',
  })
  filename?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Its media type, like `application/pdf`; default: what the server of `url` says, else `application/octet-stream`.',
  })
  contentType?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'The file itself, in base64 (RFC 4648 §4) with padding. A request holds 40,000,000 bytes at most: what is larger goes by `url`.',
  })
  content?: string | null;
  @Field(() => UrlScalar, {
    nullable: true,
    description:
      'Where it is fetched from, once, before this call is answered: within 10 s, from public addresses only, http or https, no credentials.',
  })
  url?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      'Under which the HTML of a template shows it: `<img src="cid:logo">`. 1 to 128 letters, digits and any of . _ @ + -, unique in the send.',
  })
  contentId?: string | null;
}

@ObjectType('Attachment', { description: 'A file that goes with a send, by the channels that carry files: EMAIL.' })
export class AttachmentType {
  @Field(() => ID, { description: 'Our id.' })
  id!: string;
  @Field(() => String, { description: 'Its name.' })
  filename!: string;
  @Field(() => String, { description: 'Its media type.' })
  contentType!: string;
  @Field(() => Int, { description: 'Bytes.' })
  size!: number;
}

export function toAttachments(files: readonly SendAttachment[] | null): AttachmentType[] {
  return (files ?? []).map((file) => ({ ...file, id: encodeId('attachment', file.id) }));
}

/** Files as the rest of the product knows them; none: as if the field did not exist. */
export function toFiles(inputs: readonly AttachmentInputType[] | null | undefined): Pick<SendRequest, 'attachments'> {
  if (!inputs || inputs.length === 0) return {};
  return {
    attachments: inputs.map(({ filename, contentType, contentId, content, url }) => ({
      filename: filename ?? null,
      contentType: contentType ?? null,
      contentId: contentId ?? null,
      content: content ?? null,
      url: url ?? null,
    })),
  };
}
