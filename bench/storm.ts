import { setTimeout as sleep } from 'node:timers/promises';
import { offline } from './crowd.ts';
import { online } from './inbox.ts';
import { post } from './http-post.ts';
import type { Run } from './measure.ts';
import { hint, inboxesOf, place, type Inboxes } from './placing.ts';
import { percentile } from './stats.ts';
import { tokenSigner } from './tokens.ts';
import { openWire, type Wire, type WireEvent } from './wire.ts';
import type { World } from './world.ts';

const LATEST_MS = 180_000;
/** Items that come while everybody is cut off, and while everybody comes back. */
const STORM = { missed: 3, meanwhile: 1 };
/** People of each side of the comparison, and what they miss: less than a page of the list, and more. */
const COMPARED = 200;
const GAPS = [
  { missed: 10, meanwhile: 5 },
  { missed: 30, meanwhile: 5 },
];
const PAGE = 20;

/** Everybody is cut off at once and comes back at once, each from the last version seen. */
export async function measureStorm({ world, report, size }: Run): Promise<void> {
  const ours = await storm(world, size.storm, STORM, (returning) => returning.resume());
  report.add({
    ...{ what: `${size.storm} cut off at once, back with everything missed, all`, unit: 's' },
    ours: Math.max(...ours.tookMs) / 1000,
    target: { of: 'value', atMost: 60 },
  });
  report.add({ what: 'of them p50', unit: 's', ours: percentile(ours.tookMs, 0.5) / 1000 });
  const gaps = ours.missed.filter((count) => count > 0).length;
  if (gaps > 0) throw new Error(`${gaps} of ${size.storm} have a gap`);

  for (const gap of GAPS) {
    const all = COMPARED * (gap.missed + gap.meanwhile);
    const share = ({ missed }: Outcome): number => (100 * missed.reduce((sum, count) => sum + count, 0)) / all;
    const resumed = await storm(world, COMPARED, gap, (returning) => returning.resume());
    const refetched = await storm(world, COMPARED, gap, (returning) => returning.refetch());
    report.add({
      ...{
        what: `never told of ${gap.missed} missed items and ${gap.meanwhile} since`,
        unit: '%',
        ours: share(resumed),
      },
      against: { name: 'list and subscribe anew', value: share(refetched) },
      target: { of: 'value', atMost: 0 },
    });
  }
}

/** Somebody who was cut off. */
interface Returning {
  /** Subscribes with the last version seen. */
  resume(): Promise<Wire>;
  /** Reads the first page of the list, then subscribes to what comes from then on. */
  refetch(): Promise<Wire>;
}

interface Outcome {
  /** By person: from the first attempt to come back to the last item. Of those who have a gap, to their being back. */
  readonly tookMs: number[];
  /** By person: how many items never came. */
  readonly missed: number[];
}

async function storm(
  world: World,
  count: number,
  { missed, meanwhile }: { readonly missed: number; readonly meanwhile: number },
  comeBack: (returning: Returning) => Promise<Wire>,
): Promise<Outcome> {
  const { database, live } = world;
  const inboxes = await inboxesOf(database, count);
  const people = Array.from({ length: count }, (_, nth) => nth);
  const sign = await tokenSigner(live);
  const before = await Promise.all(
    chunked(people, 500).map(async (some) =>
      Promise.all(some.map((nth) => openWire(live.graphql, sign(`p${nth}`), null, () => undefined))),
    ),
  );
  await online(world, count);
  const versions = await versionsOf(world, inboxes);
  for (const wire of before.flat()) wire.cut();
  await offline(world);
  for (let nth = 0; nth < missed; nth += 1) await place(database, inboxes, people, `Missed ${nth}`);

  const seen = people.map(() => new Set<number>());
  const expected = missed + meanwhile;
  const took = people.map(() => 0);
  let whole = 0;
  const all = Promise.withResolvers<void>();
  const begun = performance.now();
  const hear = (person: number, event: Pick<WireEvent, 'type' | 'version'>): void => {
    const of = seen[person];
    if (!of || event.type !== 'InboxItemAdded') return;
    if (of.has(event.version)) throw new Error(`p${person} heard of version ${event.version} twice`);
    of.add(event.version);
    took[person] = performance.now() - begun;
    if (of.size === expected && (whole += 1) === count) all.resolve();
  };
  const returned = people.map(async (person) => {
    const token = (): string => sign(`p${person}`);
    const open = (after: number | null): Promise<Wire> =>
      patiently(() => openWire(live.graphql, token(), after, (event) => hear(person, event)));
    return comeBack({
      resume: () => open(versions[person] ?? 0),
      async refetch() {
        for (const version of await patiently(() => firstPage(live.graphql, token())))
          if (version > (versions[person] ?? 0)) hear(person, { type: 'InboxItemAdded', version });
        return open(null);
      },
    });
  });
  // While they come back, more comes.
  await sleep(100);
  for (let nth = 0; nth < meanwhile; nth += 1)
    for (const some of chunked(people, Math.ceil(count / 10))) {
      await place(database, inboxes, some, 'Meanwhile');
      await hint(database, inboxes, some);
    }
  const wires = await Promise.all(returned);
  const late = setTimeout(() => all.resolve(), whole === count ? 0 : Math.min(LATEST_MS, 5_000 + count * 10));
  await all.promise;
  clearTimeout(late);
  for (const wire of wires) wire.cut();
  await offline(world);
  return { tookMs: took, missed: seen.map((of) => expected - of.size) };
}

/** What a client does whom nobody answers yet: it tries again, after a pause that differs. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1)
    try {
      return await attempt();
    } catch (error) {
      if (tries === 20) throw error;
      await sleep(100 + Math.random() * 200 * tries);
    }
}

const LIST = `query($first: Int!) { inbox(first: $first) { nodes { id version title body url data tags toast createdAt } } }`;

async function firstPage(graphql: string, token: string): Promise<number[]> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const { text } = await post(graphql, headers, JSON.stringify({ query: LIST, variables: { first: PAGE } }));
  const answer = JSON.parse(text) as { data?: { inbox: { nodes: { version: number }[] } } };
  if (!answer.data) throw new Error(`the list: ${text}`);
  return answer.data.inbox.nodes.map((node) => node.version);
}

async function versionsOf({ database }: World, { environmentId, recipientIds }: Inboxes): Promise<number[]> {
  const { rows } = await database.query<{ version: number }>(
    `select coalesce(b.version, 0) as version from unnest($2::uuid[]) with ordinality as r (id, nth)
     left join inbox b on b.environment_id = $1::uuid and b.recipient_id = r.id order by nth`,
    [environmentId, recipientIds],
  );
  return rows.map((row) => row.version);
}

function chunked<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, nth) => all.slice(nth * size, (nth + 1) * size));
}
