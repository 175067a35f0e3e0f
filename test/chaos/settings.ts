import { parseArgs } from 'node:util';

/** How hard, how long and how often. */
export interface Settings {
  /** All chance of the run comes from it. */
  readonly seed: number;
  readonly processes: number;
  /** How long the faults go on. Further rounds, half as long, follow until there were enough kills and notifications. */
  readonly stormMs: number;
  readonly rounds: number;
  readonly kills: number;
  readonly notifications: number;
  readonly callers: number;
  /** The mean pause of a caller between two sends. */
  readonly pauseMs: number;
  readonly topicPeople: number;
  readonly topicSends: number;
  /** After the storm, Postgres stays away for this long, while callers go on. */
  readonly absenceMs: number;
  /** Clocks of processes differ from the true time by at most this. */
  readonly skewMs: number;
  /** One process's clock is this far off for a part of the storm; 0: never. */
  readonly jumpMs: number;
  /** Something must have ended in each such stretch after the faults have. */
  readonly endMs: number;
  /** Nothing may stir for this long before the ledgers are compared. */
  readonly quietMs: number;
  /** Keep the ledgers and logs even when all is well. */
  readonly keep: boolean;
}

const LONG = {
  processes: 3,
  stormMs: 600_000,
  rounds: 1,
  kills: 0,
  notifications: 0,
  callers: 32,
  pauseMs: 150,
  topicPeople: 4_000,
  topicSends: 20,
  absenceMs: 600_000,
  skewMs: 400,
  jumpMs: 0,
  endMs: 300_000,
  quietMs: 25_000,
};

const SHORT = {
  ...LONG,
  stormMs: 125_000,
  rounds: 3,
  kills: 50,
  notifications: 20_000,
  callers: 16,
  topicPeople: 2_000,
  topicSends: 6,
  pauseMs: 400,
  absenceMs: 0,
  endMs: 60_000,
  quietMs: 12_000,
};

const WHOLE = ['seed', 'processes', 'callers', 'kills', 'notifications'] as const;

/** Settings from a command line. Throws on what it does not know. */
export function readSettings(args: readonly string[]): Settings {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ seed: text, processes: text, callers: text, kills: text, notifications: text },
      ...{ minutes: text, absence: text, jump: text, skew: text, quiet: text, end: text },
      ...{ short: flag, keep: flag },
    },
  });
  const base = values.short ? SHORT : LONG;
  const numbers: Record<string, number> = {};
  for (const name of WHOLE) if (values[name] !== undefined) numbers[name] = numeric(name, values[name]);
  const scaled = (
    name: 'minutes' | 'absence' | 'jump' | 'skew' | 'quiet' | 'end',
    field: string,
    unit: number,
  ): void => {
    if (values[name] !== undefined) numbers[field] = numeric(name, values[name]) * unit;
  };
  scaled('minutes', 'stormMs', 60_000);
  scaled('absence', 'absenceMs', 60_000);
  scaled('jump', 'jumpMs', 60_000);
  scaled('skew', 'skewMs', 1_000);
  scaled('quiet', 'quietMs', 1_000);
  scaled('end', 'endMs', 1_000);
  return { seed: Math.floor(Math.random() * 1_000_000), ...base, ...numbers, keep: values.keep === true };
}

function numeric(name: string, value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number)) throw new Error(`--${name}: expected a number, not "${value}"`);
  return number;
}
