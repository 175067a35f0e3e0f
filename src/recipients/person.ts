import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { instant } from '../base/clock.js';
import { CHANNELS, type Cadence, type ChannelName, type SuppressionReason } from '../base/names.js';
import type { CategoryPolicy, ConsentFact, EndpointFact, PersonFact } from '../routing/facts.js';
import type { Profile } from '../routing/profile.js';
import { trackingOf } from '../routing/tracking.js';

/** What somebody chose for a category and a channel; null: nothing. */
export interface ChoiceRow {
  readonly channel: ChannelName;
  readonly enabled: boolean | null;
  readonly cadence: Cadence | null;
}

/** What holds where the person said nothing: of the environment or a tenant, for all categories or one. */
export interface DefaultRow extends ChoiceRow {
  /** Empty: the environment's. */
  readonly tenant: string;
  /** Empty: of every category. */
  readonly category_key: string;
}

/** The rows that a person's facts are made of. */
export interface PersonRows {
  readonly profile: Profile;
  readonly timeZone: string | null;
  readonly country: string | null;
  readonly endpoints: readonly EndpointFact[];
  readonly choices: readonly ChoiceRow[];
  readonly defaults: readonly DefaultRow[];
  readonly consents: readonly ConsentFact[];
  /** Where people are of whom nobody knows it, as the environment says. */
  readonly defaultCountry: string | null;
  /** Countries where nobody looks at what people open and click. */
  readonly trackingOffIn: readonly string[];
  readonly cappedUntil: Date | null;
  /** Null: there is no such colleague any more. */
  readonly delegateName: string | null;
  readonly isDelegated: boolean;
  /** Whose it was before, where it is delegated. */
  readonly standsInFor: string | null;
  readonly tenant: string | null;
}

/** What the person wants of this category now, and which channels of it are off. */
export function personOf(
  rows: PersonRows,
  category: Pick<CategoryPolicy, 'key' | 'class' | 'channels' | 'rules'>,
  now: Date,
): { person: PersonFact; optOuts: ReadonlySet<ChannelName> } {
  const { profile } = rows;
  const choice = profile.categories?.[category.key];
  const cells = new Map(CHANNELS.map((channel) => [channel, cellOf(rows, category, channel)]));
  const isSecurity = category.class === 'SECURITY';
  const delegate = profile.delegate && instant(profile.delegate.until) > now ? profile.delegate : null;
  const phone = rows.endpoints.find((endpoint) => endpoint.channel === 'SMS')?.address ?? null;
  const country = countryOf({ ...rows, phone });
  const isMine = delegate?.categories === undefined || delegate.categories.includes(category.key);
  return {
    optOuts: new Set([...cells].flatMap(([channel, cell]) => (cell.enabled ? [] : [channel]))),
    person: {
      timeZone: rows.timeZone ?? 'UTC',
      country,
      level: profile.level ?? 'EVERYTHING',
      channelsOff: new Set(profile.channelsOff ?? []),
      cadences: Object.fromEntries(
        [...cells].flatMap(([channel, { cadence }]) => (cadence === null ? [] : [[channel, cadence]])),
      ),
      channels: stillChoosable(choice?.channels, category),
      pausedUntil: latest([profile.pausedUntil, choice?.pausedUntil], now),
      quietHours: profile.quietHours ?? null,
      caps: profile.caps ?? [],
      cappedUntil: rows.cappedUntil,
      cappedChannels: {},
      delegate:
        delegate && isMine && !isSecurity && !rows.isDelegated && rows.delegateName !== null
          ? { recipientId: delegate.recipientId, name: rows.delegateName, until: instant(delegate.until) }
          : null,
      isDelegated: rows.isDelegated,
      standsInFor: rows.standsInFor,
      redirects: isSecurity ? {} : redirectsOf(profile, now),
      unsubscribed: profile.unsubscribedAt !== undefined,
      tracking: trackingOf(profile.limitUse === true, country, rows.trackingOffIn),
      consents: rows.consents,
    },
  };
}

/** Whose word a cell of the matrix is, the nearest first; MANDATORY: nobody's wish counts. */
export const CELL_SOURCES = ['RECIPIENT', 'TENANT', 'ENVIRONMENT', 'CATEGORY', 'MANDATORY'] as const;
export type CellSource = (typeof CELL_SOURCES)[number];

export interface Cell {
  readonly enabled: boolean;
  /** Null: nobody said how often. */
  readonly cadence: Cadence | null;
  /** Who said whether it is on. */
  readonly source: CellSource;
}

/** The nearest word counts: the person's; the tenant's on the category, on everything; the environment's likewise. */
export function cellOf(
  { choices, defaults, tenant }: Pick<PersonRows, 'choices' | 'defaults' | 'tenant'>,
  category: Pick<CategoryPolicy, 'key' | 'rules'>,
  channel: ChannelName,
): Cell {
  const wordsOf = (owner: string, source: CellSource): (Word | undefined)[] =>
    [category.key, ''].map((key) => {
      const row = defaults.find((one) => one.tenant === owner && one.category_key === key && one.channel === channel);
      return row && { ...row, source };
    });
  const own = ownWord(choices, category, channel);
  const said: (Word | undefined)[] = [own && { ...own, source: 'RECIPIENT' }];
  if (defaults.length > 0) {
    if (tenant !== null) said.push(...wordsOf(tenant, 'TENANT'));
    said.push(...wordsOf('', 'ENVIRONMENT'));
  }
  const word = said.find((row) => row?.enabled != null);
  return {
    enabled: word?.enabled ?? category.rules.defaultOn ?? true,
    cadence: said.find((row) => row?.cadence != null)?.cadence ?? null,
    source: word?.source ?? 'CATEGORY',
  };
}

/** What the person said, as far as the operator still leaves it to people: what was switched off stays off. */
function ownWord(
  choices: readonly ChoiceRow[],
  { rules }: Pick<CategoryPolicy, 'rules'>,
  channel: ChannelName,
): Omit<ChoiceRow, 'channel'> | undefined {
  const own = choices.find((row) => row.channel === channel);
  if (!own) return undefined;
  const isLeft = rules.choosableChannels?.includes(channel) !== false;
  const isCadenceLeft = isLeft && own.cadence !== null && rules.choosableCadences?.includes(own.cadence) !== false;
  return {
    enabled: isLeft || own.enabled === false ? own.enabled : null,
    cadence: isCadenceLeft ? own.cadence : null,
  };
}

type Word = Pick<ChoiceRow, 'enabled' | 'cadence'> & { readonly source: CellSource };

/** What the operator leaves to people by now; a choice of which nothing is left is none. */
function stillChoosable(
  chosen: readonly ChannelName[] | undefined,
  { channels, rules }: Pick<CategoryPolicy, 'channels' | 'rules'>,
): readonly ChannelName[] | null {
  const left = chosen?.filter((channel) => (rules.choosableChannels ?? channels).includes(channel));
  return left === undefined || left.length === 0 ? null : left;
}

function latest(times: readonly (string | undefined)[], now: Date): Date | null {
  const ahead = times.flatMap((time) => (time === undefined ? [] : [instant(time)])).filter((time) => time > now);
  return ahead.length === 0 ? null : new Date(Math.max(...ahead.map((time) => time.getTime())));
}

function redirectsOf(profile: Profile, now: Date): Partial<Record<ChannelName, Date>> {
  return Object.fromEntries(activeRedirects(profile, now).map(({ channel, until }) => [channel, instant(until)]));
}

/** How addresses that are no endpoints of the person are named in a map of suppressions. */
export function redirectKey({ channel, address }: { channel: ChannelName; address: string }): string {
  return `${channel} ${address}`;
}

/** Redirects that hold now. */
export function activeRedirects({ redirects = [] }: Profile, now: Date): NonNullable<Profile['redirects']> {
  return redirects.filter(({ until }) => instant(until) > now);
}

/**
 * The addresses that count now: those that a redirect puts in the place of a channel's own, or the one that the person chose
 * for this category; else all.
 *
 * @param suppressed why addresses of redirects are on the suppression list, by `redirectKey`; those that are missing are not
 */
export function effectiveEndpoints(
  endpoints: readonly EndpointFact[],
  profile: Profile,
  category: Pick<CategoryPolicy, 'key' | 'class'>,
  now: Date,
  suppressed: ReadonlyMap<string, SuppressionReason> = new Map(),
): EndpointFact[] {
  const active = category.class === 'SECURITY' ? [] : activeRedirects(profile, now);
  const chosen = profile.categories?.[category.key]?.addresses ?? {};
  const own = endpoints.filter((endpoint) => {
    if (active.some(({ channel }) => channel === endpoint.channel)) return false;
    const wanted = chosen[endpoint.channel];
    const isThere = endpoints.some((one) => one.channel === endpoint.channel && one.address === wanted && !one.retired);
    return !isThere || endpoint.address === wanted;
  });
  return [
    ...own,
    ...active.map((redirect) => ({
      channel: redirect.channel,
      address: redirect.address,
      retired: false,
      suppressed: suppressed.get(redirectKey(redirect)) ?? null,
      service: null,
    })),
  ];
}

/** Where a person is, as far as is known: as was said, as the phone number has it, as the environment supposes. */
export function countryOf(known: {
  readonly country: string | null;
  readonly phone: string | null;
  readonly defaultCountry: string | null;
}): string | null {
  const { country, phone, defaultCountry } = known;
  return country ?? (phone === null ? null : parsePhoneNumberFromString(phone)?.country) ?? defaultCountry;
}
