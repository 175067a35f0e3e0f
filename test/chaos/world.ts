import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseReader } from './database-ledger.ts';
import { Fleet } from './fleet.ts';
import { insist } from './gateway.ts';
import { addressOf } from './ledger.ts';
import { ClientLedger } from './ledger-files.ts';
import { CATEGORIES, TOPIC } from './load.ts';
import { OwnPostgres } from './postgres.ts';
import { ProviderControl } from './provider-control.ts';
import { DatabaseProxy } from './proxy.ts';
import { Random } from './random.ts';
import type { Settings } from './settings.ts';

/** Everything that a run breaks, and what it reads afterwards. */
export interface World {
  readonly postgres: OwnPostgres;
  readonly provider: ProviderControl;
  /** By slot; the first process has none. */
  readonly proxies: ReadonlyMap<number, DatabaseProxy>;
  readonly fleet: Fleet;
  readonly ledger: ClientLedger;
  readonly database: DatabaseReader;
  readonly providerLog: string;
  readonly topicPeople: readonly string[];
}

/** Nobody has this name: `.invalid` is reserved for that (RFC 2606). */
const NOWHERE = 'http://no-such-host.invalid';
const SETUP_MS = 60_000;

/** Starts all of it; `stack` ends it again, in the reverse order. */
export async function openWorld(settings: Settings, folder: string, stack: AsyncDisposableStack): Promise<World> {
  const random = new Random(`world ${settings.seed}`);
  const postgres = stack.use(await OwnPostgres.start(join(folder, 'data')));
  const providerLog = join(folder, 'provider.jsonl');
  const provider = stack.use(await ProviderControl.start(providerLog, settings.seed));
  const proxies = new Map<number, DatabaseProxy>();
  for (let slot = 1; slot < settings.processes; slot += 1)
    proxies.set(slot, stack.use(await DatabaseProxy.start(postgres.port)));
  const urls = Array.from({ length: settings.processes }, (_, slot) =>
    postgres.urlAt(proxies.get(slot)?.port ?? postgres.port),
  );
  const offsets = urls.map(() => random.between(-settings.skewMs, settings.skewMs));
  await mkdir(join(folder, 'logs'));
  const fleet = stack.use(await Fleet.start(urls, offsets, join(folder, 'logs')));
  const topicPeople = Array.from({ length: settings.topicPeople }, (_, nth) => `topic-${nth}`);
  const ledger = new ClientLedger(join(folder, 'client.jsonl'));
  await configure(fleet, ledger, provider.url, topicPeople, random);
  return {
    ...{ postgres, provider, proxies, fleet, ledger, providerLog, topicPeople },
    database: new DatabaseReader(postgres.urlAt(postgres.port)),
  };
}

async function configure(
  fleet: Fleet,
  ledger: ClientLedger,
  providerUrl: string,
  people: readonly string[],
  random: Random,
): Promise<void> {
  const ask = async (field: string, input: object): Promise<void> => {
    const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${field}(input: $input) { userErrors { code message } } }`;
    const data = await insist(() => fleet.urls(), random, { query, variables: { input } }, SETUP_MS);
    const { userErrors } = (data?.[field] ?? { userErrors: ['no answer'] }) as { userErrors: unknown[] };
    if (userErrors.length > 0) throw new Error(`${field}: ${JSON.stringify(userErrors)}`);
  };
  // Quick enough that what fails comes to its end within the run.
  const retry = { firstDelay: 'PT0.5S', maxDelay: 'PT5S', maxAttempts: 12, giveUpAfter: 'PT90S' };
  // Advertising by mail goes without consent where the law lets it.
  await ask('updateCompliance', { defaultCountry: 'US', postalAddress: '1 High Street, Springfield, IL 62701' });
  for (const [key, policy] of Object.entries(CATEGORIES))
    await ask('upsertCategory', { key, channels: ['EMAIL'], retry, ...policy });
  const integrations = { first: providerUrl, nowhere: NOWHERE, second: providerUrl };
  for (const [order, [key, baseUrl]] of Object.entries(integrations).entries())
    await ask('upsertIntegration', {
      ...{ key, order, provider: 'sendgrid', channel: 'EMAIL', credentials: { apiKey: 'chaos' } },
      settings: { from: 'chaos@example.com', baseUrl },
    });
  for (let from = 0; from < people.length; from += 1000) {
    const some = people.slice(from, from + 1000);
    // Being notified makes them known, and is the first work of the run.
    await ask('send', introduction(ledger, `introduction-${from}`, some));
    await ask('subscribeToTopic', { topic: TOPIC, recipients: some.map((externalId) => ({ externalId })) });
  }
}

function introduction(ledger: ClientLedger, key: string, people: readonly string[]): object {
  ledger.write({
    type: 'asked',
    at: Date.now(),
    key,
    ambiguity: CATEGORIES.news.onAmbiguous,
    to: people,
    expires: false,
  });
  const to = people.map((externalId) => ({ externalId, email: addressOf(externalId) }));
  return { to, category: 'news', content: { title: key, body: 'Hello.' }, idempotencyKey: key, tags: [key] };
}
