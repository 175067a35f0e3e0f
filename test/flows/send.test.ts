import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import { SmtpSink } from '../support/smtp-sink.js';

let app: TestApp;
let sink: SmtpSink;

beforeAll(async () => {
  [app, sink] = await Promise.all([startTestApp(), SmtpSink.start()]);
  await app.production.integration('mail', 'smtp', sink.settings);
  await app.production.category('orders', { ackTimeout: 'PT1S' });
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
});

describe('one send, the right channel', () => {
  test('an online person gets it in the app, acknowledged, and no e-mail', async () => {
    await app.production.person('ana', { email: 'ana@example.com' });
    await using widget = await app.production.online('ana');
    const done = app.production.sendAndFinish({ externalId: 'ana' }, 'orders', {
      content: { title: 'Packed', body: 'On its way' },
    });
    const event = await widget.addedTitle('Packed');
    expect(event.counts).toEqual({ unseen: 1, unread: 1 });
    const notification = await done;
    expect(notification.state).toBe('COMPLETED');
    expect(notification.deliveries.map(({ channel, state }) => [channel, state])).toEqual([['INBOX', 'DELIVERED']]);
    expect(notification.timeline.map((entry) => entry.type)).toEqual([
      'notification.accepted',
      'notification.routed',
      'inbox.placed',
      'inbox.displayed',
      'notification.completed',
    ]);
    expect(sink.to('ana@example.com')).toEqual([]);
  });

  test('an offline person gets exactly one e-mail, and the plan says why', async () => {
    await app.production.person('ben', { email: 'ben@example.com' });
    const notification = await app.production.sendAndFinish({ externalId: 'ben' }, 'orders', {
      content: { title: 'Grüße, Ben', body: 'Déjà 送った' },
    });
    expect(notification.state).toBe('COMPLETED');
    expect(notification.plan.steps.map((step) => [step.channel, step.decision, step.reason])).toEqual([
      ['INBOX', 'SKIP', 'RECIPIENT_OFFLINE'],
      ['EMAIL', 'SEND', 'ACCEPTED'],
    ]);
    expect(notification.deliveries[0]).toMatchObject({
      channel: 'EMAIL',
      state: 'SENT',
      address: 'ben@example.com',
      provider: 'smtp',
    });
    expect(notification.deliveries[0]?.attempts).toMatchObject([
      { number: 1, integration: 'mail', outcome: 'ACCEPTED', code: '250' },
    ]);
    expect(sink.to('ben@example.com')).toHaveLength(1);
    expect(sink.to('ben@example.com')[0]?.source).toContain(`<${notification.deliveries[0]?.providerId?.slice(1)}`);
  });

  test('an online client that never says "shown" gets the e-mail after the acknowledgement timeout', async () => {
    await app.production.person('cy', { email: 'cy@example.com' });
    await using widget = await app.production.online('cy', { acknowledge: false });
    const notification = await app.production.sendAndFinish({ externalId: 'cy' }, 'orders', {
      content: { title: 'Silent', body: '…' },
    });
    expect(notification.deliveries.map(({ channel, state, reason }) => [channel, state, reason])).toEqual([
      ['INBOX', 'UNDELIVERED', 'NOT_ACKNOWLEDGED'],
      ['EMAIL', 'SENT', null],
    ]);
    expect(sink.to('cy@example.com')).toHaveLength(1);
    // It went elsewhere, so it does not lie in the inbox either.
    const removed = await widget.event((event) => event.type === 'InboxItemRemoved', 'the item to be taken back');
    expect(removed.counts).toEqual({ unseen: 0, unread: 0 });
  });

  test('offline without an address is UNROUTABLE with the reason of every channel', async () => {
    await app.production.person('dee');
    const notification = await app.production.sendAndFinish({ externalId: 'dee' }, 'orders');
    expect(notification.state).toBe('UNROUTABLE');
    expect(notification.plan.steps.map((step) => [step.channel, step.decision, step.reason, step.explanation])).toEqual(
      [
        ['INBOX', 'SKIP', 'RECIPIENT_OFFLINE', 'the person is not online'],
        ['EMAIL', 'SKIP', 'NO_ENDPOINT', 'the person has no e-mail address'],
      ],
    );
    expect(notification.timeline.at(-1)).toMatchObject({
      type: 'notification.unroutable',
      reason: 'ALL_CHANNELS_SKIPPED',
    });
  });

  test('a channel without a provider says that it is not set up', async () => {
    await app.production.person('eve', { phone: '+14155550123' });
    const notification = await app.production.sendAndFinish({ externalId: 'eve' }, 'orders', {
      channels: ['SMS', 'SLACK'],
    });
    expect(notification.plan.steps.map((step) => [step.channel, step.reason])).toEqual([
      ['SMS', 'NO_INTEGRATION'],
      ['SLACK', 'NO_ENDPOINT'],
    ]);
  });

  test('a person described in place is made first; the same address is the same person again', async () => {
    const first = await app.production.sendAndFinish({ email: 'Fay@Example.com' }, 'orders');
    const second = await app.production.sendAndFinish({ externalId: 'email:fay@example.com' }, 'orders');
    expect([first.state, second.state]).toEqual(['COMPLETED', 'COMPLETED']);
    expect(sink.to('Fay@Example.com')).toHaveLength(2);
  });

  test('what went by e-mail also lies in the inbox where the category wants it, without a toast', async () => {
    await app.production.category('digest', { inboxCopy: 'ALWAYS', channels: ['INBOX', 'EMAIL'] });
    await app.production.person('gus', { email: 'gus@example.com' });
    await app.production.sendAndFinish({ externalId: 'gus' }, 'digest', { content: { title: 'Copy', body: 'B' } });
    const gus = await app.production.as('gus');
    const { inbox } = await gus.query<{ inbox: { nodes: { title: string; toast: boolean }[]; counts: object } }>(
      '{ inbox { nodes { title toast } counts { unread unseen } } }',
    );
    expect(inbox).toEqual({ nodes: [{ title: 'Copy', toast: false }], counts: { unread: 1, unseen: 1 } });
  });

  test('1,000 people in one call are 1,000 notifications', async () => {
    const to = Array.from({ length: 1000 }, (_, n) => ({ externalId: `crowd-${n}`, email: `crowd-${n}@example.com` }));
    const { send } = await app.development
      .mutate<{ send: { id: string } }>(
        'send',
        { to, category: 'orders', content: { title: 'All', body: 'B' } },
        'send { id }',
      )
      .catch(async () => {
        await app.development.category('orders');
        return app.development.mutate<{ send: { id: string } }>(
          'send',
          { to, category: 'orders', content: { title: 'All', body: 'B' } },
          'send { id }',
        );
      });
    const seen = new Set<string>();
    for (let after: string | null = null, more = true; more;) {
      const data: {
        notifications: {
          nodes: { id: string; state: string }[];
          pageInfo: { hasNextPage: boolean; endCursor: string };
        };
      } = await app.development.query(
        'query($s: ID!, $a: String) { notifications(filter: { sendId: $s }, first: 100, after: $a) { nodes { id state } pageInfo { hasNextPage endCursor } } }',
        { s: send.id, a: after },
      );
      for (const node of data.notifications.nodes) seen.add(node.id);
      after = data.notifications.pageInfo.endCursor;
      more = data.notifications.pageInfo.hasNextPage;
    }
    expect(seen.size).toBe(1000);
    for (const id of [...seen].slice(0, 5))
      expect((await app.development.finished(id)).deliveries[0]?.state).toBe('SIMULATED');
  });
});
