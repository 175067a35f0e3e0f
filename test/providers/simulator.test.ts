import { describe, expect, it } from 'vitest';
import { CHANNELS } from '../../src/base/names.js';
import type { Call } from '../../src/providers/provider.js';
import {
  simulatorCarrier,
  simulatorProvider,
  type SimulatedBehavior,
  type SimulatorDesk,
} from '../../src/providers/simulator.js';
import { NOON } from '../support/arbitraries.js';
import { call, noon } from '../support/provider-contract.js';

/** A desk in memory: told what to do with every address, and showing what was delivered. */
class Desk implements SimulatorDesk {
  readonly clock = noon;
  readonly outbox: { call: Call; via: string }[] = [];
  constructor(
    private readonly behavior: SimulatedBehavior,
    private readonly delayMs = 0,
  ) {}
  ruleFor(): ReturnType<SimulatorDesk['ruleFor']> {
    return Promise.resolve({ behavior: this.behavior, delayMs: this.delayMs });
  }
  deliver(delivered: Call, via: string): Promise<void> {
    this.outbox.push({ call: delivered, via });
    return Promise.resolve();
  }
}

const ana = call('EMAIL', 'ana@example.com');
const patient = () => AbortSignal.timeout(8_000);

describe('the simulator', () => {
  it('takes what it is given into the outbox, in the name of the provider whose place it takes', async () => {
    const desk = new Desk('ACCEPT');
    expect(await simulatorCarrier(desk, 'sendgrid').send(ana, patient())).toEqual({
      kind: 'accepted',
      providerId: ana.attemptId,
      simulated: true,
    });
    expect(desk.outbox).toEqual([{ call: ana, via: 'sendgrid' }]);
  });

  it('takes what is to come back, and says so', async () => {
    const desk = new Desk('BOUNCE');
    const answer = await simulatorCarrier(desk, 'smtp').send(ana, patient());
    expect(answer).toMatchObject({ kind: 'accepted', simulated: true, report: 'BOUNCED' });
    expect(desk.outbox.length).toBe(1);
  });

  it.each<[SimulatedBehavior, object]>([
    ['REJECT', { kind: 'rejected', code: 'SIMULATED_REJECT' }],
    ['FAIL', { kind: 'retry', retryAt: null, rateLimited: false, code: 'SIMULATED_FAIL' }],
    ['RATE_LIMIT', { kind: 'retry', retryAt: new Date(NOON.getTime() + 1000), rateLimited: true }],
    ['GONE', { kind: 'gone', code: 'SIMULATED_GONE' }],
  ])('does as it was told and delivers nothing: %s', async (behavior, answer) => {
    const desk = new Desk(behavior);
    expect(await simulatorCarrier(desk, 'smtp').send(ana, patient())).toMatchObject(answer);
    expect(desk.outbox).toEqual([]);
  });

  it('hangs until the deadline, and then nobody knows', async () => {
    const controller = new AbortController();
    const sending = simulatorCarrier(new Desk('HANG'), 'smtp').send(ana, controller.signal);
    setImmediate(() => controller.abort());
    expect(await sending).toMatchObject({ kind: 'unknown', code: 'SIMULATED_HANG' });
  });

  it('is as slow as it was told, within the deadline', async () => {
    const desk = new Desk('ACCEPT', 5);
    expect(await simulatorCarrier(desk, 'smtp').send(ana, patient())).toMatchObject({ kind: 'accepted' });
  });

  it.each<SimulatedBehavior>(['ACCEPT', 'HANG', 'REJECT'])(
    'slower than the deadline, it took nothing that anybody knows of: %s',
    async (behavior) => {
      const desk = new Desk(behavior, 60_000);
      const controller = new AbortController();
      const sending = simulatorCarrier(desk, 'smtp').send(ana, controller.signal);
      setImmediate(() => controller.abort());
      expect(await sending).toMatchObject({ kind: 'unknown', code: 'DEADLINE' });
      expect(desk.outbox).toEqual([]);
    },
  );

  it('speaks for every channel that needs a provider, and needs no settings', () => {
    const provider = simulatorProvider(new Desk('ACCEPT'));
    expect(provider.channels).toEqual(CHANNELS.filter((channel) => channel !== 'INBOX'));
    expect(provider.settings.safeParse({}).success).toBe(true);
    expect(provider.settings.safeParse({ host: 'x' }).success).toBe(false);
    expect(provider.credentials.safeParse({ user: 'x' }).success).toBe(false);
  });
});
