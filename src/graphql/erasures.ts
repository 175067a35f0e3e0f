import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { userError, UserErrors } from '../base/errors.js';
import { decodeId, encodeId } from '../base/ids.js';
import { checkFirst, decodeCursor } from '../base/page.js';
import { PERSONAL_DATA, PERSONAL_DATA_KINDS, type PersonalDataKind } from '../privacy/data-map.js';
import { beginErasure, stopStragglers } from '../privacy/erase.js';
import { findErasure, listErasures, type ErasureRow } from '../store/erasures.js';
import { actorOf } from './consents.js';
import { findRecipientId, requireService, type GraphContext } from './context.js';
import { describe } from './enums.js';
import { IDEMPOTENCY_KEY, idempotently } from './idempotent.js';
import { connectionOf, toConnection, type Connection } from './page.js';
import { RecipientRef } from './recipients.js';
import { DateTime } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

export const PersonalDataKindEnum = describe(
  'PersonalDataKind',
  PERSONAL_DATA_KINDS,
  'A kind of personal data.',
  Object.fromEntries(PERSONAL_DATA_KINDS.map((kind) => [kind, sentence(PERSONAL_DATA[kind].what)])) as Record<
    PersonalDataKind,
    string
  >,
);

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

@ObjectType('ErasedCount', { description: 'How much of a kind of data went.' })
class ErasedCountType {
  @Field(() => PersonalDataKindEnum, { description: 'Of what.' })
  kind!: PersonalDataKind;
  @Field(() => Int, { description: 'Records that were deleted or emptied; of notifications, those that were emptied.' })
  count!: number;
}

@ObjectType('Erasure', { description: 'That a person was erased. It says nothing of the person, and stays.' })
class ErasureType {
  @Field(() => ID, { description: 'Our id, `ers_…`.' })
  id!: string;
  @Field(() => ID, { description: 'Our id of the person, under which states and times of notifications stay.' })
  recipientId!: string;
  @Field(() => String, { description: 'Who asked for it: `key:` and an API key’s name.' })
  actor!: string;
  @Field(() => String, { nullable: true, description: 'Why, as it was said.' })
  reason!: string | null;
  @Field(() => DateTime, { description: 'From then on nothing went to the person.' })
  requestedAt!: Date;
  @Field(() => DateTime, {
    nullable: true,
    description: 'When the last of it was gone. Null: it goes on in the background, or waits for a call that runs.',
  })
  finishedAt!: Date | null;
  @Field(() => [ErasedCountType], { description: 'How much went so far.' })
  counts!: ErasedCountType[];
}

const ErasureConnection = connectionOf('Erasure', () => ErasureType);

/** As it survives JSON: an idempotency key keeps it. */
function toErasure(row: ErasureRow): ErasureType {
  return {
    id: encodeId('erasure', row.id),
    recipientId: encodeId('recipient', row.recipient_id),
    actor: row.actor,
    reason: row.reason,
    requestedAt: row.requested_at,
    finishedAt: row.finished_at,
    counts: PERSONAL_DATA_KINDS.flatMap((kind) => {
      const count = row.erased[kind] ?? 0;
      return count > 0 ? [{ kind, count }] : [];
    }),
  };
}

@InputType('EraseRecipientInput', { description: 'Whom to erase.' })
class EraseRecipientInput {
  @Field(() => String, IDEMPOTENCY_KEY)
  idempotencyKey?: string | null;
  @Field(() => RecipientRef, {
    description: 'Which person. One who was erased before is found by our id alone.',
  })
  recipient!: RecipientRef;
  @Field(() => String, {
    nullable: true,
    description: 'Why, for the audit: at most 500 characters. It stays, so it names nobody.',
  })
  reason?: string | null;
}

@ObjectType('EraseRecipientPayload', { description: 'Answer of eraseRecipient.' })
class EraseRecipientPayload {
  @Field(() => ErasureType, { nullable: true, description: 'The erasure; null with errors.' })
  erasure!: ErasureType | null;
  @Field(() => [UserErrorType], {
    description: 'UNKNOWN_RECIPIENT, TOO_LONG, INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_CONFLICT.',
  })
  userErrors!: UserErrorType[];
}

const LIST = 'erasures';
const REASON_MAX = 500;

@Resolver()
export class ErasureResolver {
  @Query(() => ErasureType, { nullable: true, description: 'One erasure; null when there is none by this id.' })
  async erasure(
    @Arg('id', () => ID, { description: 'Our id, `ers_…`.' }) id: string,
    @Ctx() context: GraphContext,
  ): Promise<ErasureType | null> {
    const { environmentId } = requireService(context);
    const uuid = decodeId('erasure', id);
    const { db } = context.services.database;
    const row = uuid === null ? undefined : await findErasure(db, environmentId, { id: uuid });
    return row ? toErasure(row) : null;
  }

  @Query(() => ErasureConnection, { description: 'Every erasure of this environment, newest first.' })
  async erasures(
    @Arg('first', () => Int, { defaultValue: 25, description: '1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'endCursor of the page before.' }) after: string | null,
    @Ctx() context: GraphContext,
  ): Promise<Connection<ErasureType>> {
    const { environmentId } = requireService(context);
    const request = { first: checkFirst(first), after: after ?? null };
    const before = request.after === null ? null : String(decodeCursor(LIST, request.after, ['uuid'])[0]);
    const rows = await listErasures(context.services.database.db, environmentId, before, first + 1);
    return toConnection(LIST, rows, request, (row) => row.id, toErasure);
  }

  @Mutation(() => EraseRecipientPayload, {
    description:
      'Erases a person. Once it answers, nothing more begins for the person: what has not gone is CANCELED, tokens and links open nothing, addresses, profile and preferences are gone. The rest goes in the background; `finishedAt` says when. States and times of notifications stay, and hashes of suppressed addresses. It cannot be undone. Repeating it changes nothing. For API keys alone.',
  })
  async eraseRecipient(
    @Arg('input', () => EraseRecipientInput, { description: 'Whom.' }) input: EraseRecipientInput,
    @Ctx() context: GraphContext,
  ): Promise<EraseRecipientPayload> {
    const { environmentId } = requireService(context);
    return withUserErrors<EraseRecipientPayload>({ erasure: null }, async () => {
      const { inTransaction, clock, keys } = context.services;
      const reason = input.reason ?? null;
      if (reason !== null && reason.length > REASON_MAX)
        throw new UserErrors([
          userError(['input', 'reason'], 'TOO_LONG', `${reason.length} characters given, at most ${REASON_MAX}`),
        ]);
      const payload = await idempotently(context, 'eraseRecipient', input, async (tx) => {
        const { id } = input.recipient;
        const known = await findRecipientId(tx.db, environmentId, input.recipient);
        const recipientId = known ?? (id == null ? null : decodeId('recipient', id));
        const request = { environmentId, recipientId: recipientId ?? '', actor: await actorOf(context, tx.db), reason };
        const row = recipientId === null ? null : await beginErasure(tx, request, clock.now());
        if (row) return { erasure: toErasure(row), begun: row.finished_at === null ? row.recipient_id : null };
        throw new UserErrors([userError(['input', 'recipient'], 'UNKNOWN_RECIPIENT', 'no such recipient')]);
      });
      const { begun } = payload;
      if (begun !== null) {
        await stopStragglers(inTransaction, { environmentId, recipientId: begun });
        keys.forgetRecipients();
      }
      return { erasure: payload.erasure };
    });
  }
}
