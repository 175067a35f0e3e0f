import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { plus, sleep } from '../base/clock.js';
import { CHANNELS } from '../base/names.js';
import { ANY_CLASS, type Answer, type Call, type Carrier, type Provider } from './provider.js';

/** How the simulator stores and what it is told; handed in, because adapters know no database. */
export interface SimulatorDesk {
  /** What to do with this address. */
  ruleFor(call: Call): Promise<{ behavior: SimulatedBehavior; delayMs: number }>;
  /** Puts what would have been sent into the outbox that the API can read. */
  deliver(call: Call, via: string): Promise<void>;
  readonly clock: Clock;
}

export type SimulatedBehavior = 'ACCEPT' | 'REJECT' | 'FAIL' | 'HANG' | 'BOUNCE' | 'GONE' | 'RATE_LIMIT';

/**
 * Speaks for every channel in TEST environments: nobody is reached. It behaves as it was told for an address, and what
 * it takes lies in the outbox. `via` names the provider that it stands in for.
 */
export function simulatorCarrier(desk: SimulatorDesk, via: string): Carrier {
  return {
    async send(call, signal): Promise<Answer> {
      const rule = await desk.ruleFor(call);
      if (rule.delayMs > 0) await sleep(rule.delayMs, signal);
      if (signal.aborted)
        return { kind: 'unknown', code: 'DEADLINE', detail: 'the simulator was told to be slower than the deadline' };
      const said = { code: `SIMULATED_${rule.behavior}`, detail: 'the simulator was told to do this for this address' };
      switch (rule.behavior) {
        case 'REJECT':
          return { kind: 'rejected', ...said };
        case 'FAIL':
          return { kind: 'retry', retryAt: null, rateLimited: false, ...said };
        case 'RATE_LIMIT':
          return { kind: 'retry', retryAt: plus(desk.clock.now(), 1000), rateLimited: true, ...said };
        case 'GONE':
          return { kind: 'gone', ...said };
        case 'HANG':
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
          return { kind: 'unknown', ...said };
        case 'ACCEPT':
        case 'BOUNCE':
          await desk.deliver(call, via);
          return {
            kind: 'accepted',
            providerId: call.attemptId,
            simulated: true,
            ...(rule.behavior === 'BOUNCE' ? { report: 'BOUNCED' as const } : {}),
          };
        default:
          return rule.behavior satisfies never;
      }
    },
  };
}

/** The simulator as a provider that an integration can name. */
export function simulatorProvider(desk: SimulatorDesk): Provider<Record<string, never>, Record<string, never>> {
  return {
    name: 'simulator',
    channels: CHANNELS.filter((channel) => channel !== 'INBOX'),
    traits: {
      title: 'Simulator',
      docs: '/docs/getting-started.md#failover',
      classes: ANY_CLASS,
      attachments: 'FIELDS',
      payloadLimit: null,
      rateLimit: null,
      reports: [],
      proof: null,
      costPer1000: 0,
      service: null,
    },
    settings: z.strictObject({}),
    credentials: z.strictObject({}),
    open: () => simulatorCarrier(desk, 'simulator'),
  };
}
