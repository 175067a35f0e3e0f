import { userError, UserErrors, type UserError } from '../base/errors.js';
import type { ChannelName } from '../base/names.js';
import { DEVICE } from '../routing/laws.js';
import type { CategoryRules } from '../routing/profile.js';
import { findCategories, upsertCategory, type CategoryRow } from '../store/categories.js';
import { appendConsents, currentConsents, type ConsentRow } from '../store/consents.js';
import type { Db } from '../store/database.js';
import { listEndpoints } from '../store/endpoints.js';
import { findCompliance, type Compliance } from '../store/environments.js';
import { categoryRow } from './categories.js';
import { rowOf } from './consents.js';

/** The category that questions for consent go under; made when it is first needed, an operator's own is left alone. */
export const CONSENT_REQUESTS = 'consent-request';

/** Channels on which a person can answer by a keyword that reaches us. */
const ANSWERED: readonly ChannelName[] = ['SMS'];

/**
 * Notes that a person is asked to agree to a category by text message, and to be written to on the phone. Answers the
 * records, all PENDING, and the words to send. Throws UserErrors.
 */
export async function askForConsent(
  db: Db,
  of: { environmentId: string; recipientId: string; actor: string },
  asked: { readonly channel: ChannelName; readonly category: string },
  now: Date,
): Promise<{ rows: ConsentRow[]; wording: string }> {
  const { environmentId, recipientId } = of;
  const [category] = await findCategories(db, environmentId, [asked.category]);
  const compliance = await findCompliance(db, environmentId);
  const endpoints = await listEndpoints(db, environmentId, [recipientId]);
  const address = endpoints.find((one) => one.channel === asked.channel && one.retired_at === null)?.address;
  const problems = problemsOf(asked, category, compliance, address);
  if (problems.length > 0 || !category) throw new UserErrors(problems);
  const wording = question(category, compliance);
  const current = await currentConsents(db, environmentId, [recipientId], 'ALL');
  const isGranted = (purpose: string): boolean =>
    current.some((one) => one.channel === asked.channel && one.purpose === purpose && one.state === 'GRANTED');
  const rows = [category.key, DEVICE]
    .filter((purpose) => !isGranted(purpose))
    .map((purpose) => {
      const said = { channel: asked.channel, purpose, state: 'PENDING', method: 'SMS_KEYWORD' } as const;
      return rowOf(of, { ...said, wording, address, source: CONSENT_REQUESTS }, now);
    });
  await appendConsents(db, rows);
  const [known] = await findCategories(db, environmentId, [CONSENT_REQUESTS]);
  const change = {
    key: CONSENT_REQUESTS,
    name: 'Consent requests',
    class: 'TRANSACTIONAL',
    channels: ANSWERED,
  } as const;
  if (rows.length > 0 && !known) await upsertCategory(db, categoryRow(environmentId, change, undefined, now));
  return { rows, wording };
}

function problemsOf(
  { channel, category: key }: { readonly channel: ChannelName; readonly category: string },
  category: CategoryRow | undefined,
  compliance: Compliance,
  address: string | undefined,
): UserError[] {
  if (!ANSWERED.includes(channel))
    return [userError(['input', 'channel'], 'INVALID_CHANNEL', `${channel} given, expected ${ANSWERED.join(' or ')}`)];
  if (!category) return [userError(['input', 'category'], 'UNKNOWN_CATEGORY', `no category "${key}"`)];
  if (category.class !== 'MARKETING')
    return [userError(['input', 'category'], 'NOT_MARKETING', `"${key}" is ${category.class}, which needs no consent`)];
  const { description, expected, termsUrl }: CategoryRules = category.rules;
  const missing = [
    description ? [] : 'description, what it is about',
    expected ? [] : 'expected, how much of it comes',
    (termsUrl ?? compliance.termsUrl) ? [] : 'termsUrl, or that of updateCompliance',
  ].flat();
  if (missing.length > 0)
    return [
      userError(['input', 'category'], 'MISSING_TERMS', `nobody can agree to "${key}" without ${missing.join('; ')}`),
    ];
  if (address === undefined)
    return [userError(['input', 'recipient'], 'NO_ADDRESS', `the person has no address for ${channel}`)];
  return [];
}

/** What has to be said before somebody agrees (47 CFR 64.1200(f)): what, how often, the terms, the way out. */
function question({ name, rules }: CategoryRow, { termsUrl, privacyUrl }: Compliance): string {
  const { description = '', expected = '', termsUrl: own }: CategoryRules = rules;
  return [
    `${name}: ${sentence(description)} ${sentence(expected)}`,
    'Reply YES to get advertising by text message at this number. It is no condition of any purchase.',
    'Message and data rates may apply. Reply STOP to end, HELP for help.',
    `Terms: ${own ?? termsUrl ?? ''}${privacyUrl ? ` Privacy: ${privacyUrl}` : ''}`,
  ].join(' ');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;
}
