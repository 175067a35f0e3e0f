import { plus } from '../../src/base/clock.js';
import type { ChannelName } from '../../src/base/names.js';
import type { HistoryEvent } from '../../src/routing/history.js';
import { NOON } from '../support/arbitraries.js';

/** `seconds` after noon. */
export function at(seconds: number): Date {
  return plus(NOON, seconds * 1000);
}

interface Claim {
  readonly ordinal?: number;
  readonly number?: number;
  readonly channel?: ChannelName;
  readonly address?: string;
  readonly integration?: string;
}

/** An attempt of the first delivery, to Ana's e-mail address, that holds its lease for 20 seconds. */
export function started(seconds: number, claim: Claim = {}): HistoryEvent {
  return {
    type: 'attempt.started',
    at: at(seconds),
    ordinal: 0,
    number: 1,
    channel: 'EMAIL',
    address: 'ana@example.com',
    integration: 'mail',
    provider: 'smtp',
    leaseUntil: at(seconds + 20),
    why: '',
    ...claim,
  };
}

type Kind = 'accepted' | 'rejected' | 'failed' | 'rate_limited' | 'misconfigured' | 'unknown';

/** What became of an attempt. */
export function ended(
  kind: Kind,
  seconds: number,
  of: { ordinal?: number; number?: number; retryAt?: Date; simulated?: boolean; providerId?: string } = {},
): HistoryEvent {
  const { ordinal = 0, number = 1, retryAt = null, simulated = false, providerId = `id-${number}` } = of;
  const end = { at: at(seconds), ordinal, number, durationMs: 40, httpStatus: null, code: null, detail: null };
  if (kind === 'accepted') return { type: 'attempt.accepted', ...end, simulated, providerId };
  if (kind === 'rejected') return { type: 'attempt.rejected', ...end, reason: 'PROVIDER_REJECTED' };
  if (kind === 'failed' || kind === 'rate_limited') return { type: `attempt.${kind}`, ...end, retryAt };
  return { type: `attempt.${kind}`, ...end };
}

/** An item in the inbox as the first delivery, to be shown within five seconds. */
export function placed(seconds: number, ordinal = 0): HistoryEvent {
  return { type: 'inbox.placed', at: at(seconds), ordinal, channel: 'INBOX', ackBy: at(seconds + 5), why: '' };
}

export function displayed(seconds: number): HistoryEvent {
  return { type: 'inbox.displayed', at: at(seconds) };
}

export function finished(state: 'COMPLETED' | 'FAILED' | 'EXPIRED' | 'CANCELED', reason: string): HistoryEvent {
  return { type: 'notification.finished', at: at(60), state, reason, why: '' };
}

/** The person did something with it. */
export function engaged(seconds: number): HistoryEvent {
  return { type: 'engagement.recorded', at: at(seconds), kind: 'OPENED' };
}

/** A further attempt of the first delivery in the same seconds: "nobody knows" comes one second after it began. */
export function lostAttempt(seconds: number, number: number, integration = 'mail'): HistoryEvent[] {
  return [started(seconds, { number, integration }), ended('unknown', seconds + 1, { number })];
}
