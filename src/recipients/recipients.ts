import type { Clock } from '../base/clock.js';
import { COUNTRIES } from '../base/countries.js';
import { userError, UserErrors, type UserError } from '../base/errors.js';
import { uuidv7 } from '../base/ids.js';
import type { ChannelName } from '../base/names.js';
import { CHANNEL_REGISTRY } from '../channels/index.js';
import { findRecipients, upsertRecipients, type RecipientChange, type RecipientRow } from '../store/recipients.js';
import type { Db } from '../store/database.js';

/** What a caller says of a person. A missing field stays as it is; null clears it. */
export interface PersonInput {
  readonly externalId: string;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly name?: string | null;
  readonly locale?: string | null;
  readonly timeZone?: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country?: string | null;
  readonly attributes?: Record<string, unknown> | null;
}

const EXTERNAL_ID_MAX = 255;
const NAME_MAX = 255;
const ATTRIBUTES_MAX = 32_768;
/** A person who is erased at the same moment is made anew by the second try. */
const UPSERT_TRIES = 3;

/** Checks a person and normalises addresses. Problems carry paths below `path`. */
export function checkPerson(
  input: PersonInput,
  path: readonly (string | number)[],
): { change: Omit<RecipientChange, 'id'>; problems: UserError[] } {
  const problems: UserError[] = [];
  const externalProblem = externalIdProblem(input.externalId);
  if (externalProblem) problems.push(userError([...path, 'externalId'], 'INVALID_EXTERNAL_ID', externalProblem));
  if ((input.name?.length ?? 0) > NAME_MAX)
    problems.push(
      userError([...path, 'name'], 'TOO_LONG', `${input.name?.length} characters given, at most ${NAME_MAX}`),
    );
  if (input.attributes && JSON.stringify(input.attributes).length > ATTRIBUTES_MAX)
    problems.push(userError([...path, 'attributes'], 'TOO_LONG', `at most ${ATTRIBUTES_MAX} characters of JSON`));
  if (input.country != null && !COUNTRIES.has(input.country))
    problems.push(
      userError(
        [...path, 'country'],
        'INVALID_COUNTRY',
        `"${input.country.slice(0, 80)}" given, expected a code of ISO 3166-1 alpha-2, like DE`,
      ),
    );
  const address = (field: 'email' | 'phone', channel: ChannelName, code: string): { [key: string]: string | null } => {
    const value = input[field];
    if (value === undefined) return {};
    if (value === null) return { [field]: null };
    const parsed = CHANNEL_REGISTRY[channel].parseAddress(value);
    if ('address' in parsed) return { [field]: parsed.address };
    problems.push(userError([...path, field], code, `"${value.slice(0, 80)}" given, ${parsed.problem}`));
    return {};
  };
  const change = {
    externalId: input.externalId,
    ...(input.name === undefined ? {} : { name: input.name }),
    ...(input.locale === undefined ? {} : { locale: input.locale }),
    ...(input.timeZone === undefined ? {} : { timeZone: input.timeZone }),
    ...(input.country === undefined ? {} : { country: input.country }),
    ...(input.attributes == null ? {} : { attributes: input.attributes }),
    ...address('email', 'EMAIL', 'INVALID_EMAIL'),
    ...address('phone', 'SMS', 'INVALID_PHONE'),
  };
  return { change, problems };
}

/** What stands in the place of the external id of a person who was erased. */
export function isErasedExternalId(externalId: string): boolean {
  return /^erased-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(externalId);
}

/** The caller's own id of a person: 1 to 255 characters, no control characters, no space at either end. */
function externalIdProblem(externalId: string): string | null {
  if (externalId.length === 0 || externalId.length > EXTERNAL_ID_MAX)
    return `${externalId.length} characters given, expected 1 to ${EXTERNAL_ID_MAX}`;
  if (isErasedExternalId(externalId)) return 'the id of somebody who was erased; expected the id of a person';
  if (/\p{Cc}/u.test(externalId) || externalId.trim() !== externalId)
    return 'control characters, or space at either end; expected the plain id of the person in your system';
  return null;
}

/** Creates or updates one person; `db` must be a transaction. Throws UserErrors. */
export async function upsertRecipient(
  context: { db: Db; clock: Clock },
  environmentId: string,
  input: PersonInput,
): Promise<{ recipient: RecipientRow; created: boolean }> {
  const { change, problems } = checkPerson(input, ['input']);
  if (problems.length > 0) throw new UserErrors(problems);
  const now = context.clock.now();
  const { db } = context;
  for (let tries = 0; tries < UPSERT_TRIES; tries += 1) {
    const created = await upsertRecipients(db, environmentId, [{ ...change, id: uuidv7(now) }], now);
    const [recipient] = await findRecipients(db, environmentId, { externalIds: [input.externalId] });
    if (recipient) return { recipient, created: created.has(input.externalId) };
  }
  throw new Error('a recipient vanished again and again while it was written');
}
