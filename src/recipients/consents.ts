import { userError, UserErrors, type UserError } from '../base/errors.js';
import { uuidv7 } from '../base/ids.js';
import type { ChannelName, ConsentState } from '../base/names.js';
import type { ConsentFact } from '../routing/facts.js';
import { ALL_MARKETING, DEVICE } from '../routing/laws.js';
import { findCategories } from '../store/categories.js';
import { appendConsents, currentConsents, peopleAt, type ConsentRow, type CurrentConsent } from '../store/consents.js';
import type { Db } from '../store/database.js';

/** What people said of advertising, by recipient id: one query for all to whom it may go. Who said nothing is missing. */
export async function consentsOf(
  db: Db,
  environmentId: string,
  people: readonly { readonly recipientId: string }[],
): Promise<ReadonlyMap<string, readonly ConsentFact[]>> {
  if (people.length === 0) return new Map();
  const ids = [...new Set(people.map((person) => person.recipientId))];
  return Map.groupBy(await currentConsents(db, environmentId, ids, 'SAID'), (row) => row.recipient_id);
}

/** A consent as somebody records it. */
export interface NewConsent {
  readonly channel: ChannelName;
  readonly purpose: string;
  readonly state: ConsentState;
  readonly at?: Date | null | undefined;
  readonly method: string;
  readonly source?: string | null | undefined;
  readonly wording?: string | null | undefined;
  readonly version?: string | null | undefined;
  readonly address?: string | null | undefined;
  readonly evidence?: Record<string, unknown> | null | undefined;
}

const LENGTHS = { method: 64, source: 2_048, wording: 10_000, version: 255, address: 2_048 } as const;
const EVIDENCE_MAX = 32_768;
/** Clocks of callers may be ahead by so much. */
const AHEAD_MS = 300_000;

/** Appends a record. Throws UserErrors. */
export async function recordConsent(
  db: Db,
  of: { environmentId: string; recipientId: string; actor: string },
  said: NewConsent,
  now: Date,
): Promise<ConsentRow> {
  const problems = problemsOf(said, now);
  const isCategory = said.purpose !== ALL_MARKETING && said.purpose !== DEVICE;
  if (isCategory && (await findCategories(db, of.environmentId, [said.purpose])).length === 0)
    problems.push(
      userError(
        ['input', 'purpose'],
        'UNKNOWN_PURPOSE',
        `"${said.purpose.slice(0, 80)}" given, expected the key of a category, ${ALL_MARKETING} or ${DEVICE}`,
      ),
    );
  if (problems.length > 0) throw new UserErrors(problems);
  const row = rowOf(of, said, now);
  await appendConsents(db, [row]);
  return row;
}

/** A record as it is written. */
export function rowOf(
  of: { environmentId: string; recipientId: string; actor: string },
  said: NewConsent,
  now: Date,
): ConsentRow {
  const { channel, purpose, state, method } = said;
  return {
    environment_id: of.environmentId,
    recipient_id: of.recipientId,
    id: uuidv7(now),
    channel,
    purpose,
    state,
    at: said.at ?? now,
    method,
    source: said.source ?? null,
    wording: said.wording ?? null,
    version: said.version ?? null,
    address: said.address ?? null,
    actor: of.actor,
    data: said.evidence ?? {},
  };
}

function problemsOf(said: NewConsent, now: Date): UserError[] {
  const problems = Object.entries(LENGTHS).flatMap(([field, most]) => {
    const text = said[field as keyof typeof LENGTHS];
    if (text == null || (text.length > 0 && text.length <= most)) return [];
    return [userError(['input', field], 'TOO_LONG', `${text.length} characters given, expected 1 to ${most}`)];
  });
  if (JSON.stringify(said.evidence ?? {}).length > EVIDENCE_MAX)
    problems.push(userError(['input', 'evidence'], 'TOO_LONG', `at most ${EVIDENCE_MAX} characters of JSON`));
  if (said.at && said.at.getTime() > now.getTime() + AHEAD_MS)
    problems.push(userError(['input', 'at'], 'INVALID_TIME', 'expected a time that is past'));
  return problems;
}

/** What an answer by keyword is about. */
export interface KeywordAnswer {
  readonly channel: ChannelName;
  readonly address: string;
  readonly integrationKey: string;
  readonly at: Date;
}

/**
 * Somebody wrote STOP: consent to advertising on this channel, and to being written to on the device, is withdrawn for
 * everybody who has the address.
 */
export async function withdrawByKeyword(
  db: Db,
  environmentId: string,
  answer: KeywordAnswer,
  now: Date,
): Promise<void> {
  const { people, current } = await around(db, environmentId, answer);
  const rows = people.flatMap((recipientId) => {
    const known = of(current, recipientId, answer.channel);
    const purposes = new Set([ALL_MARKETING, DEVICE, ...known.map((one) => one.purpose)]);
    return [...purposes]
      .filter((purpose) => known.find((one) => one.purpose === purpose)?.state !== 'WITHDRAWN')
      .map((purpose) => keywordRow(environmentId, recipientId, answer, { purpose, state: 'WITHDRAWN' }, now));
  });
  await appendConsents(db, rows);
}

/** Somebody wrote YES or START: what they were asked for and have not answered is granted. */
export async function grantByKeyword(db: Db, environmentId: string, answer: KeywordAnswer, now: Date): Promise<void> {
  const { people, current } = await around(db, environmentId, answer);
  const rows = people.flatMap((recipientId) =>
    of(current, recipientId, answer.channel)
      .filter((one) => one.state === 'PENDING')
      .map(({ purpose }) => keywordRow(environmentId, recipientId, answer, { purpose, state: 'GRANTED' }, now)),
  );
  await appendConsents(db, rows);
}

async function around(db: Db, environmentId: string, { channel, address }: KeywordAnswer) {
  const people = await peopleAt(db, environmentId, channel, address);
  return { people, current: await currentConsents(db, environmentId, people, 'ALL') };
}

function of(current: readonly CurrentConsent[], recipientId: string, channel: ChannelName): CurrentConsent[] {
  return current.filter((one) => one.recipient_id === recipientId && one.channel === channel);
}

function keywordRow(
  environmentId: string,
  recipientId: string,
  { channel, address, integrationKey, at }: KeywordAnswer,
  said: Pick<NewConsent, 'purpose' | 'state'>,
  now: Date,
): ConsentRow {
  const more = { channel, address, at, method: 'SMS_KEYWORD', source: integrationKey };
  return rowOf({ environmentId, recipientId, actor: 'recipient' }, { ...said, ...more }, now);
}
