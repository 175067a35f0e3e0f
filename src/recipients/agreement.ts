import { instant } from '../base/clock.js';
import type { CategoryClass, ChannelName } from '../base/names.js';
import { shownAddress } from '../channels/shown-address.js';
import type { ConsentFact } from '../routing/facts.js';
import { DEVICE, latestOf, missingConsent } from '../routing/laws.js';
import type { CategoryRules, Profile } from '../routing/profile.js';
import { currentConsents } from '../store/consents.js';
import type { Db } from '../store/database.js';
import { findCompliance, type Compliance } from '../store/environments.js';
import { findWhereabouts, type WhereaboutsRow } from '../store/profiles.js';
import { isWebUrl } from './compliance.js';
import { countryOf } from './person.js';

/** What the laws of advertising look at, of one person. */
export interface Standing {
  readonly country: string | null;
  readonly consents: readonly ConsentFact[];
  readonly endpoints: WhereaboutsRow['endpoints'];
  readonly compliance: Pick<Compliance, 'termsUrl' | 'privacyUrl'>;
}

/**
 * Why nobody can agree by a tick: BY_TEXT, the law wants an answer from the phone itself; ELSEWHERE, the same where no answer
 * reaches us; NO_TERMS, nobody says what would be agreed to.
 */
export type ConsentLock = 'BY_TEXT' | 'ELSEWHERE' | 'NO_TERMS';

/** A consent without which nothing of a category goes on a channel. */
export interface ConsentGap {
  /** Null: the person can agree to it by a tick. */
  readonly lock: ConsentLock | null;
  /** What is granted by that. */
  readonly purposes: readonly string[];
}

/** What has to be said to whoever is to agree to a category. */
export interface Terms {
  readonly termsUrl: string | null;
  readonly privacyUrl: string | null;
}

/** Of a category, what consent depends on. */
export interface Advertising {
  readonly key: string;
  readonly class: CategoryClass;
  readonly rules: CategoryRules;
}

const PHONES: readonly ChannelName[] = ['SMS', 'WHATSAPP'];

export async function standingOf(db: Db, environmentId: string, recipientId: string): Promise<Standing> {
  const [known, consents, compliance] = await Promise.all([
    findWhereabouts(db, environmentId, recipientId),
    currentConsents(db, environmentId, [recipientId], 'SAID'),
    findCompliance(db, environmentId),
  ]);
  const { country = null, endpoints = [] } = known ?? {};
  const phone = endpoints.find((one) => one.channel === 'SMS')?.address ?? null;
  const { defaultCountry = null } = compliance;
  return { country: countryOf({ country, phone, defaultCountry }), consents, endpoints, compliance };
}

/** What is missing, and whether a tick would bring it; null: nothing. */
export function consentGap(
  category: Advertising,
  channel: ChannelName,
  standing: Pick<Standing, 'country' | 'consents' | 'compliance'>,
  now: Date,
): ConsentGap | null {
  const after = (purposes: readonly string[]) =>
    missingConsent(
      { category, person: { ...standing, consents: granted(standing.consents, channel, purposes, now) } },
      channel,
    );
  if (after([]) === null) return null;
  const needsDevice = after([category.key])?.purpose === DEVICE;
  const purposes = needsDevice ? [category.key, DEVICE] : [category.key];
  // Whoever has the page need not have the phone: there the phone itself has to answer.
  if (needsDevice && PHONES.includes(channel)) return { lock: channel === 'SMS' ? 'BY_TEXT' : 'ELSEWHERE', purposes };
  return { lock: isToldOf(category, standing.compliance) ? null : 'NO_TERMS', purposes };
}

/** Is it said what it is about, how much of it comes, and on what terms? */
function isToldOf(category: Advertising, compliance: Standing['compliance']): boolean {
  const { description, expected } = category.rules;
  return Boolean(description && expected && termsOf(category, compliance).termsUrl);
}

/** Links for whoever may agree; one that no browser should follow is none. */
export function termsOf({ rules }: Pick<Advertising, 'rules'>, compliance: Standing['compliance']): Terms {
  return {
    termsUrl: webUrl(rules.termsUrl ?? compliance.termsUrl),
    privacyUrl: webUrl(compliance.privacyUrl),
  };
}

/** Has the person agreed to this very category on this channel, and not taken it back? */
export function isGranted(consents: readonly ConsentFact[], channel: ChannelName, category: string): boolean {
  return latestOf(consents, channel, category)?.state === 'GRANTED';
}

/** The address that a category uses on a channel, as it may be read again; null: none. */
export function addressOf(
  { endpoints }: Pick<Standing, 'endpoints'>,
  profile: Profile,
  category: string,
  channel: ChannelName,
): string | null {
  const usable = endpoints.filter((one) => one.channel === channel && !one.retired);
  const chosen = profile.categories?.[category]?.addresses?.[channel];
  const found = usable.find((one) => one.address === chosen) ?? usable[0];
  return found ? shownAddress(channel, found.address) : null;
}

/** When a word counts as said: after all before it, which callers may have dated by a clock that is ahead. */
export function saidAt(consents: readonly ConsentFact[], channel: ChannelName, now: Date): Date {
  const before = consents.filter((one) => one.channel === channel).map((one) => one.at.getTime() + 1);
  return instant(Math.max(now.getTime(), ...before));
}

function granted(
  consents: readonly ConsentFact[],
  channel: ChannelName,
  purposes: readonly string[],
  now: Date,
): readonly ConsentFact[] {
  const at = saidAt(consents, channel, now);
  return [...consents, ...purposes.map((purpose) => ({ channel, purpose, state: 'GRANTED' as const, at }))];
}

function webUrl(url: string | null | undefined): string | null {
  return url && isWebUrl(url) ? url : null;
}
