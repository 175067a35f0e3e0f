import {
  Arg,
  Ctx,
  Field,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
} from 'type-graphql';
import { userError, UserErrors } from '../base/errors.js';
import { encodeId } from '../base/ids.js';
import type { ChannelName, ConsentState } from '../base/names.js';
import { checkFirst, decodeCursor } from '../base/page.js';
import { recordConsent } from '../recipients/consents.js';
import { listConsents, type ConsentRow } from '../store/consents.js';
import type { Db } from '../store/database.js';
import { findApiKeyName } from '../store/environments.js';
import { requireCaller, requireOwner, type GraphContext } from './context.js';
import { ChannelEnum } from './enums.js';
import { IDEMPOTENCY_KEY, idempotently } from './idempotent.js';
import { connectionOf, toConnection, type Connection } from './page.js';
import { RecipientRef } from './recipients.js';
import { DateTime, JSONObject } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

const ConsentStateEnum = { GRANTED: 'GRANTED', PENDING: 'PENDING', WITHDRAWN: 'WITHDRAWN' } as const;
registerEnumType(ConsentStateEnum, {
  name: 'ConsentState',
  description: 'What a record of consent says.',
  valuesConfig: {
    GRANTED: { description: 'The person agreed.' },
    PENDING: { description: 'The person was asked and has not answered; it counts for nothing.' },
    WITHDRAWN: { description: 'The person took it back, or objected: nothing of the purpose goes.' },
  },
});

@ObjectType('Consent', {
  description:
    'One record of what a person agreed to or took back. Records are never changed: of each channel and purpose the latest `at` counts, and all of them are the proof.',
})
export class ConsentType {
  @Field(() => ID, { description: 'Our id, `cns_…`.' })
  id!: string;
  @Field(() => ChannelEnum, { description: 'On which channel.' })
  channel!: ChannelName;
  @Field(() => String, {
    description:
      'To what: key of a category, `MARKETING` for all advertising, `DEVICE` to be written to on the device.',
  })
  purpose!: string;
  @Field(() => ConsentStateEnum, { description: 'What the person said.' })
  state!: ConsentState;
  @Field(() => DateTime, { description: 'When the person said it.' })
  at!: Date;
  @Field(() => String, {
    description:
      'How, like `FORM`, `VERBAL`, `IMPORT`, `SMS_KEYWORD`, `PREFERENCES_PAGE`, `UNSUBSCRIBE_LINK` or `API`.',
  })
  method!: string;
  @Field(() => String, { nullable: true, description: 'Where: a URL, a place, the key of an integration.' })
  source!: string | null;
  @Field(() => String, { nullable: true, description: 'The words that the person was shown.' })
  wording!: string | null;
  @Field(() => String, { nullable: true, description: 'Version of those words.' })
  version!: string | null;
  @Field(() => String, { nullable: true, description: 'The address that it was said from or asked at.' })
  address!: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Who recorded it: `key:` and an API key’s name, or `recipient`.',
  })
  actor!: string | null;
  @Field(() => JSONObject, { description: 'Whatever else proves it.' })
  evidence!: Record<string, unknown>;
}

const ConsentConnection = connectionOf('Consent', () => ConsentType);

export function toConsent(row: ConsentRow): ConsentType {
  const { channel, purpose, state, at, method, source, wording, version, address, actor, data: evidence } = row;
  const id = encodeId('consent', row.id);
  return { id, channel, purpose, state, at, method, source, wording, version, address, actor, evidence };
}

@InputType('RecordConsentInput', { description: 'What a person agreed to or took back.' })
class RecordConsentInput {
  @Field(() => String, {
    ...IDEMPOTENCY_KEY,
    description: `${IDEMPOTENCY_KEY.description} With an API key alone.`,
  })
  idempotencyKey?: string | null;
  @Field(() => RecipientRef, {
    nullable: true,
    description: 'Whose. Expected with an API key; a recipient token stands for its own person.',
  })
  recipient?: RecipientRef | null;
  @Field(() => ChannelEnum, { description: 'On which channel.' })
  channel!: ChannelName;
  @Field(() => String, {
    description: 'Key of a category, `MARKETING` for all advertising, or `DEVICE`: to be written to on the device.',
  })
  purpose!: string;
  @Field(() => ConsentStateEnum, { description: 'GRANTED or WITHDRAWN; `requestConsent` makes PENDING.' })
  state!: ConsentState;
  @Field(() => DateTime, { nullable: true, description: 'When the person said it; default: now.' })
  at?: Date | null;
  @Field(() => String, {
    description: 'How, in your own words of at most 64 characters; usual are `FORM`, `VERBAL`, `IMPORT`, `API`.',
  })
  method!: string;
  @Field(() => String, { nullable: true, description: 'Where: a URL or a place; at most 2,048 characters.' })
  source?: string | null;
  @Field(() => String, { nullable: true, description: 'The words that were shown; at most 10,000 characters.' })
  wording?: string | null;
  @Field(() => String, { nullable: true, description: 'Version of those words; at most 255 characters.' })
  version?: string | null;
  @Field(() => JSONObject, { nullable: true, description: 'Whatever else proves it; at most 32,768 characters.' })
  evidence?: Record<string, unknown> | null;
}

@ObjectType('RecordConsentPayload', { description: 'Answer of recordConsent.' })
class RecordConsentPayload {
  @Field(() => ConsentType, { nullable: true, description: 'The record; null with errors.' })
  consent!: ConsentType | null;
  @Field(() => [UserErrorType], {
    description:
      'UNKNOWN_PURPOSE, INVALID_STATE, INVALID_TIME, TOO_LONG, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

const LIST = 'consents';

@Resolver()
export class ConsentResolver {
  @Query(() => ConsentConnection, {
    description:
      'Every record of a person’s consent, newest first: the whole proof, page by page. A recipient token sees its own.',
  })
  async consents(
    @Arg('recipient', () => RecipientRef, { nullable: true, description: 'Whose; default: the caller.' })
    recipient: RecipientRef | null,
    @Arg('first', () => Int, { defaultValue: 25, description: '1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'endCursor of the page before.' }) after: string | null,
    @Ctx() context: GraphContext,
  ): Promise<Connection<ConsentType>> {
    const { environmentId, recipientId } = await requireOwner(context, recipient);
    const request = { first: checkFirst(first), after: after ?? null };
    const before = request.after === null ? null : String(decodeCursor(LIST, request.after, ['uuid'])[0]);
    const { db } = context.services.database;
    const rows = await listConsents(db, environmentId, recipientId, before, first + 1);
    return toConnection(LIST, rows, request, (row) => row.id, toConsent);
  }

  @Mutation(() => RecordConsentPayload, {
    description:
      'Records that a person agreed to advertising or took it back. It is appended, never changed, and counts for everything that has not gone yet.',
  })
  async recordConsent(
    @Arg('input', () => RecordConsentInput, { description: 'The record.' }) input: RecordConsentInput,
    @Ctx() context: GraphContext,
  ): Promise<RecordConsentPayload> {
    const { environmentId, recipientId } = await requireOwner(context, input.recipient);
    return withUserErrors<RecordConsentPayload>({ consent: null }, async () => {
      if (input.state === 'PENDING')
        throw new UserErrors([
          userError(['input', 'state'], 'INVALID_STATE', 'PENDING given, expected GRANTED or WITHDRAWN'),
        ]);
      return idempotently(context, 'recordConsent', input, async ({ db }) => {
        const whose = { environmentId, recipientId, actor: await actorOf(context, db) };
        return { consent: toConsent(await recordConsent(db, whose, input, context.services.clock.now())) };
      });
    });
  }
}

/** Who speaks, as the proof names it. */
export async function actorOf(context: GraphContext, db: Db): Promise<string> {
  const caller = requireCaller(context);
  if (caller.kind === 'recipient') return 'recipient';
  const name = await findApiKeyName(db, caller.environmentId, caller.keyId);
  return `key:${name ?? caller.keyId}`;
}
