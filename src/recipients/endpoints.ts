import type { Clock } from '../base/clock.js';
import { userError, UserErrors, type UserError } from '../base/errors.js';
import type { ChannelName, DevicePlatform } from '../base/names.js';
import { CHANNEL_REGISTRY } from '../channels/index.js';
import type { Db } from '../store/database.js';
import { deleteEndpoint, saveEndpoint, takeFromOthers, type EndpointRow } from '../store/endpoints.js';

/** What a caller says of an address. Platform and service are of push tokens alone. */
export interface EndpointInput {
  readonly channel: ChannelName;
  readonly address: string;
  readonly platform?: DevicePlatform | null;
  readonly service?: string | null;
}

/** Addresses in use that a person may have on one channel. */
const MOST = 50;
/** More than this the index of addresses does not hold. */
const ADDRESS_MAX_BYTES = 2_400;
/** A device or browser belongs to whoever signed in there last. */
const OF_ONE_PERSON: readonly ChannelName[] = ['MOBILE_PUSH', 'WEB_PUSH'];
const PUSH_SERVICES = ['fcm', 'apns'];
/** As Apple gives tokens to apps: 32 bytes, or more one day. */
const APNS_TOKEN = /^([0-9a-f]{2}){32,}$/i;

/**
 * Adds an address to a person, or puts one that is known back to use; one of a device is taken away from whoever else had it.
 * `db` must be a transaction. Throws UserErrors.
 */
export async function addEndpoint(
  context: { db: Db; clock: Clock },
  environmentId: string,
  recipientId: string,
  input: EndpointInput,
): Promise<{ row: EndpointRow; created: boolean }> {
  const { channel } = input;
  const { address, service, problems } = checkEndpoint(input);
  if (problems.length > 0) throw new UserErrors(problems);
  const row = {
    ...{ recipient_id: recipientId, channel, address, service },
    platform: input.platform ?? null,
    created_at: context.clock.now(),
  };
  if (OF_ONE_PERSON.includes(channel))
    await takeFromOthers(context.db, environmentId, { recipientId, channel, address });
  const saved = await saveEndpoint(context.db, environmentId, row, MOST);
  if (saved === 'GONE')
    throw new UserErrors([userError(['input', 'recipient'], 'NOT_FOUND', 'no such recipient in this environment')]);
  if (saved) return saved;
  const problem = `the person has ${MOST} addresses on ${channel} already; remove one that is not in use any more`;
  throw new UserErrors([userError(['input', 'address'], 'TOO_MANY_ENDPOINTS', problem)]);
}

/** False: the person has no such address. Throws UserErrors. */
export async function removeEndpoint(
  db: Db,
  environmentId: string,
  recipientId: string,
  { channel, address }: EndpointInput,
): Promise<boolean> {
  const problem = channelProblem(channel);
  if (problem) throw new UserErrors([problem]);
  const parsed = CHANNEL_REGISTRY[channel].parseAddress(address);
  // What was stored under an older rule can still be named as it lies there.
  const stored = 'address' in parsed ? parsed.address : address;
  return deleteEndpoint(db, environmentId, { recipientId, channel, address: stored });
}

/** Checks an address, and says which push service takes it; null for what is no push token. */
export function checkEndpoint(input: EndpointInput): {
  address: string;
  service: string | null;
  problems: UserError[];
} {
  const { channel } = input;
  const impossible = channelProblem(channel);
  if (impossible) return { address: '', service: null, problems: [impossible] };
  const parsed = CHANNEL_REGISTRY[channel].parseAddress(input.address);
  const address = 'address' in parsed ? parsed.address : '';
  const problems: UserError[] = [];
  if ('problem' in parsed) problems.push(userError(['input', 'address'], 'INVALID_ADDRESS', parsed.problem));
  else if (Buffer.byteLength(address) > ADDRESS_MAX_BYTES || /\p{Cc}/u.test(address)) {
    const expected = `expected an address of at most ${ADDRESS_MAX_BYTES} bytes, without control characters`;
    problems.push(userError(['input', 'address'], 'INVALID_ADDRESS', expected));
  }
  const { service, problems: wrong } = channel === 'MOBILE_PUSH' ? checkToken(input, address) : checkPlain(input);
  return { address, service, problems: [...problems, ...wrong] };
}

function channelProblem(channel: ChannelName): UserError | null {
  if (!CHANNEL_REGISTRY[channel].inApp) return null;
  const message = `${channel} reaches people in the app itself; it has no addresses`;
  return userError(['input', 'channel'], 'CHANNEL_HAS_NO_ADDRESSES', message);
}

type Checked = { service: string | null; problems: UserError[] };

function checkToken({ platform, service }: EndpointInput, token: string): Checked {
  if (platform == null) {
    const message = 'expected IOS, ANDROID or WEB: what the token belongs to';
    return { service: null, problems: [userError(['input', 'platform'], 'INVALID_PLATFORM', message)] };
  }
  const refused = (message: string): Checked => ({
    service: null,
    problems: [userError(['input', 'service'], 'INVALID_SERVICE', message)],
  });
  const apple = platform === 'IOS' && APNS_TOKEN.test(token);
  if (service == null) return { service: apple ? 'apns' : 'fcm', problems: [] };
  if (!PUSH_SERVICES.includes(service))
    return refused(`"${service.slice(0, 80)}" given, expected ${PUSH_SERVICES.join(' or ')}`);
  if (service === 'apns' && platform !== 'IOS') return refused(`apns takes tokens of IOS, not of ${platform}`);
  if (service === 'apns' && token !== '' && !apple)
    return refused('apns takes tokens of 64 or more hexadecimal digits; this one looks like one of fcm');
  return { service, problems: [] };
}

function checkPlain({ channel, platform, service }: EndpointInput): Checked {
  const problems: UserError[] = [];
  const refuse = (field: string, code: string): void =>
    void problems.push(userError(['input', field], code, `${field}: only MOBILE_PUSH has one, not ${channel}`));
  if (platform != null) refuse('platform', 'INVALID_PLATFORM');
  if (service != null) refuse('service', 'INVALID_SERVICE');
  return { service: null, problems };
}
