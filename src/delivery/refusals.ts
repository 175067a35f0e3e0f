import { plus } from '../base/clock.js';
import { uuidv7 } from '../base/ids.js';
import type { IntegrationRow } from '../store/integrations.js';
import { raiseRarely } from '../store/alerts.js';
import type { InTransaction } from '../store/transaction.js';

/** One that is not proven may be a scanner; so many within an hour are a wrong secret, or somebody who tries. */
const MANY = 20;
const HOUR_MS = 3_600_000;

/** Counts callbacks that were not proven, an integration each, and tells operators of many, once an hour. */
export class Refusals {
  private readonly counts = new Map<string, { count: number; readonly since: number }>();

  constructor(private readonly inTransaction: InTransaction) {}

  async add({ id, key, environment_id }: IntegrationRow, problem: string, now: Date): Promise<void> {
    const known = this.counts.get(id);
    const entry = known && known.since > now.getTime() - HOUR_MS ? known : { count: 0, since: now.getTime() };
    entry.count += 1;
    this.counts.set(id, entry);
    if (entry.count !== MANY) return;
    const detail = `${MANY} callbacks were refused, the last one because: ${problem}. Compare the secret that is saved with the provider's; if they are the same, somebody else sends them`;
    const alert = { environment_id, id: uuidv7(now), type: 'CALLBACKS_REFUSED', integration_key: key, detail };
    await this.inTransaction((tx) => raiseRarely(tx, { ...alert, created_at: now }, plus(now, -HOUR_MS)));
  }
}
