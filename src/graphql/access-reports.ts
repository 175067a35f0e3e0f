import { Arg, Ctx, Field, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { AppError } from '../base/errors.js';
import type { CategoryClass, ChannelName } from '../base/names.js';
import { checkFirst, decodeCursor } from '../base/page.js';
import { accessRecords, accessSharing, countRecords, COUNTED_MAX, twelveMonthsBefore } from '../privacy/access.js';
import { PERSONAL_DATA, PERSONAL_DATA_KINDS, type DataSource, type PersonalDataKind } from '../privacy/data-map.js';
import { keptForMs } from '../privacy/kept-for.js';
import { warningsOf } from '../privacy/retention.js';
import { rightsOf } from '../privacy/rights.js';
import type { AccessPage, AccessRow, SharingRow } from '../store/access-records.js';
import { findRecipients } from '../store/recipients.js';
import { findRetention } from '../store/retention.js';
import { requireOwner, type GraphContext } from './context.js';
import { CategoryClassEnum, ChannelEnum, describe } from './enums.js';
import { PersonalDataKindEnum } from './erasures.js';
import { connectionOf, toConnection, type Connection } from './page.js';
import { RecipientRef, RecipientType, toRecipient } from './recipients.js';
import { DateTime, Duration, durationText, JSONObject } from './scalars.js';

const SOURCES = ['SERVICE', 'PERSON', 'PROVIDER', 'TIDINGS'] as const satisfies readonly DataSource[];
const DataSourceEnum = describe('PersonalDataSource', SOURCES, 'Who gives a kind of personal data.', {
  SERVICE: 'A service of the operator’s, with an API key.',
  PERSON: 'The person, with a token or a link, or by an answer.',
  PROVIDER: 'A provider that carried something, by its callbacks.',
  TIDINGS: 'Nobody: it is made here.',
});

@ObjectType('PersonalDataHolding', { description: 'What is kept of a person, of one kind.' })
class HoldingType {
  @Field(() => PersonalDataKindEnum, { description: 'Of which kind.' })
  kind!: PersonalDataKind;
  @Field(() => String, { description: 'What it is.' })
  what!: string;
  @Field(() => [DataSourceEnum], { description: 'Who may have given it.' })
  sources!: readonly DataSource[];
  @Field(() => String, { description: 'What it is used for.' })
  purpose!: string;
  @Field(() => Duration, {
    nullable: true,
    description: 'How long it stays where nobody removes it: see `retention`. Null: it has no end of its own.',
  })
  keptFor!: string | null;
  @Field(() => String, { description: 'What becomes of it when the person is erased.' })
  erasing!: string;
}

@Resolver(() => HoldingType)
export class HoldingResolver {
  @FieldResolver(() => Int, {
    description: 'Records of it in the time of the report; at most 10,000 are counted.',
  })
  count(@Root() { kind, page }: HoldingType & { page: AccessPage }, @Ctx() context: GraphContext): Promise<number> {
    return countRecords(context.services.database.db, kind, page);
  }
}

@ObjectType('PersonalDataRecord', { description: 'One record of personal data.' })
class RecordType {
  @Field(() => ID, { description: 'Tells it from others of its kind.' })
  id!: string;
  @Field(() => DateTime, { description: 'When it happened, or was written last.' })
  at!: Date;
  @Field(() => JSONObject, { description: 'All of it. Of addresses that are secrets, the host alone.' })
  data!: Record<string, unknown>;
}

const RecordConnection = connectionOf('PersonalDataRecord', () => RecordType);

@ObjectType('DataSharing', { description: 'Who received data of a person, and what for.' })
class SharingType {
  @Field(() => String, { description: 'The provider, like `sendgrid`.' })
  provider!: string;
  @Field(() => String, { description: 'Key of the integration through which it was called.' })
  integration!: string;
  @Field(() => ChannelEnum, { description: 'On which channel: its kind of address was shared.' })
  channel!: ChannelName;
  @Field(() => [PersonalDataKindEnum], { description: 'Which kinds of data it got.' })
  data!: PersonalDataKind[];
  @Field(() => [String], { description: 'Why: the keys of the categories of what was sent.' })
  categories!: string[];
  @Field(() => [CategoryClassEnum], { description: 'Why: their classes.' })
  classes!: CategoryClass[];
  @Field(() => Int, { description: 'Calls, those that failed among them.' })
  count!: number;
  @Field(() => DateTime, { description: 'The first in the time of the report.' })
  firstAt!: Date;
  @Field(() => DateTime, { description: 'The last.' })
  lastAt!: Date;
}

function toSharing(row: SharingRow): SharingType {
  const { provider, integration, categories, count, first_at: firstAt, last_at: lastAt } = row;
  const data: PersonalDataKind[] = ['ADDRESSES', 'CONTENT', ...(row.files ? (['FILES'] as const) : [])];
  const [channel, classes] = [row.channel as ChannelName, row.classes as CategoryClass[]];
  return { provider, integration, channel, data, categories, classes, count, firstAt, lastAt };
}

@ObjectType('AccessReport', {
  description: 'What is kept of a person, where it comes from, what it is for, and who got it.',
})
class AccessReportType {
  page!: Omit<AccessPage, 'after' | 'limit'>;

  @Field(() => RecipientType, { description: 'The person.' })
  recipient!: RecipientType;
  @Field(() => DateTime, { description: 'The report goes from then on. What simply holds is in it whatever its age.' })
  since!: Date;
  @Field(() => DateTime, { description: 'And until then.' })
  until!: Date;
  @Field(() => String, {
    nullable: true,
    description: 'Where the law looks for the person: ISO 3166-1 alpha-2; null: nobody knows.',
  })
  country!: string | null;
  @Field(() => [String], {
    description:
      'Acts under which the person may see and erase data there, as far as they are modelled: `CCPA/CPRA`, `GDPR`, `UK DPA`. All of them where nobody knows the country.',
  })
  laws!: readonly string[];
  @Field(() => Boolean, { description: 'The person said: my data is not to be sold.' })
  doNotSell!: boolean;
  @Field(() => Boolean, { description: 'The person said: use of my data is to be limited.' })
  limitUse!: boolean;
  @Field(() => [String], {
    description: 'Why the report may not cover the preceding twelve months: data goes sooner. Empty: it does.',
  })
  warnings!: string[];
  @Field(() => [HoldingType], { description: 'Every kind of data that is kept of anybody.' })
  holdings!: HoldingType[];
}

@Resolver(() => AccessReportType)
export class AccessReportResolver {
  @Query(() => AccessReportType, {
    description:
      'What is kept of a person: every record, by kind and page by page, with its sources and its purpose, and who received it. With an API key of anybody; with a recipient token of its own person.',
  })
  async accessReport(
    @Arg('recipient', () => RecipientRef, { nullable: true, description: 'Whose; default: the caller.' })
    recipient: RecipientRef | null,
    @Arg('since', () => DateTime, { nullable: true, description: 'From when on; default: twelve months ago.' })
    since: Date | null,
    @Ctx() context: GraphContext,
  ): Promise<AccessReportType> {
    const { environmentId, recipientId } = await requireOwner(context, recipient);
    const { database, clock } = context.services;
    const now = clock.now();
    const page = { environmentId, recipientId, since: since ?? twelveMonthsBefore(now) };
    const [row] = await findRecipients(database.db, environmentId, { ids: [recipientId] });
    if (!row) throw new AppError('BAD_USER_INPUT', 'recipient: no such recipient in this environment');
    const retention = await findRetention(database.db, environmentId);
    const holdings = PERSONAL_DATA_KINDS.filter((kind) => kind !== 'ERASURE').map((kind) => {
      const { what, sources, purpose, erasing } = PERSONAL_DATA[kind];
      const keptMs = keptForMs(kind, retention);
      const keptFor = keptMs === null ? null : durationText(keptMs);
      return { kind, what, sources, purpose, keptFor, erasing, page };
    });
    const rights = await rightsOf(database.db, page);
    const warnings = warningsOf(retention).flatMap(({ code, message }) =>
      code === 'BELOW_TWELVE_MONTHS' ? [message] : [],
    );
    return { page, recipient: toRecipient(row), since: page.since, until: now, warnings, holdings, ...rights };
  }

  @FieldResolver(() => RecordConnection, { description: 'The records of a kind, last first.' })
  async records(
    @Root() { page }: AccessReportType,
    @Arg('kind', () => PersonalDataKindEnum, { description: 'Of which kind.' }) kind: PersonalDataKind,
    @Arg('first', () => Int, { defaultValue: 50, description: '1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'endCursor of the page before.' }) after: string | null,
    @Ctx() context: GraphContext,
  ): Promise<Connection<RecordType>> {
    const list = `personal data ${kind}`;
    const request = { first: checkFirst(first), after: after ?? null };
    const key = request.after === null ? null : String(decodeCursor(list, request.after, shapeOf(kind))[0]);
    if (key?.includes('\0')) throw new AppError('BAD_USER_INPUT', 'after: no cursor of this list');
    const { db } = context.services.database;
    const rows = await accessRecords(db, kind, { ...page, after: key, limit: request.first + 1 });
    return toConnection(list, rows, request, (row) => row.key, toRecord);
  }

  @FieldResolver(() => [SharingType], {
    description: `Who received data of the person, from the newest ${COUNTED_MAX.toLocaleString('en')} notifications in the time of the report.`,
  })
  async sharedWith(@Root() { page }: AccessReportType, @Ctx() context: GraphContext): Promise<SharingType[]> {
    return (await accessSharing(context.services.database.db, page)).map(toSharing);
  }
}

/** Kinds that are listed by a word of their own instead of a UUID. */
const BY_WORDS: ReadonlySet<PersonalDataKind> = new Set([
  'ADDRESSES',
  'PREFERENCES',
  'CAPS',
  'SUPPRESSIONS',
  'ANSWERS',
]);

function shapeOf(kind: PersonalDataKind): 1 | readonly ['uuid'] {
  return BY_WORDS.has(kind) ? 1 : ['uuid'];
}

function toRecord({ key, at, data }: AccessRow): RecordType {
  return { id: key, at, data };
}
