import { randomBytes, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AttachmentDesk } from './attachments/desk.js';
import { openAttachmentStore } from './attachments/open.js';
import { AttachmentShelf } from './attachments/shelf.js';
import type { Clock } from './base/clock.js';
import { egressTo } from './base/egress.js';
import { uuidv7 } from './base/ids.js';
import { createLog, type Logger } from './base/log.js';
import { Urgency } from './base/urgency.js';
import { secretBox, type SecretBox } from './base/secret-box.js';
import { webhookUrlCheck } from './base/webhook-url.js';
import type { Config } from './config.js';
import { Advancer } from './delivery/advance.js';
import { takeCallback } from './delivery/callback-intake.js';
import { CapDesk } from './delivery/caps.js';
import { Carriers } from './delivery/carriers.js';
import { flushPerson } from './delivery/flush-digest.js';
import type { AdapterOf } from './recipients/facts.js';
import { Contents } from './delivery/content.js';
import { DirectLane } from './delivery/direct-lane.js';
import { PUSH_ENGAGEMENTS, recordPushEngagement } from './delivery/push-reports.js';
import { Refusals } from './delivery/refusals.js';
import { simulatorDesk } from './delivery/simulator-desk.js';
import { DAYS_AHEAD, startWorkers } from './delivery/workers.js';
import { WebhookCaller } from './delivery/webhook-calls.js';
import { demoSession } from './demo.js';
import { checkDomain } from './domains/check.js';
import { bootstrap, type FirstKeys } from './graphql/bootstrap.js';
import type { Services } from './graphql/context.js';
import { KeyRing } from './graphql/key-ring.js';
import { makeSchema } from './graphql/schema.js';
import { Lessons } from './health/lessons.js';
import { HealthMonitor } from './health/monitor.js';
import { Permits } from './health/permits.js';
import { SlowStart } from './health/slow-start.js';
import type { PeoplePages } from './http/people-views.js';
import type { PushReports } from './http/push-reports.js';
import { startHttp } from './http/server.js';
import { createMetrics } from './metrics.js';
import { integrationCheck, providerRegistry, adapterOf } from './providers/index.js';
import type { FetchCertificate } from './providers/sns.js';
import { newWebhookSecret } from './providers/standard-webhooks.js';
import { openQueue } from './queue/queue.js';
import { Bridge } from './realtime/bridge.js';
import { Hub } from './realtime/hub.js';
import { Presence } from './realtime/presence.js';
import { Links } from './recipients/links.js';
import { unsubscribe, unsubscribeState, type LinkActionContext } from './recipients/links-actions.js';
import { preferencesState, savePreferencesForm } from './recipients/preferences-form.js';
import { Acceptor } from './send/accept.js';
import { Backpressure } from './send/backpressure.js';
import { expandSend } from './send/fan-out.js';
import { databaseClock } from './store/clock.js';
import { openDatabase, type Database } from './store/database.js';
import { startEmbeddedPostgres } from './store/embedded-postgres.js';
import { settingOnce } from './store/environments.js';
import { KeptRows } from './store/kept-rows.js';
import { ensurePartitions } from './store/partitions.js';
import { transactions } from './store/transaction.js';
import { WakeBook } from './store/wakes.js';

export interface App {
  readonly port: number;
  readonly url: string;
  /** The keys of a database that was empty; null when it was not. */
  readonly firstKeys: FirstKeys | null;
  /** Takes no new work, lets what runs end, then lets go of the database. */
  stop(): Promise<void>;
}

/** What tests may put in place of the real thing. */
export interface Overrides {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Where the certificates come from that Amazon SNS signs with. */
  readonly fetchCertificate?: FetchCertificate;
}

const DRAIN_MS = 15_000;
/** For everything that is asked about one domain. */
const DNS_DEADLINE_MS = 10_000;

/**
 * The composition root: the one place that knows every folder. Stopping, and a step that fails, undo everything in the
 * reverse of this order: requests end first, then work in hand, then the queue, then what work needs, last the database.
 */
export async function startApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const log = overrides.log ?? createLog(config.logLevel);
  const undo: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    let url = config.databaseUrl;
    if (url === null) {
      const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log: (line) => log.info(line) });
      undo.push(() => embedded.stop());
      url = embedded.url;
    }
    const database = await openDatabase(url, config.poolSize);
    undo.push(() => database.close());
    const clock = overrides.clock ?? (await startClock(url, log, undo));
    await ensurePartitions(database.db, clock.now(), DAYS_AHEAD);
    const secrets = await openSecrets(config, database, log);
    const desk = simulatorDesk(database.db, clock);
    const egress = egressTo(config.egressAllow);
    const providers = providerRegistry(desk, clock, egress, overrides.fetchCertificate);
    const check = integrationCheck(providers, config.publicUrl);
    const carriers = new Carriers(providers, secrets, desk);
    undo.push(async () => carriers.close());

    const files = openAttachmentStore(config);
    undo.push(() => files.close());
    const attachments = new AttachmentDesk({ database, clock, log, egress, store: files.store });

    const instance = { instanceId: uuidv7(clock.now()), lockKey: randomInt(1, 2 ** 47) };
    const hub = new Hub(database.db, log);
    const bridge = new Bridge({ url, hub, log, ...instance });
    await bridge.start();
    undo.push(() => bridge.stop());
    const presence = new Presence({ db: database.db, clock, log, ...instance });
    await presence.start();
    undo.push(() => presence.stop());

    const queue = await openQueue(url, log, clock);
    let giveUp = (): void => undefined;
    undo.push(async () => {
      await queue.stop(DRAIN_MS);
      // What cannot be recorded by now is not waited for: leases and timers are the net.
      giveUp();
    });
    const wakes = new WakeBook();
    const kept = new KeptRows(clock);
    const inTransaction = transactions({ database, queue, clock, wakes, kept }, (hints) => bridge.publish(hints));
    const firstKeys = await bootstrap(
      { db: database.db, inTransaction, secrets, clock, integrationCheck: check },
      config.bootstrapApiKey,
    );
    const health = new HealthMonitor({ database, inTransaction, clock, log });
    const permits = new Permits({ database, inTransaction, clock });
    const urgency = new Urgency();
    const slowStart = new SlowStart({ permits, inTransaction, clock });
    const lessons = new Lessons({ health, permits, slowStart, log });
    let { port } = config;
    const base = (): string => config.publicUrl ?? `http://localhost:${port}`;
    const links = new Links({ db: database.db, secrets, clock, base });
    const shelf = new AttachmentShelf(database.db, files.store);
    const flushing = {
      ...{ database, inTransaction, clock, log, shelf },
      adapterOf: (integration: Parameters<AdapterOf>[0]) => adapterOf(providers, integration),
    };
    const metrics = createMetrics();
    const advancer = new Advancer({
      noteLateness: metrics.noteLateness,
      ...{ database, inTransaction, clock, log, wakes, carriers, health, lessons, kept, urgency },
      ...{ caps: new CapDesk({ database, inTransaction, clock }), permits: slowStart, pacing: permits },
      contents: new Contents(database.db, shelf),
      publicUrl: config.publicUrl,
      links: config.publicUrl === null ? null : links,
      adapterOf: (integration) => adapterOf(providers, integration),
    });
    const direct = new DirectLane(advancer, log);
    giveUp = () => advancer.giveUp();
    if (config.role === 'all') lessons.direct = direct;
    undo.push(() => {
      advancer.handBack();
      return direct.stop();
    });
    const webhooks = new WebhookCaller({ database, inTransaction, clock, log, secrets, egress, kept });
    undo.push(() => webhooks.stop());
    const lane = config.role === 'all' ? direct : { reserve: () => null };
    const acceptor = new Acceptor({
      ...{ inTransaction, clock, kept, attachments, direct: lane },
      backpressure: new Backpressure(queue.backlog, config.backlogLimit),
    });
    const services: Services = {
      keys: new KeyRing(database.db, clock),
      ...{ database, inTransaction, clock, log, secrets, acceptor, hub, presence, kept, urgency, direct: lane, links },
      integrationCheck: check,
      adapterOf: (integration) => adapterOf(providers, integration),
      integrationChanged: (environmentId) => health.forget(environmentId),
      checkDomain: (question) =>
        checkDomain(
          { servers: config.dnsServers, blocklists: config.blocklists, deadlineMs: DNS_DEADLINE_MS },
          question,
        ),
      webhookUrls: webhookUrlCheck(config.egressAllow),
      newWebhookSecret,
      flushDigests: (...of) => flushPerson(flushing, ...of),
    };

    let draining = false;
    const refusals = new Refusals(inTransaction);
    const http = await startHttp({
      port: config.port,
      services,
      schema: config.role === 'worker' ? null : await makeSchema(),
      health: {
        ready: async () => !draining && (await answers(database)),
        metrics: metrics.registry,
      },
      callbacks:
        config.role === 'worker'
          ? null
          : {
              publicUrl: config.publicUrl,
              take: (id, callback) =>
                takeCallback({ database, inTransaction, clock, log, carriers, refusals }, id, callback),
            },
      pages: config.role === 'worker' ? null : pagesOf(config, services),
      people: config.role === 'worker' ? null : peoplePages(services),
      pushReports: config.role === 'worker' ? null : pushReports(services),
    });
    port = http.port;
    undo.push(() => http.stop());
    if (config.role !== 'api') {
      const expand = (job: Parameters<typeof expandSend>[1]): Promise<void> =>
        expandSend({ inTransaction, clock, backlog: (lane) => queue.backlog.of(lane) }, job);
      const { backlog } = queue;
      const core = { ...flushing, attachments, direct };
      await startWorkers(queue, { ...core, advancer, webhooks, expand, backlog });
    }
    undo.push(async () => {
      draining = true;
    });
    return { port, url: base(), firstKeys, stop };
  } catch (error) {
    await stop().catch((failure) => log.error({ error: String(failure) }, 'clean-up after a failed start'));
    throw error;
  }
}

async function startClock(url: string, log: Logger, undo: (() => Promise<void>)[]): Promise<Clock> {
  const clock = await databaseClock(url, log);
  undo.push(() => clock.stop());
  return clock;
}

/** Without ENCRYPTION_KEY the key lies in the database beside what it seals: that keeps secrets out of logs and listings, not from whoever holds the database. */
async function openSecrets(config: Config, database: Database, log: Logger): Promise<SecretBox> {
  if (config.encryptionKey !== null) return secretBox(config.encryptionKey);
  log.info('ENCRYPTION_KEY is not set: credentials are sealed with a key that lies in the database itself');
  const kept = await settingOnce(database.db, 'encryption_key', randomBytes(32));
  return secretBox(Buffer.from(kept).toString('base64url'));
}

async function answers(database: Database): Promise<boolean> {
  try {
    await database.orm.em.fork().execute('select 1');
    return true;
  } catch {
    return false;
  }
}

/** The folder of package.json: one up from src, two up from dist/src. */
function packageRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return existsSync(join(here, '..', 'package.json')) ? join(here, '..') : join(here, '..', '..');
}

function pagesOf(config: Config, services: Services) {
  const built = (name: string): string => join(packageRoot(), 'client', 'dist', name);
  return {
    demoDir: built('demo'),
    graphiqlDir: built('graphiql'),
    inboxDir: built('inbox'),
    demoSession: config.demo ? demoSession(services) : null,
  };
}

function pushReports(context: LinkActionContext): PushReports {
  return {
    kinds: PUSH_ENGAGEMENTS,
    record: (token, kind) => recordPushEngagement(context, token, kind as (typeof PUSH_ENGAGEMENTS)[number]),
  };
}

function peoplePages(context: LinkActionContext): PeoplePages {
  return {
    unsubscribeState: (token) => unsubscribeState(context, token),
    unsubscribe: (token, choice) => unsubscribe(context, token, choice),
    preferencesState: (token) => preferencesState(context, token),
    savePreferences: (token, form, words) => savePreferencesForm(context, token, form, words),
  };
}
