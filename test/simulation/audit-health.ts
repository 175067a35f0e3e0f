import type { HealthRow } from '../../src/store/health.js';
import { MINUTE } from './cast.ts';
import type { Remains } from './story.ts';
import type { Received } from './vendor.ts';

/** What a process knows of an integration's health is so old at most; and a decision takes a moment. */
const KNOWN_LATE_MS = 400;
const PROBE_MS = 15_000;

interface Claimed {
  readonly call: Received;
  /** When it was decided to call. */
  readonly at: number;
}

/** The calls of each integration, held against its circuit, its pauses and its rate. */
export function auditHealth(remains: Remains): string[] {
  const { world, cast, end } = remains;
  const begun = new Map<string, number>(
    end.notifications.flatMap((one) =>
      one.history.flatMap(({ event }) =>
        event.type === 'attempt.started'
          ? [[`${one.id} ${event.ordinal}.${event.number}`, event.at.getTime()] as const]
          : [],
      ),
    ),
  );
  const calls = [...world.vendors.values()].flatMap((vendor) => vendor.ledger);
  return cast.integrations.flatMap((integration) => {
    const claimed = calls
      .filter((call) => call.integration === integration.key)
      .flatMap((call): Claimed[] => {
        const [, ordinal, number] = call.attemptId.split('.');
        const at = begun.get(`${call.notificationId} ${ordinal}.${number}`);
        return at === undefined ? [] : [{ call, at }];
      });
    const rows = world.observations.health.map((moment) => ({
      at: moment.at,
      row: moment.rows.find((row) => row.integration_id === integration.id) ?? null,
    }));
    return [
      ...claimed.flatMap((one) => whileShut(one, rows)).map((what) => `${what} at ${integration.key}`),
      ...probes(claimed, rows).map((what) => `${what} at ${integration.key}`),
      ...rate(remains, integration, claimed).map((what) => `${what} at ${integration.key}`),
    ];
  });
}

type Rows = readonly { readonly at: number; readonly row: HealthRow | null }[];

/** The health that everybody knew when it was decided, where nothing changed just before. */
function settled(rows: Rows, at: number): HealthRow | null {
  if (rows.some((one) => one.at > at - KNOWN_LATE_MS && one.at <= at + KNOWN_LATE_MS)) return null;
  return rows.findLast((one) => one.at <= at)?.row ?? null;
}

function whileShut({ call, at }: Claimed, rows: Rows): string[] {
  const row = settled(rows, at);
  if (!row) return [];
  if (row.open_reason !== null && row.open_until !== null && row.open_until.getTime() > at + 1)
    return [`open circuit: ${call.attemptId} began though open until ${row.open_until.toISOString()}`];
  if (row.paused_until !== null && row.paused_until.getTime() > at + 1)
    return [`too early: ${call.attemptId} began though a pause was asked for until ${row.paused_until.toISOString()}`];
  return [];
}

/** Of an open one whose time is over, one call at a time finds out. */
function probes(claimed: readonly Claimed[], rows: Rows): string[] {
  const halfOpen = claimed.filter(({ at }) => {
    const row = settled(rows, at);
    return row !== null && row.open_reason !== null && row.open_until !== null && row.open_until.getTime() <= at;
  });
  return halfOpen.flatMap((first) =>
    halfOpen
      .filter(
        (other) =>
          other !== first &&
          other.at >= first.at &&
          other.at < Math.min(first.call.endedAt ?? Infinity, first.at + PROBE_MS),
      )
      .map((other) => `two probes: ${first.call.attemptId} and ${other.call.attemptId}`),
  );
}

/** No period holds more calls than the limit, but for those of a process that was frozen with a call in hand. */
function rate(
  remains: Remains,
  integration: Remains['cast']['integrations'][number],
  claimed: readonly Claimed[],
): string[] {
  const { rate_count: count, rate_period_ms: periodMs } = integration;
  if (count === null || periodMs === null) return [];
  const { freezes } = remains.world.observations;
  const thawed = (at: number): boolean => freezes.some((until) => Math.abs(at - until) < MINUTE);
  const times = claimed.map(({ call }) => call.at).sort((a, b) => a - b);
  return times.flatMap((at, nth) => {
    const beyond = times[nth + count];
    if (beyond === undefined || beyond - at >= periodMs || thawed(at) || thawed(beyond)) return [];
    return [`rate: ${count + 1} calls within ${beyond - at} ms, the limit is ${count} in ${periodMs}`];
  });
}
