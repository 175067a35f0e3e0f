import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { instant } from '../base/clock.js';
import type { Cadence, ChannelName } from '../base/names.js';
import type { CategoryPolicy, ConsentFact, EndpointFact, PersonFact } from '../routing/facts.js';
import type { Profile } from '../routing/profile.js';

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
  readonly cappedUntil: Date | null;
  readonly delegateName: string | null;
  readonly isDelegated: boolean;
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
  const cells = new Map(category.channels.map((channel) => [channel, cellOf(rows, category, channel)]));
  const isSecurity = category.class === 'SECURITY';
  const delegate = profile.delegate && instant(profile.delegate.until) > now ? profile.delegate : null;
  const isMine = delegate?.categories === undefined || delegate.categories.includes(category.key);
  return {
    optOuts: new Set([...cells].flatMap(([channel, cell]) => (cell.enabled ? [] : [channel]))),
    person: {
      timeZone: rows.timeZone ?? 'UTC',
      country: rows.country ?? phoneCountry(rows.endpoints),
      level: profile.level ?? 'EVERYTHING',
      channelsOff: new Set(profile.channelsOff ?? []),
      cadences: Object.fromEntries(
        [...cells].flatMap(([channel, { cadence }]) => (cadence === null ? [] : [[channel, cadence]])),
      ),
      channels: choice?.channels ?? null,
      pausedUntil: latest([profile.pausedUntil, choice?.pausedUntil], now),
      quietHours: profile.quietHours ?? null,
      caps: profile.caps ?? [],
      cappedUntil: rows.cappedUntil,
      delegate:
        delegate && isMine && !isSecurity && !rows.isDelegated
          ? { recipientId: delegate.recipientId, name: rows.delegateName ?? '', until: instant(delegate.until) }
          : null,
      isDelegated: rows.isDelegated,
      redirects: isSecurity ? {} : redirectsOf(profile, now),
      unsubscribed: profile.unsubscribedAt !== undefined,
      consents: rows.consents,
    },
  };
}

/** The nearest word counts: the person's, the tenant's on the category, on everything, the environment's likewise. */
function cellOf(
  { choices, defaults, tenant }: PersonRows,
  category: Pick<CategoryPolicy, 'key' | 'rules'>,
  channel: ChannelName,
): { enabled: boolean; cadence: Cadence | null } {
  const said = [
    choices.find((row) => row.channel === channel),
    ...[tenant ?? '', ''].flatMap((owner) =>
      [category.key, ''].map((key) =>
        defaults.find((row) => row.tenant === owner && row.category_key === key && row.channel === channel),
      ),
    ),
  ];
  return {
    enabled: said.find((row) => row?.enabled != null)?.enabled ?? category.rules.defaultOn ?? true,
    cadence: said.find((row) => row?.cadence != null)?.cadence ?? null,
  };
}

function latest(times: readonly (string | undefined)[], now: Date): Date | null {
  const ahead = times.flatMap((time) => (time === undefined ? [] : [instant(time)])).filter((time) => time > now);
  return ahead.length === 0 ? null : new Date(Math.max(...ahead.map((time) => time.getTime())));
}

function redirectsOf({ redirects = [] }: Profile, now: Date): Partial<Record<ChannelName, Date>> {
  return Object.fromEntries(
    redirects.map(({ channel, until }) => [channel, instant(until)] as const).filter(([, until]) => until > now),
  );
}

/**
 * The addresses that count now: those that a redirect puts in the place of a channel's own, or the one that the person chose
 * for this category; else all.
 */
export function effectiveEndpoints(
  endpoints: readonly EndpointFact[],
  profile: Profile,
  category: Pick<CategoryPolicy, 'key' | 'class'>,
  now: Date,
): EndpointFact[] {
  const redirects = category.class === 'SECURITY' ? [] : (profile.redirects ?? []);
  const active = redirects.filter(({ until }) => instant(until) > now);
  const chosen = profile.categories?.[category.key]?.addresses ?? {};
  const own = endpoints.filter((endpoint) => {
    if (active.some(({ channel }) => channel === endpoint.channel)) return false;
    const wanted = chosen[endpoint.channel];
    const isThere = endpoints.some((one) => one.channel === endpoint.channel && one.address === wanted && !one.retired);
    return !isThere || endpoint.address === wanted;
  });
  return [
    ...own,
    ...active.map(({ channel, address }) => ({ channel, address, retired: false, suppressed: null, service: null })),
  ];
}

function phoneCountry(endpoints: readonly EndpointFact[]): string | null {
  const phone = endpoints.find((endpoint) => endpoint.channel === 'SMS');
  return (phone && parsePhoneNumberFromString(phone.address)?.country) ?? null;
}
