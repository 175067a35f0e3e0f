import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { plus } from '../base/clock.js';
import { userError, UserErrors } from '../base/errors.js';
import { PLATFORMS, PRESENCE_STATES, type Platform, type PresenceState } from '../base/names.js';
import { presenceOf, saveReport } from '../store/presence-reports.js';
import { requireOwner, type GraphContext } from './context.js';
import { describe } from './enums.js';
import { RecipientRef } from './recipients.js';
import { DateTime, Duration, durationMs } from './scalars.js';
import { UserErrorType, withUserErrors } from './user-error.js';

const PlatformEnum = describe('Platform', PLATFORMS, 'Where somebody can be present.', {
  WEB: 'A page in a browser.',
  MOBILE: 'An app on a phone or a tablet.',
  SLACK: 'Slack.',
});
const PresenceStateEnum = describe('PresenceState', PRESENCE_STATES, 'How present somebody is.', {
  ACTIVE: 'Does something there.',
  IDLE: 'Is there, and has done nothing for a while.',
  AWAY: 'Is not there, though it is open.',
});

@ObjectType('PlatformPresence', { description: 'How present somebody is on one platform.' })
class PlatformPresenceType {
  @Field(() => PlatformEnum, { description: 'Where.' })
  platform!: Platform;
  @Field(() => PresenceStateEnum, {
    nullable: true,
    description: 'As was reported last; null: nobody did, or it has ended.',
  })
  state!: PresenceState | null;
  @Field(() => Boolean, { description: 'A client is connected there now.' })
  connected!: boolean;
  @Field(() => DateTime, { description: 'Since when it is so.' })
  since!: Date;
}

@ObjectType('Presence', { description: 'Whether somebody is there, and where.' })
class PresenceType {
  @Field(() => Boolean, { description: 'A client is connected somewhere.' })
  online!: boolean;
  @Field(() => [PlatformPresenceType], { description: 'Those of which anything is known.' })
  platforms!: PlatformPresenceType[];
}

@InputType('ReportPresenceInput', { description: 'How present somebody is.' })
class ReportPresenceInput {
  @Field(() => RecipientRef, { nullable: true, description: 'Who; default: the caller.' })
  recipient?: RecipientRef | null;
  @Field(() => PlatformEnum, { defaultValue: 'WEB', description: 'Where.' })
  platform!: Platform;
  @Field(() => PresenceStateEnum, { description: 'How.' })
  state!: PresenceState;
  @Field(() => String, {
    nullable: true,
    description:
      'Which client of theirs this is: a browser, a phone; 1 to 64 characters of its own choice. Each speaks for itself, and the most present one counts. Null: said of the whole platform, which wins over them.',
  })
  client?: string | null;
  @Field(() => Duration, {
    defaultValue: 'PT90S',
    description:
      'For so long it holds unless it is reported again: PT10S to PT1H. Browsers slow hidden tabs down to one timer a minute.',
  })
  expiresIn!: string;
}

@ObjectType('ReportPresencePayload', { description: 'Answer of reportPresence.' })
class ReportPresencePayload {
  @Field(() => PresenceType, { nullable: true, description: 'As it is now; null with errors.' })
  presence!: PresenceType | null;
  @Field(() => [UserErrorType], { description: 'INVALID_DURATION, INVALID_CLIENT.' })
  userErrors!: UserErrorType[];
}

const LEAST_MS = 10_000;
const MOST_MS = 3_600_000;
const CLIENT_MAX = 64;

@Resolver()
export class PresenceResolver {
  @Query(() => PresenceType, {
    description: 'Whether somebody is there: the caller with a recipient token, a named person with an API key.',
  })
  async presence(
    @Arg('recipient', () => RecipientRef, { nullable: true, description: 'Who; default: the caller.' })
    recipient: RecipientRef | null,
    @Ctx() context: GraphContext,
  ): Promise<PresenceType> {
    return presentNow(context, await requireOwner(context, recipient));
  }

  @Mutation(() => ReportPresencePayload, {
    description:
      'Says how present somebody is: a widget of its own person, or a host that knows it better, of anybody. It ends by itself.',
  })
  async reportPresence(
    @Arg('input', () => ReportPresenceInput, { description: 'Who, where, how.' }) input: ReportPresenceInput,
    @Ctx() context: GraphContext,
  ): Promise<ReportPresencePayload> {
    const person = await requireOwner(context, input.recipient);
    return withUserErrors<ReportPresencePayload>({ presence: null }, async () => {
      const { database, clock } = context.services;
      const now = clock.now();
      const expiresAt = plus(now, checkedMs(input.expiresIn));
      const { platform, state } = input;
      await saveReport(database.db, person, { platform, client: checkedClient(input.client), state, expiresAt }, now);
      return { presence: await presentNow(context, person) };
    });
  }
}

async function presentNow(
  context: GraphContext,
  person: { readonly environmentId: string; readonly recipientId: string },
): Promise<PresenceType> {
  const { database, clock } = context.services;
  const platforms = await presenceOf(database.db, person, clock.now());
  return { online: platforms.some((one) => one.connected), platforms };
}

function checkedClient(client: string | null | undefined): string {
  if (client == null) return '';
  if (client.length > 0 && client.length <= CLIENT_MAX) return client;
  const message = `${client.length} characters given, expected 1 to ${CLIENT_MAX}`;
  throw new UserErrors([userError(['input', 'client'], 'INVALID_CLIENT', message)]);
}

function checkedMs(text: string): number {
  const ms = durationMs(text) ?? 0;
  if (ms >= LEAST_MS && ms <= MOST_MS) return ms;
  throw new UserErrors([
    userError(['input', 'expiresIn'], 'INVALID_DURATION', `"${text.slice(0, 80)}" given, expected PT10S to PT1H`),
  ]);
}
