import { startTestApp, type TestApp } from '../support/app.js';
import type { VendorCallbacks } from '../support/callback-contract.js';
import { VENDORS } from '../support/callbacks/index.js';
// Its words about what it really took are among the fuzzed.
import { sendgridCallbacks as carrier } from '../support/callbacks/sendgrid.js';
import { Gate } from '../support/gate.js';
import type { NotificationView } from '../support/gateway.js';
import { CERTIFICATE_URL, SNS_CERTIFICATE } from '../support/sns.js';
import { until } from '../support/until.js';
import { Vendor } from '../support/vendor.js';
import type { Aim, Target } from './cases.js';

const CANARY = 'canary@example.com';
/** Where nobody answers. */
const NOBODY = 'http://127.0.0.1:9';
const PEOPLE = 8;

export interface Aftermath {
  readonly stored: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly findings: readonly string[];
}

/** The product, whole, with two integrations of each vendor that calls back, and mail that one of them has taken. */
export class World implements AsyncDisposable {
  private constructor(
    private readonly app: TestApp,
    private readonly vendor: Vendor,
    private readonly gate: Gate,
    readonly aim: Aim,
    private readonly canary: NotificationView,
  ) {}

  static async open(): Promise<World> {
    const vendor = await Vendor.start();
    const fetchCertificate = (url: string) => Promise.resolve(url === CERTIFICATE_URL ? SNS_CERTIFICATE : null);
    const app = await startTestApp({}, { fetchCertificate });
    const gate = await Gate.at(app.database.url);
    const { production } = app;
    const targetOf = async (one: VendorCallbacks, baseUrl: string): Promise<Target> => {
      const more = { channel: one.channel, credentials: one.credentials };
      const add = async (key: string) =>
        (await production.integration(key, one.name, { ...one.settings, baseUrl }, more)).integration.id;
      return { vendor: one, id: await add(one.name), quietId: await add(`${one.name}-quiet`) };
    };
    await production.category('orders', { channels: ['EMAIL'], class: 'TRANSACTIONAL' });
    // The carrier is alone until all mail is out; the others could carry nothing anyway.
    const targets = [await targetOf(carrier, vendor.url)];
    const attempts: string[] = [];
    for (let nth = 0; nth < PEOPLE; nth += 1) {
      const { id } = await production.sendAndFinish({ email: `ana-${nth}@example.com` }, 'orders');
      attempts.push(`${id}.0.1`);
    }
    const canary = await production.sendAndFinish({ externalId: 'canary', email: CANARY }, 'orders');
    for (const one of VENDORS.filter((other) => other !== carrier)) targets.push(await targetOf(one, NOBODY));
    const aim: Aim = {
      origin: `http://127.0.0.1:${app.app.port}`,
      targets,
      attempts,
      canary: { attempt: `${canary.id}.0.1`, address: CANARY },
    };
    return new World(app, vendor, gate, aim, canary);
  }

  /** Waits until everything that is due has been folded, and looks at what the storm has left. */
  async aftermath(timeoutMs: number): Promise<Aftermath> {
    const due = 'select count(*)::integer as count from callback where due_at <= now()';
    await until(async () => (await this.count(due)) === 0, 'callbacks to be folded', timeoutMs);
    const rows = await this.gate.rows<{ outcome: string; count: number }>(
      `select coalesce(outcome, 'WAITING') as outcome, count(*)::integer as count from callback group by 1 order by 1`,
    );
    const outcomes = Object.fromEntries(rows.map(({ outcome, count }) => [outcome, count]));
    const quiet = await this.count(`select count(*)::integer as count from callback c
      join integration i on i.id = c.integration_id where i.key like '%-quiet'`);
    const named = await this.count(
      'select count(*)::integer as count from callback where attempt_id like $1 or address = $2',
      [`${this.canary.id}%`, CANARY],
    );
    const barred = await this.count('select count(*)::integer as count from suppression where address = $1', [CANARY]);
    const now = await this.app.production.notification(this.canary.id);
    const retired = await this.count(
      'select count(*)::integer as count from endpoint where address = $1 and retired_at is not null',
      [CANARY],
    );
    const findings = [
      (outcomes['FAILED'] ?? 0) > 0 && `${outcomes['FAILED']} callbacks could not be folded`,
      quiet > 0 && `${quiet} callbacks of integrations that heard lies alone were stored`,
      named > 0 && `${named} callbacks that only liars speak of were stored`,
      barred > 0 && 'the canary’s address is suppressed',
      JSON.stringify(now) !== JSON.stringify(this.canary) && `the canary has become ${JSON.stringify(now)}`,
      retired > 0 && 'the canary’s address is retired',
    ].filter((finding) => finding !== false);
    return { stored: rows.reduce((sum, { count }) => sum + count, 0), outcomes, findings };
  }

  private async count(query: string, values: unknown[] = []): Promise<number> {
    return (await this.gate.rows<{ count: number }>(query, values))[0]?.count ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gate[Symbol.asyncDispose]();
    await this.app[Symbol.asyncDispose]();
    await this.vendor[Symbol.asyncDispose]();
  }
}
