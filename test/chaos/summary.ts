import type { Violation } from './auditor.ts';
import type { Outcome } from './chaos.ts';
import type { Settings } from './settings.ts';

const STORIES = 5;

/** What a run did and found, as a table for people. */
export function summarise(settings: Settings, outcome: Outcome): string[] {
  const { audit, world, storm, load, requests, endedAfterMs } = outcome;
  const { counts } = audit;
  const { fleet } = world;
  const times = requests.map((request) => request.at).sort((a, b) => a - b);
  const again = (since: number): number | null => {
    const next = times.find((at) => at > since);
    return next === undefined ? null : next - since;
  };
  const modes = Object.entries(tally(requests.map((request) => request.mode)));
  const rows: [string, string][] = [
    ['seed', String(settings.seed)],
    ['processes', String(settings.processes)],
    ['sends acknowledged', `${load.sends}, for ${load.acknowledged} people; ${load.gaveUp} callers gave up`],
    ['calls without an answer', listed(load.unsure)],
    ['notifications', `${counts.notifications}: ${listed(counts.states)}`],
    ['attempts', `${counts.attempts}; requests ${requests.length}, of them taken ${counts.accepts}`],
    ['SIGKILL', String(fleet.kills)],
    ['SIGSTOP past the lease', String(fleet.freezes)],
    ['SIGTERM', listed(fleet.stops)],
    ['Postgres stopped (immediate)', String(storm.postgresStops)],
    ['commits with a lost answer', String(storm.ambushes)],
    ['faults', listed(storm.done)],
    ['starts that failed', String(fleet.failedStarts)],
    ['provider modes', modes.map(([mode, count]) => `${mode} ${count}`).join(', ')],
    ['unknown attempts', String(counts.unknown)],
    ['duplicates in an ambiguous window', String(counts.duplicates)],
    ['requests later than their lease', String(counts.late)],
    ['cancels acknowledged', String(counts.canceled)],
    ['kill → next request', spread(fleet.recoveries.map((one) => again(one.killedAt)))],
    ['kill → its process serves', spread(fleet.recoveries.map((one) => one.readyAt && one.readyAt - one.killedAt))],
    ['Postgres up → next request', spread(storm.postgresUpAt.map(again))],
    ['end of faults → last end', endedAfterMs === null ? 'not all ended' : seconds(endedAfterMs)],
    ['notices', kinds(audit.notices)],
    ['violations', kinds(audit.violations)],
    ['crashes', String(fleet.crashes.length)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

/** The first stories of each kind, in full. */
export function tell(violations: readonly Violation[]): string[] {
  const seen: Record<string, number> = {};
  return violations.flatMap(({ kind, says, story }) => {
    seen[kind] = (seen[kind] ?? 0) + 1;
    return seen[kind] > STORIES ? [] : ['', `${kind.toUpperCase()}: ${says}`, ...story];
  });
}

function kinds(violations: readonly Violation[]): string {
  return violations.length === 0 ? '0' : `${violations.length}: ${listed(tally(violations.map(({ kind }) => kind)))}`;
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function listed(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts);
  return entries.length === 0 ? 'none' : entries.map(([name, count]) => `${name} ${count}`).join(', ');
}

function spread(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (known.length === 0) return 'none';
  const middle = known[Math.floor(known.length / 2)] ?? 0;
  return `median ${seconds(middle)}, longest ${seconds(known.at(-1) ?? 0)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
