import type { Clock } from '../base/clock.js';
import type { DirectLane } from '../base/direct-lane.js';
import type { ChannelName } from '../base/names.js';
import type { Profile } from '../routing/profile.js';
import { findCategories, type CategoryRow } from '../store/categories.js';
import { appendConsents, currentConsents } from '../store/consents.js';
import type { Database, Db } from '../store/database.js';
import { listPreferences, savePreferences, saveProfile, type PreferenceRow } from '../store/preferences.js';
import { findProfile, type ProfileRow } from '../store/profiles.js';
import type { InTransaction, Tx } from '../store/transaction.js';
import { consentGap, isGranted, saidAt, standingOf } from './agreement.js';
import { rowOf } from './consents.js';
import type { Link, Links } from './links.js';
import { recordReport } from './reports.js';

export interface LinkActionContext {
  readonly database: Pick<Database, 'db'>;
  readonly inTransaction: InTransaction;
  readonly clock: Clock;
  readonly direct: DirectLane;
  readonly links: Pick<Links, 'read'>;
}

/** Why a link opens nothing: it is none of ours, or of nobody any more; or its time is over. */
export type Shut = 'INVALID' | 'EXPIRED';

/** What somebody does by a link: no more of the category on its channel, no more at all; or either again. */
export type UnsubscribeChoice = 'category' | 'all' | 'category-again' | 'all-again';

/** Everything that a page about unsubscribing shows. */
export interface UnsubscribeState {
  readonly environment: string;
  readonly locale: string | null;
  /** Null: the link is about everything. */
  readonly category: {
    readonly name: string;
    readonly channel: ChannelName;
    readonly off: boolean;
    /** It is advertising that comes only once the person agrees to it. */
    readonly needsConsent: boolean;
  } | null;
  readonly allOff: boolean;
}

/** Where a link leads, without changing anything. */
export async function unsubscribeState(context: LinkActionContext, token: string): Promise<UnsubscribeState | Shut> {
  const link = await context.links.read('unsubscribe', token);
  return typeof link === 'string'
    ? link
    : ((await stateOf(context.database.db, link, context.clock.now())) ?? 'INVALID');
}

/**
 * Unsubscribes, or subscribes again, at once; doing it again changes nothing. The first time it is recorded at the
 * notification that the link stood in.
 *
 * @param choice null: what the link itself is for, as a mail client's one click means it
 */
export async function unsubscribe(
  context: LinkActionContext,
  token: string,
  choice: UnsubscribeChoice | null,
): Promise<UnsubscribeState | Shut> {
  const link = await context.links.read('unsubscribe', token);
  if (typeof link === 'string') return link;
  const isAgain = choice === 'category-again' || choice === 'all-again';
  const ofAll = link.category === null || choice === 'all' || choice === 'all-again';
  const now = context.clock.now();
  return context.inTransaction(async (tx) => {
    const person = await findProfile(tx.db, link.environmentId, link.recipientId, 'for update');
    if (!person) return 'INVALID';
    if (ofAll) await setAll(tx.db, link, person, isAgain ? null : now, now);
    else await setCategory(tx.db, link, link.category, isAgain, now);
    if (!isAgain) await record(tx, context.direct, link, ofAll ? 'everything' : `category ${link.category}`, now);
    return (await stateOf(tx.db, link, now)) ?? 'INVALID';
  });
}

/** @param since null: not any more */
async function setAll(db: Db, link: Link, { profile }: ProfileRow, since: Date | null, now: Date): Promise<void> {
  const changed = unsubscribedSince(profile, since);
  if (changed !== profile) await saveProfile(db, link.environmentId, link.recipientId, changed, now);
}

/** The profile with "nothing that is no necessity" since then, or since the first time; null: not any more. */
export function unsubscribedSince(profile: Profile, since: Date | null): Profile {
  if ((profile.unsubscribedAt !== undefined) === (since !== null)) return profile;
  const { unsubscribedAt: _before, ...rest } = profile;
  return since === null ? rest : { ...rest, unsubscribedAt: since.toISOString() };
}

async function setCategory(db: Db, link: Link, category: string | null, enabled: boolean, now: Date): Promise<void> {
  if (category === null) return;
  if (!enabled) await withdraw(db, link, category, now);
  const known = await cellOf(db, link, category);
  if (known?.enabled === enabled) return;
  const rule = { category_key: category, channel: channelOf(link), enabled, cadence: known?.cadence ?? null };
  await savePreferences(db, link.environmentId, link.recipientId, [rule], now);
}

/**
 * Whoever unsubscribes takes back what they agreed to, so that the proof says the same as the preferences. Subscribing again
 * does not give it back: the page does not say what would be agreed to.
 */
async function withdraw(db: Db, link: Link, category: string, now: Date): Promise<void> {
  const channel = channelOf(link);
  const { environmentId, recipientId } = link;
  const consents = await currentConsents(db, environmentId, [recipientId], 'SAID');
  if (!isGranted(consents, channel, category)) return;
  const said = { channel, purpose: category, state: 'WITHDRAWN', at: saidAt(consents, channel, now) } as const;
  const whose = { environmentId, recipientId, actor: 'recipient' };
  await appendConsents(db, [rowOf(whose, { ...said, method: 'UNSUBSCRIBE_LINK', source: '/unsubscribe' }, now)]);
}

/** The time stands in the ledger of what the link came with. A notification that is gone by then is no obstacle. */
async function record(tx: Tx, direct: DirectLane, link: Link, of: string, at: Date): Promise<void> {
  if (!link.delivery) return;
  const { notificationId, ordinal } = link.delivery;
  await recordReport(tx, direct, link.environmentId, {
    ...{ notificationId, ordinal, number: null, report: 'UNSUBSCRIBED', providerId: null, at },
    detail: `by the link in it: ${of}`,
  });
}

async function stateOf(db: Db, link: Link, now: Date): Promise<UnsubscribeState | null> {
  const person = await findProfile(db, link.environmentId, link.recipientId);
  if (!person) return null;
  const { environment, locale } = person;
  const profile: Profile = person.profile;
  const allOff = profile.unsubscribedAt !== undefined;
  if (link.category === null) return { environment, locale, category: null, allOff };
  const [category] = await findCategories(db, link.environmentId, [link.category]);
  const off = (await cellOf(db, link, link.category))?.enabled === false;
  const name = category?.name ?? link.category;
  const channel = channelOf(link);
  const needsConsent = category !== undefined && (await lacksConsent(db, link, category, now));
  return { environment, locale, category: { name, channel, off, needsConsent }, allOff };
}

async function lacksConsent(db: Db, link: Link, category: CategoryRow, now: Date): Promise<boolean> {
  if (category.class !== 'MARKETING') return false;
  const standing = await standingOf(db, link.environmentId, link.recipientId);
  return consentGap(category, channelOf(link), standing, now) !== null;
}

async function cellOf(db: Db, link: Link, category: string): Promise<PreferenceRow | undefined> {
  const rows = await listPreferences(db, link.environmentId, link.recipientId);
  const channel = channelOf(link);
  return rows.find((row) => row.category_key === category && row.channel === channel);
}

function channelOf({ channel }: Link): ChannelName {
  return channel ?? 'EMAIL';
}
