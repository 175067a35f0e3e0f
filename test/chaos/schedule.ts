import { FAIR, MODES, type Mode, type Weather } from './modes.ts';
import { Random } from './random.ts';
import type { Settings } from './settings.ts';

/** One fault, `at` milliseconds after its round began. `slot` names a product process. */
export type Step = { readonly at: number } &
  /** SIGKILL, to a process that serves or to one that starts. */
  (
    | { readonly kind: 'kill'; readonly slot: number; readonly starting: boolean }
    /** SIGSTOP, and SIGCONT after longer than an attempt's lease. */
    | { readonly kind: 'freeze'; readonly slot: number; readonly forMs: number }
    /** SIGTERM to one process after the other. */
    | { readonly kind: 'roll' }
    /** `pg_ctl stop -m immediate`, and a start after a while. */
    | { readonly kind: 'postgres'; readonly forMs: number }
    /** What breaks the way to Postgres spares most processes that start: they would never come to serve. */
    | { readonly kind: 'cut'; readonly slot: number; readonly starting: boolean }
    /** Half-open: nothing passes in either direction, nobody is told. */
    | { readonly kind: 'blackhole'; readonly slot: number; readonly forMs: number; readonly starting: boolean }
    | { readonly kind: 'delay'; readonly slot: number; readonly forMs: number; readonly byMs: number }
    /** The next commit through the proxy takes place, and its answer is lost with the connection. */
    | { readonly kind: 'commit'; readonly slot: number; readonly starting: boolean }
    | { readonly kind: 'weather'; readonly weather: Weather; readonly main: Mode }
    /** The provider's port refuses connections. */
    | { readonly kind: 'refuse'; readonly forMs: number }
    | { readonly kind: 'clock'; readonly slot: number; readonly offsetMs: number; readonly forMs: number }
  );

const LEASE_MS = 20_000;
/** A little of everything, always. */
const BACKGROUND: Weather = Object.fromEntries(MODES.map((mode) => [mode, mode === 'ok' ? 0.94 : 0.005]));

/** All faults of one round, in the order of their times: a pure function of settings and round. */
export function plan(settings: Settings, round: number): Step[] {
  const { processes } = settings;
  const stormMs = roundMs(settings, round);
  const random = new Random(`schedule ${settings.seed} ${round}`);
  const slot = (): number => random.between(0, processes - 1);
  // Processes behind a proxy; the first one has its database to itself.
  const behind = (): number => (processes > 1 ? random.between(1, processes - 1) : 0);
  const starting = (): boolean => random.chance(0.1);
  const steps: Step[] = [];
  /** About every `everyMs`, never all at once. */
  const spread = (everyMs: number, make: (at: number) => Step): void => {
    const count = Math.max(1, Math.round(stormMs / everyMs));
    for (let nth = 0; nth < count; nth += 1)
      steps.push(make(Math.floor(((nth + random.next() * 0.9) * stormMs) / count)));
  };
  const killEveryMs = settings.kills > 0 ? settings.stormMs / Math.ceil(settings.kills * 1.1) : 4_000;
  spread(killEveryMs, (at) => ({ at, kind: 'kill', slot: slot(), starting: starting() }));
  spread(55_000, (at) => ({ at, kind: 'freeze', slot: slot(), forMs: LEASE_MS + random.between(1_000, 5_000) }));
  spread(80_000, (at) => ({ at, kind: 'roll' }));
  spread(45_000, (at) => ({ at, kind: 'postgres', forMs: postgresAway(random, stormMs) }));
  spread(15_000, (at) => ({ at, kind: 'cut', slot: behind(), starting: starting() }));
  spread(60_000, (at) => ({
    at,
    kind: 'blackhole',
    slot: behind(),
    forMs: random.between(3_000, 14_000),
    starting: starting(),
  }));
  spread(40_000, (at) => ({
    ...{ at, kind: 'delay', slot: behind() },
    ...{ forMs: random.between(2_000, 6_000), byMs: random.between(20, 200) },
  }));
  spread(4_000, (at) => ({ at, kind: 'commit', slot: behind(), starting: starting() }));
  spread(50_000, (at) => ({ at, kind: 'refuse', forMs: random.between(1_000, 4_000) }));
  steps.push(...skies(random, stormMs));
  if (settings.jumpMs !== 0) {
    const offsetMs = round % 2 === 0 ? settings.jumpMs : -settings.jumpMs;
    steps.push({ at: stormMs * 0.3, kind: 'clock', slot: slot(), offsetMs, forMs: stormMs * 0.3 });
  }
  return steps.sort((a, b) => a.at - b.at);
}

/** How long a round goes on. */
export function roundMs({ stormMs }: Settings, round: number): number {
  return round === 0 ? stormMs : stormMs / 2;
}

/** One to thirty seconds, rarely long ones where the storm is short. */
function postgresAway(random: Random, stormMs: number): number {
  return random.chance(0.7) ? random.between(1_000, 4_000) : random.between(4_000, stormMs < 200_000 ? 8_000 : 30_000);
}

/** Fair weather and, in between, every mode once as what mostly happens, before any comes a second time. */
function skies(random: Random, stormMs: number): Step[] {
  const steps: Step[] = [];
  let bag: Mode[] = [];
  for (let at = 0, fair = true; at < stormMs; at += random.between(4_000, 7_000), fair = !fair) {
    if (bag.length === 0) bag = random.shuffled(MODES.filter((mode) => mode !== 'ok'));
    const main = fair ? 'ok' : (bag.pop() ?? 'ok');
    const share = random.between(20, 60) / 100;
    const weather = fair ? BACKGROUND : { ...BACKGROUND, ok: 0.94 * (1 - share), [main]: 0.94 * share };
    steps.push({ at, kind: 'weather', weather: at === 0 ? FAIR : weather, main });
  }
  return steps;
}
