import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  await app.development.category('orders', { channels: ['EMAIL'] });
  await app.development.category('chat', { channels: ['INBOX', 'EMAIL'], ackTimeout: 'PT10M' });
});

afterAll(() => app[Symbol.asyncDispose]());

const report = (gateway: Gateway, input: object) =>
  gateway.attempt<{ notification: { id: string } | null }>('simulateReport', input, 'notification { id }');

/** A notification that the simulator took, with its delivery. */
async function taken(externalId: string): Promise<{ id: string; delivery: string }> {
  const person = { externalId, email: `${externalId}@example.com` };
  const { id, deliveries } = await app.development.sendAndFinish(person, 'orders');
  return { id, delivery: deliveries[0]?.id as string };
}

const becomes = (id: string, state: string) =>
  until(async () => {
    const notification = await app.development.notification(id);
    return notification.deliveries[0]?.state === state && notification;
  }, `the delivery of ${id} to be ${state}`);

describe('a report, rehearsed', () => {
  it('takes a delivery further: deferred, delivered, and back', async () => {
    const { id, delivery } = await taken('ana');
    const words = [
      { report: 'DEFERRED', detail: '421 try later' },
      { report: 'DELIVERED' },
      { report: 'BOUNCED', detail: '550 no such user' },
    ];
    for (const word of [...words, ...words])
      expect(await report(app.development, { delivery, ...word })).toEqual({ notification: { id }, userErrors: [] });
    const { timeline } = await becomes(id, 'BOUNCED');
    const reports = timeline.filter((entry) => entry.type.startsWith('delivery.'));
    expect(reports.map(({ type, channel, detail }) => [type, channel, detail])).toEqual([
      ['delivery.deferred', 'EMAIL', '421 try later'],
      ['delivery.delivered', 'EMAIL', null],
      ['delivery.bounced', 'EMAIL', '550 no such user'],
    ]);
  });

  it('said by many at once is written once', async () => {
    const { id, delivery } = await taken('ben');
    await Promise.all(Array.from({ length: 8 }, () => report(app.development, { delivery, report: 'DELIVERED' })));
    const { timeline } = await becomes(id, 'DELIVERED');
    expect(timeline.filter((entry) => entry.type === 'delivery.delivered').length).toBe(1);
  });

  it('settles an attempt that nobody knew of', async () => {
    const address = 'cy@example.com';
    await app.development.advertises();
    await app.development.category('ads', { class: 'MARKETING', channels: ['EMAIL'] });
    await app.development.mutate('setSimulatorBehavior', { address, behavior: 'HANG' }, 'behavior');
    const person = { externalId: 'cy', email: address };
    const { id, deliveries } = await app.development.sendAndFinish(person, 'ads', {}, 30_000);
    expect(deliveries[0]).toMatchObject({ state: 'UNKNOWN', attempts: [{ outcome: 'UNKNOWN' }] });
    await report(app.development, { delivery: deliveries[0]?.id, attempt: 1, report: 'ACCEPTED' });
    const { deliveries: after } = await becomes(id, 'SENT');
    expect(after[0]?.attempts).toMatchObject([{ outcome: 'ACCEPTED', httpStatus: null }]);
  }, 60_000);

  it.each<[string, object]>([
    ['a delivery of no such form', { delivery: 'dlv_x_0' }],
    ['another kind of id', { delivery: 'ntf_00000000000000000000000000' }],
    ['nobody’s delivery', { delivery: 'dlv_00000000000000000000000000_0' }],
  ])('of %s answers as missing', async (_name, input) =>
    expect(await report(app.development, { report: 'DELIVERED', ...input })).toMatchObject({
      notification: null,
      userErrors: [{ field: ['input', 'delivery'], code: 'NOT_FOUND' }],
    }),
  );

  it('of an attempt or a delivery that never began answers as missing', async () => {
    const { delivery } = await taken('dee');
    for (const input of [{ delivery, attempt: 2 }, { delivery: delivery.replace(/_0$/, '_1') }])
      expect((await report(app.development, { report: 'ACCEPTED', ...input })).userErrors).toMatchObject([
        { field: ['input', 'delivery'], code: 'NOT_FOUND' },
      ]);
  });

  it('of the inbox answers as missing: no vendor carries it', async () => {
    await app.development.person('eve', { email: 'eve@example.com' });
    await app.development.online('eve');
    const { deliveries } = await app.development.sendAndFinish({ externalId: 'eve' }, 'chat');
    expect(deliveries[0]?.channel).toBe('INBOX');
    const answer = await report(app.development, { delivery: deliveries[0]?.id, report: 'BOUNCED' });
    expect(answer.userErrors[0]?.code).toBe('NOT_FOUND');
  });

  it('is short', async () => {
    const { delivery } = await taken('fay');
    const answer = await report(app.development, { delivery, report: 'BOUNCED', detail: 'x'.repeat(501) });
    expect(answer.userErrors).toMatchObject([{ field: ['input', 'detail'], code: 'TOO_LONG' }]);
  });

  it('stays in its environment, which is a TEST one, and is no person’s to say', async () => {
    const { id, delivery } = await taken('gus');
    const input = { delivery, report: 'BOUNCED' };
    expect(await report(app.production, input)).toMatchObject({
      notification: null,
      userErrors: [{ field: ['input'], code: 'NOT_A_TEST_ENVIRONMENT' }],
    });
    await app.production.mutate('createEnvironment', { key: 'staging', mode: 'TEST' }, 'environment { id }');
    const { secret } = await app.production.mutate<{ secret: string }>(
      'createApiKey',
      { name: 'ci', environment: 'staging' },
      'secret',
    );
    const staging = new Gateway(app.app.port, secret);
    expect((await report(staging, input)).userErrors[0]?.code).toBe('NOT_FOUND');
    const gus = await app.development.as('gus');
    const query = `mutation { simulateReport(input: { delivery: "${delivery}", report: BOUNCED }) { userErrors { code } } }`;
    const answer = await gus.raw({ query });
    expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([403, 'FORBIDDEN']);
    expect((await app.development.notification(id)).deliveries[0]?.state).toBe('SIMULATED');
  });
});
