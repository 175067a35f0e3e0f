import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { userError, UserErrors } from '../base/errors.js';
import type { ChannelName } from '../base/names.js';
import { checkFirst, decodeCursor } from '../base/page.js';
import { findTemplate, listTemplates, type TemplateRow } from '../store/templates.js';
import { publishTemplate, upsertTemplate } from '../templates/templates.js';
import { requireService, type GraphContext } from './context.js';
import { ChannelEnum } from './enums.js';
import { IDEMPOTENCY_KEY, idempotently } from './idempotent.js';
import { connectionOf, toConnection, type Connection } from './page.js';
import { Locale } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@ObjectType('Template', {
  description:
    'Words for a notification, by channel and language. Sends use the published version; changes go to the draft.',
})
class TemplateType {
  @Field(() => String, { description: 'Names the template for ever.' })
  key!: string;
  @Field(() => String, { description: 'For people.' })
  name!: string;
  @Field(() => Int, { nullable: true, description: 'The version that sends use; null before the first publishing.' })
  publishedVersion!: number | null;
  @Field(() => Int, { nullable: true, description: 'The version being written; null when nothing is unpublished.' })
  draftVersion!: number | null;
}

const TemplateConnection = connectionOf('Template', () => TemplateType);

@InputType('TemplateContentInput', {
  description:
    'One variant, in Liquid. Values are escaped in `html`; a missing variable is an error, never an empty place.',
})
class TemplateContentInput {
  @Field(() => ChannelEnum, { description: 'For which channel.' })
  channel!: ChannelName;
  @Field(() => Locale, { description: 'In which language. The first variant of a channel is the fallback.' })
  locale!: string;
  @Field(() => String, { nullable: true, description: 'Subject of an e-mail, title of a toast.' })
  title?: string | null;
  @Field(() => String, { description: 'Plain text.' })
  body!: string;
  @Field(() => String, { nullable: true, description: 'HTML, for e-mail.' })
  html?: string | null;
}

@InputType('UpsertTemplateInput', { description: 'A draft to write.' })
class UpsertTemplateInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => String, { description: '1 to 64 of a-z, 0-9, `.`, `_`, `-`.' })
  key!: string;
  @Field(() => String, { nullable: true, description: 'For people; default: the key.' })
  name?: string | null;
  @Field(() => [TemplateContentInput], { description: 'All variants; they take the place of the draft’s.' })
  contents!: TemplateContentInput[];
}

@ObjectType('UpsertTemplatePayload', { description: 'Answer of upsertTemplate.' })
class UpsertTemplatePayload {
  @Field(() => TemplateType, { nullable: true, description: 'The template; null with errors.' })
  template!: TemplateType | null;
  @Field(() => [UserErrorType], {
    description:
      'INVALID_KEY, SYNTAX (with the place), DUPLICATE, TOO_LONG, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

@InputType('PublishTemplateInput', { description: 'Which draft to publish.' })
class PublishTemplateInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => String, { description: 'Key of the template.' })
  key!: string;
}

@ObjectType('PublishTemplatePayload', { description: 'Answer of publishTemplate.' })
class PublishTemplatePayload {
  @Field(() => TemplateType, { nullable: true, description: 'The template; null with errors.' })
  template!: TemplateType | null;
  @Field(() => [UserErrorType], { description: 'NOT_FOUND, NO_DRAFT, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.' })
  userErrors!: UserErrorType[];
}

function toTemplate(row: TemplateRow): TemplateType {
  return { key: row.key, name: row.name, publishedVersion: row.published_version, draftVersion: row.draft_version };
}

@Resolver()
export class TemplateResolver {
  @Query(() => TemplateType, { nullable: true, description: 'One template; null when there is none by that key.' })
  async template(
    @Arg('key', () => String, { description: 'Its key.' }) key: string,
    @Ctx() context: GraphContext,
  ): Promise<TemplateType | null> {
    const { environmentId } = requireService(context);
    const row = await findTemplate(context.services.database.db, environmentId, key);
    return row ? toTemplate(row) : null;
  }

  @Query(() => TemplateConnection, { description: 'All templates, by key.' })
  async templates(
    @Arg('first', () => Int, { defaultValue: 25, description: '1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'endCursor of the page before.' }) after: string | null,
    @Ctx() context: GraphContext,
  ): Promise<Connection<TemplateType>> {
    const { environmentId } = requireService(context);
    const request = { first: checkFirst(first), after: after ?? null };
    const afterKey = request.after === null ? null : String(decodeCursor('templates', request.after, 1)[0]);
    const rows = await listTemplates(context.services.database.db, environmentId, afterKey, first + 1);
    return toConnection('templates', rows, request, (row) => row.key, toTemplate);
  }

  @Mutation(() => UpsertTemplatePayload, {
    description: 'Writes the draft of a template. Nothing that is sent changes until it is published.',
  })
  async upsertTemplate(
    @Arg('input', () => UpsertTemplateInput, { description: 'The draft.' }) input: UpsertTemplateInput,
    @Ctx() context: GraphContext,
  ): Promise<UpsertTemplatePayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<UpsertTemplatePayload>({ template: null }, async () => {
      if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(input.key))
        throw new UserErrors([
          userError(['input', 'key'], 'INVALID_KEY', 'expected 1 to 64 of a-z, 0-9, ".", "_", "-"'),
        ]);
      const contents = input.contents.map(({ channel, locale, title, body, html }) => ({
        channel,
        locale,
        body,
        title: title ?? null,
        html: html ?? null,
      }));
      const { clock } = context.services;
      const draft = { key: input.key, name: input.name ?? null, contents };
      return idempotently(context, 'upsertTemplate', input, async ({ db }) => ({
        template: toTemplate(await upsertTemplate({ db, clock }, environmentId, draft)),
      }));
    });
  }

  @Mutation(() => PublishTemplatePayload, {
    description: 'Makes the draft the version that sends use from now on; what was accepted before keeps its own.',
  })
  async publishTemplate(
    @Arg('input', () => PublishTemplateInput, { description: 'Which template.' }) input: PublishTemplateInput,
    @Ctx() context: GraphContext,
  ): Promise<PublishTemplatePayload> {
    const { environmentId } = requireService(context);
    const { clock } = context.services;
    return withUserErrors<PublishTemplatePayload>({ template: null }, () =>
      idempotently(context, 'publishTemplate', input, async ({ db }) => ({
        template: toTemplate(await publishTemplate({ db, clock }, environmentId, input.key)),
      })),
    );
  }
}
