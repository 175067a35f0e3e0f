import { instant } from '../base/clock.js';
import { userError, type UserError } from '../base/errors.js';
import type { ChannelName } from '../base/names.js';
import { CHANNEL_REGISTRY } from '../channels/index.js';
import type { CategoryChoice, Profile } from '../routing/profile.js';
import type { EndpointRow } from '../store/endpoints.js';
import { choosableChannels, isOpen, type Limits } from './choosable.js';

/** What a person says of one category. A missing field stays as it is; null clears it. */
export interface CategoryChoiceChange {
  readonly category: string;
  readonly channels?: readonly ChannelName[] | null | undefined;
  readonly pausedUntil?: Date | null | undefined;
  readonly addresses?: readonly { readonly channel: ChannelName; readonly address: string }[] | null | undefined;
}

type Path = readonly (string | number)[];

/** The choices by category as they become; those of other categories stay. What has ended, or is empty, is left out. */
export function changedChoices(
  changes: readonly CategoryChoiceChange[],
  known: {
    readonly profile: Profile;
    readonly categories: ReadonlyMap<string, Limits>;
    readonly endpoints: readonly EndpointRow[];
    readonly now: Date;
  },
  untilProblems: (path: Path, until: Date) => UserError[],
): { choices: Readonly<Record<string, CategoryChoice>>; problems: UserError[] } {
  const choices = new Map(Object.entries(known.profile.categories ?? {}));
  const problems = changes.flatMap((change, nth): UserError[] => {
    const path = ['input', 'categories', nth];
    const category = known.categories.get(change.category);
    if (!category) return [userError([...path, 'category'], 'NOT_FOUND', `no category "${change.category}"`)];
    const addresses = change.addresses && checkAddresses(change.addresses, known.endpoints, [...path, 'addresses']);
    choices.set(category.key, changed(choices.get(category.key) ?? {}, change, addresses?.found));
    return [
      ...(change.channels ? channelProblems(change.channels, category, [...path, 'channels']) : []),
      ...(change.pausedUntil ? untilProblems([...path, 'pausedUntil'], change.pausedUntil) : []),
      ...(change.pausedUntil && !isOpen(category)
        ? [userError([...path, 'pausedUntil'], 'NOT_EDITABLE', `"${category.key}" is mandatory and does not pause`)]
        : []),
      ...(addresses?.problems ?? []),
    ];
  });
  const live = [...choices].map(([key, choice]) => [key, withoutEnded(choice, known.now)] as const);
  return { choices: Object.fromEntries(live.filter(([, choice]) => Object.keys(choice).length > 0)), problems };
}

function changed(
  before: CategoryChoice,
  { channels, pausedUntil, addresses }: CategoryChoiceChange,
  found: CategoryChoice['addresses'] | undefined,
): CategoryChoice {
  const said = {
    ...before,
    ...(channels === undefined ? {} : { channels: channels && [...new Set(channels)] }),
    ...(pausedUntil === undefined ? {} : { pausedUntil: pausedUntil?.toISOString() ?? null }),
    ...(addresses === undefined ? {} : { addresses: found && Object.keys(found).length > 0 ? found : null }),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}

function withoutEnded({ pausedUntil, ...choice }: CategoryChoice, now: Date): CategoryChoice {
  return pausedUntil === undefined || instant(pausedUntil) <= now ? choice : { ...choice, pausedUntil };
}

function channelProblems(channels: readonly ChannelName[], category: Limits, path: Path): UserError[] {
  if (!isOpen(category))
    return [userError(path, 'NOT_EDITABLE', `"${category.key}" is mandatory and chooses its channels itself`)];
  if (channels.length === 0)
    return [userError(path, 'INVALID_CHANNELS', 'none given, expected at least one; to get nothing, switch them off')];
  const left = choosableChannels(category);
  return channels.flatMap((channel, nth) => {
    if (left.includes(channel)) return [];
    const message = `${channel} given, "${category.key}" leaves people ${left.join(', ') || 'no choice'}`;
    return [userError([...path, nth], 'NOT_EDITABLE', message)];
  });
}

/** Each address must be one that the person has, in use. */
function checkAddresses(
  wanted: readonly { readonly channel: ChannelName; readonly address: string }[],
  endpoints: readonly EndpointRow[],
  path: Path,
): { found: NonNullable<CategoryChoice['addresses']>; problems: UserError[] } {
  const found: Partial<Record<ChannelName, string>> = {};
  const problems = wanted.flatMap(({ channel, address }, nth) => {
    const parsed = CHANNEL_REGISTRY[channel].parseAddress(address);
    const stored = 'address' in parsed ? parsed.address : address;
    const own = endpoints.find((one) => one.channel === channel && one.address === stored);
    if (own && own.retired_at === null) {
      found[channel] = stored;
      return [];
    }
    const message = own ? 'this address is not in use any more' : `the person has no such address on ${channel}`;
    return [userError([...path, nth, 'address'], 'NOT_FOUND', `${message}; add it with addEndpoint`)];
  });
  return { found, problems };
}
