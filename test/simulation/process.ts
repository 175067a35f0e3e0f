import type { AdapterOf } from '../../src/recipients/facts.js';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import { AttachmentDesk } from '../../src/attachments/desk.js';
import { FolderStore } from '../../src/attachments/folder-store.js';
import { AttachmentShelf } from '../../src/attachments/shelf.js';
import type { Clock } from '../../src/base/clock.js';
import { egressTo } from '../../src/base/egress.js';
import { Urgency } from '../../src/base/urgency.js';
import { secretBox } from '../../src/base/secret-box.js';
import { Advancer } from '../../src/delivery/advance.js';
import { CapDesk } from '../../src/delivery/caps.js';
import { Carriers } from '../../src/delivery/carriers.js';
import { Contents } from '../../src/delivery/content.js';
import { DirectLane } from '../../src/delivery/direct-lane.js';
import { Lessons } from '../../src/health/lessons.js';
import { SlowStart } from '../../src/health/slow-start.js';
import { handlers } from '../../src/delivery/workers.js';
import { HealthMonitor } from '../../src/health/monitor.js';
import { Permits } from '../../src/health/permits.js';
import { adapterOf, type Providers } from '../../src/providers/index.js';
import type { Handlers, Queue } from '../../src/queue/queue.js';
import { Acceptor } from '../../src/send/accept.js';
import { Backpressure } from '../../src/send/backpressure.js';
import { expandSend } from '../../src/send/fan-out.js';
import type { Database } from '../../src/store/database.js';
import { KeptRows } from '../../src/store/kept-rows.js';
import { transactions, type InboxHint, type InTransaction } from '../../src/store/transaction.js';
import { WakeBook } from '../../src/store/wakes.js';
import type { Owner } from './timeline.ts';

export interface ProcessParts {
  readonly owner: Owner;
  readonly database: Database;
  readonly queue: Pick<Queue, 'insert'>;
  readonly clock: Clock;
  readonly providers: Providers;
  readonly hint: (hints: readonly InboxHint[]) => void;
  readonly note: (line: string) => void;
}

/** One process of the product. */
export interface Process {
  readonly owner: Owner;
  readonly database: Database;
  readonly clock: Clock;
  readonly inTransaction: InTransaction;
  readonly direct: DirectLane;
  readonly acceptor: Acceptor;
  readonly handlers: Handlers;
}

export const secrets = secretBox('a key for simulations alone');

const NO_BACKLOG = { of: () => Promise.resolve(0) };

/** Puts the product together as src/app.ts does, without what listens and what draws pages. */
export function startProcess({ owner, database, queue, clock, providers, hint, note }: ProcessParts): Process {
  const log: Logger = pino(
    { level: 'error', base: undefined, timestamp: false },
    { write: (line) => note(line.trim()) },
  );
  const wakes = new WakeBook();
  const kept = new KeptRows(clock);
  const inTransaction = transactions({ database, queue, clock, wakes, kept }, hint);
  const health = new HealthMonitor({ database, inTransaction, clock, log });
  const permits = new Permits({ database, inTransaction, clock });
  const slowStart = new SlowStart({ permits, inTransaction, clock });
  const lessons = new Lessons({ health, permits, slowStart, log });
  const desk = { clock, ruleFor: neverAsked, deliver: neverAsked };
  // Stories have no files: the folder is never made.
  const store = new FolderStore(join(tmpdir(), 'tidings-simulation'));
  const attachments = new AttachmentDesk({ database, clock, log, store, egress: egressTo([]) });
  const shelf = new AttachmentShelf(database.db, store);
  const adapters: AdapterOf = (integration) => adapterOf(providers, integration);
  const advancer = new Advancer({
    ...{ database, inTransaction, clock, log, wakes, health, lessons, kept, urgency: new Urgency() },
    ...{ caps: new CapDesk({ database, inTransaction, clock }), permits: slowStart, pacing: permits },
    carriers: new Carriers(providers, secrets, desk),
    contents: new Contents(database.db, shelf),
    publicUrl: null,
    links: null,
    adapterOf: adapters,
  });
  const direct = new DirectLane(advancer, log);
  lessons.direct = direct;
  const acceptor = new Acceptor({
    ...{ inTransaction, clock, direct, kept, attachments },
    backpressure: new Backpressure(NO_BACKLOG, 1_000),
  });
  const expand = (job: Parameters<typeof expandSend>[1]): Promise<void> => expandSend({ inTransaction, clock }, job);
  const webhooks = { look: () => Promise.resolve() };
  const work = handlers({
    ...{ advancer, webhooks, expand, direct },
    ...{ inTransaction, database, clock, log, attachments, shelf, adapterOf: adapters, backlog: NO_BACKLOG },
  });
  return { owner, database, clock, inTransaction, direct, acceptor, handlers: work };
}

function neverAsked(): never {
  throw new Error('there is no TEST environment in a story');
}
