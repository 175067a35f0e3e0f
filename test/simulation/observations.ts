import type { Client } from 'pg';
import type { HealthRow } from '../../src/store/health.js';
import type { Statement } from './gate.ts';

export interface HealthMoment {
  readonly at: number;
  readonly rows: readonly HealthRow[];
}

/** What is seen from outside at the very moment that something becomes durable. */
export class Observations {
  readonly health: HealthMoment[] = [];
  /** Revision at which a send's notifications were canceled: nothing begins after it. */
  readonly canceledAt = new Map<string, number>();
  /** When people had switched a channel of a category off, by "recipient category channel"; for good. */
  readonly optedOut = new Map<string, number>();
  /** What was thrown at callers and the queue that is no lost connection. */
  readonly failures: string[] = [];
  /** Processes were frozen until these moments. */
  readonly freezes: number[] = [];

  constructor(
    private readonly admin: Client,
    private readonly nowMs: () => number,
  ) {}

  froze(until: number): void {
    this.freezes.push(until);
  }

  async committed(statements: readonly Statement[]): Promise<void> {
    const texts = statements.map((one) => one.text.trimStart());
    if (texts.some((text) => /^(update|insert into) integration_health/.test(text))) await this.seeHealth();
    if (texts.some((text) => text.startsWith('update "send" set "canceled_at"'))) await this.seeCancels();
  }

  private async seeHealth(): Promise<void> {
    const { rows } = await this.admin.query<HealthRow>('select * from integration_health');
    this.health.push({ at: this.nowMs(), rows });
  }

  private async seeCancels(): Promise<void> {
    const { rows } = await this.admin.query<{ id: string; revision: number }>(
      `select n.id, n.revision from notification n
       join send s on s.environment_id = n.environment_id and s.id = n.send_id where s.canceled_at is not null`,
    );
    for (const { id, revision } of rows) if (!this.canceledAt.has(id)) this.canceledAt.set(id, revision);
  }
}
