import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  await app.development.category('orders', { channels: ['EMAIL'] });
  await app.development.category('chat', { channels: ['INBOX', 'EMAIL'], ackTimeout: 'PT10M' });
  await app.development.person('ben', { email: 'ben@example.com' });
});

afterAll(() => app[Symbol.asyncDispose]());

const record = (caller: Gateway, input: object) =>
  caller.attempt<{ recorded: boolean }>('recordEngagement', input, 'recorded');

/** A notification to somebody, taken by the simulator. */
async function sent(externalId: string): Promise<string> {
  return (await app.development.sendAndFinish({ externalId, email: `${externalId}@example.com` }, 'orders')).id;
}

async function engagements(id: string): Promise<{ kind: string; at: string }[]> {
  const { notification } = await app.development.query<{
    notification: { engagements: { kind: string; at: string }[] };
  }>('query($id: ID!) { notification(id: $id) { engagements { kind at } } }', { id });
  return notification.engagements;
}

/** The engagements that the timeline tells of. */
async function told(id: string): Promise<(string | null)[]> {
  const { timeline } = await app.development.notification(id);
  return timeline.filter((entry) => entry.type === 'engagement.recorded').map((entry) => entry.detail);
}

describe('what a person did', () => {
  it('is recorded once a kind, however often and from wherever it is said', async () => {
    const id = await sent('ana');
    const ana = await app.development.as('ana');
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, nth) =>
        record(nth % 2 === 0 ? ana : app.development, { notification: id, kind: 'OPENED' }),
      ),
    );
    expect(answers.filter((answer) => answer.recorded).length).toBe(1);
    expect(await record(ana, { notification: id, kind: 'CLICKED' })).toEqual({ recorded: true, userErrors: [] });
    expect(await record(app.development, { notification: id, kind: 'CLICKED' })).toMatchObject({ recorded: false });
    expect((await engagements(id)).map((one) => one.kind)).toEqual(['OPENED', 'CLICKED']);
    expect(await told(id)).toEqual(['OPENED', 'CLICKED']);
  });

  it('stands with its own time, which clocks may have a little wrong', async () => {
    const id = await sent('ana');
    const at = new Date(Date.now() - 30_000).toISOString();
    expect(await record(app.development, { notification: id, kind: 'READ', at })).toMatchObject({ recorded: true });
    const ahead = new Date(Date.now() + 30_000).toISOString();
    expect(await record(app.development, { notification: id, kind: 'ACTED', at: ahead })).toMatchObject({
      recorded: true,
    });
    const [read, acted] = await engagements(id);
    expect(read).toEqual({ kind: 'READ', at });
    expect(Date.parse(acted?.at ?? '')).toBeLessThan(Date.parse(ahead));
  });

  it.each([
    ['tomorrow', 86_400_000],
    ['before it was sent', -86_400_000],
  ])('was not done %s', async (_name, offMs) => {
    const at = new Date(Date.now() + offMs).toISOString();
    expect(await record(app.development, { notification: await sent('ana'), kind: 'READ', at })).toMatchObject({
      recorded: false,
      userErrors: [{ field: ['input', 'at'], code: 'INVALID_TIME' }],
    });
  });

  it('is theirs to say, or a service’s of the same environment: anything else answers as missing', async () => {
    const id = await sent('ana');
    for (const stranger of [await app.development.as('ben'), app.production])
      expect(await record(stranger, { notification: id, kind: 'READ' })).toMatchObject({
        recorded: false,
        userErrors: [{ field: ['input', 'notification'], code: 'NOT_FOUND' }],
      });
    for (const notification of ['ntf_x', 'snd_00000000000000000000000000', ''])
      expect((await record(app.development, { notification, kind: 'READ' })).userErrors).toMatchObject([
        { field: ['input', 'notification'], code: 'NOT_FOUND' },
      ]);
    expect(await engagements(id)).toEqual([]);
  });

  it('is one of a closed set, and somebody says it', async () => {
    const query = (kind: string) =>
      `mutation { recordEngagement(input: { notification: "ntf_x", kind: ${kind} }) { recorded } }`;
    const unknown = await app.development.raw({ query: query('LOVED') });
    expect([unknown.status, unknown.errors[0]?.extensions.code]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
    const nobody = await app.development.raw({ query: query('READ') }, { authorization: '' });
    expect([nobody.status, nobody.errors[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  });
});

describe('a mark in the inbox', () => {
  /** A notification that lies in somebody's inbox and waits for being shown. */
  async function waiting(externalId: string): Promise<{ id: string; item: string; person: Gateway; version: number }> {
    await app.development.person(externalId, { email: `${externalId}@example.com` });
    await app.development.online(externalId, { acknowledge: false });
    const person = await app.development.as(externalId);
    const { notificationIds } = await app.development.send([{ externalId }], 'chat');
    const inbox = await until(async () => {
      const data = await person.query<{ inbox: { version: number; nodes: { id: string }[] } }>(
        '{ inbox { version nodes { id } } }',
      );
      // The version may have been read a moment before the item came.
      return data.inbox.nodes.length === 1 && data.inbox.version > 0 && data.inbox;
    }, 'the item to lie in the inbox');
    return { id: notificationIds[0] as string, item: inbox.nodes[0]?.id as string, person, version: inbox.version };
  }

  const mark = (person: Gateway, ids: string[], how: string) =>
    person.mutate('markInboxItems', { ids, mark: how }, 'items { id }');

  it('is heard while the notification still listens, also of the whole list', async () => {
    const { id, item, person, version } = await waiting('cy');
    await person.mutate('markAllInboxItems', { mark: 'SEEN', upToVersion: version }, 'changedCount');
    await person.mutate('markAllInboxItems', { mark: 'UNREAD', upToVersion: version }, 'changedCount');
    expect(await told(id)).toEqual(['SEEN']);
    await mark(person, [item], 'ARCHIVED');
    await mark(person, [item], 'UNARCHIVED');
    await mark(person, [item], 'ARCHIVED');
    expect(await told(id)).toEqual(['SEEN', 'ACTED']);
    // Putting it away was an answer: the notification has ended.
    expect((await app.development.finished(id)).state).toBe('COMPLETED');
  });

  it('costs no event once the notification has finished, and is known all the same', async () => {
    const { id, item, person } = await waiting('dee');
    await person.mutate('acknowledgeInboxItems', { ids: [item] }, 'acknowledgedCount');
    await app.development.finished(id);
    await mark(person, [item], 'READ');
    expect(await told(id)).toEqual([]);
    expect((await engagements(id)).map((one) => one.kind)).toEqual(['SEEN', 'READ']);
    // The item names its notification to the person, who knows no other name of it.
    expect(await record(person, { notification: item, kind: 'CLICKED' })).toMatchObject({ recorded: true });
    expect((await engagements(id)).map((one) => one.kind)).toEqual(['SEEN', 'READ', 'CLICKED']);
  });

  it('of others in the same list is not mistaken for this one’s', async () => {
    const { id, person, version } = await waiting('eve');
    const other = { mark: 'READ', upToVersion: version, category: ['orders'] };
    await person.mutate('markAllInboxItems', other, 'changedCount');
    await person.mutate('markAllInboxItems', { mark: 'READ', upToVersion: version - 1 }, 'changedCount');
    expect(await told(id)).toEqual([]);
  });
});
