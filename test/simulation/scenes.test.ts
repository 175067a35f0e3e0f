import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SendRequest } from '../../src/send/request.js';
import { cancelSend } from '../../src/send/cancel.js';
import { insertConnections } from '../../src/store/presence.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { KINDS, MINUTE, type Parts } from './cast.ts';
import type { Asked } from './gate.ts';
import { Server } from './server.ts';
import { onStage, type Stage, type Verdict } from './story.ts';

let database: FreshDatabase;
let server: Server;

beforeAll(async () => {
  database = await freshDatabase();
  server = await Server.open(database.url);
});

afterAll(async () => {
  await server.close();
  await database[Symbol.asyncDispose]();
});

const PARTS: Parts = {
  processes: 2,
  categories: [{ key: 'mail', class: 'TRANSACTIONAL', channels: ['EMAIL'], onAmbiguous: 'FAIL' }],
  people: [1, 2, 3, 4, 5, 6].map((nth) => ({ externalId: `person-${nth}` })),
  integrations: [{ channel: 'EMAIL', kind: 'plain' }],
};

/** Plays a scene that is written by hand, and holds it against everything that every story is held against. */
async function scene(parts: Partial<Parts>, act: (stage: Stage) => Promise<void> | void): Promise<Verdict> {
  const verdict = await onStage(server, 'scene', { ...PARTS, ...parts }, async (stage) => {
    await act(stage);
    return stage.end();
  });
  expect(verdict.findings, verdict.told.join('\n')).toEqual([]);
  return verdict;
}

function send(stage: Stage, key: string, people: number, more: Partial<SendRequest> = {}): void {
  const { world, cast, told } = stage;
  const request: SendRequest = {
    ...{ idempotencyKey: key, topic: null, audience: null, template: null, data: null, channels: null, brand: null },
    ...{ to: cast.people.slice(0, people).map(({ externalId }) => ({ externalId })), category: 'mail' },
    content: { title: key, body: 'Words', url: null, data: null },
    ...{ sendAt: null, expiresAt: null, tags: [key], tenant: null, ...more },
  };
  if (request.idempotencyKey !== null) told.asked.set(key, request);
  world.act(`send ${key}`, async ({ acceptor }) => {
    const answer = await acceptor.accept(cast.environmentId, request);
    if ('send' in answer) told.accepted.set(key, (told.accepted.get(key) ?? new Set()).add(answer.send.id));
  });
}

const isClaim = ({ text, params }: Asked): boolean =>
  text.includes('with step as') && JSON.stringify(params).includes('attempt.started');

it('a process that was frozen between its claim and its call does not call', async () => {
  const { end } = await scene({}, (stage) => {
    const { world } = stage;
    let frozen = false;
    world.faultAt = (asked) => {
      if (frozen || !isClaim(asked)) return null;
      frozen = true;
      asked.owner.frozenUntil = world.timeline.now + 19_000;
      return 'late';
    };
    send(stage, 'a', 1);
  });
  const history = end.notifications[0]?.history.map(({ event }) => event) ?? [];
  expect(history.filter((event) => 'code' in event && event.code === 'LEASE_TOO_OLD')).toHaveLength(1);
  expect(end.notifications[0]?.state).toBe('COMPLETED');
});

it('what waits for its next attempt is woken', async () => {
  const { end, calls } = await scene({}, (stage) => {
    const [vendor] = stage.vendors;
    if (vendor) vendor.mood = { retry: 1 };
    stage.world.at(stage.world.timeline.now + 10 * MINUTE, 'well', () => {
      if (vendor) vendor.mood = { accept: 1 };
    });
    send(stage, 'a', 1);
  });
  expect(end.notifications[0]?.state).toBe('COMPLETED');
  expect(calls.length).toBeGreaterThan(3);
});

it('what a process had in hand when it died is carried on by its net', async () => {
  const { end } = await scene({}, (stage) => {
    const { world } = stage;
    let dead = false;
    world.faultAt = (asked) => {
      if (!dead && isClaim(asked)) {
        dead = true;
        world.doom(asked.owner);
        return 'before';
      }
      return null;
    };
    send(stage, 'a', 3);
  });
  expect(end.notifications.map((one) => one.state)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
});

it('a decision that was made before a cancel is not written after it', async () => {
  const { end, calls } = await scene({}, (stage) => {
    const { world, cast, told } = stage;
    let canceled = false;
    world.isHeld = (asked) => !canceled && isClaim(asked);
    send(stage, 'a', 2);
    world.at(world.timeline.now + 2_000, 'cancel', () =>
      world.act('cancel', async (process) => {
        const [id = ''] = told.accepted.get('a') ?? [];
        told.canceled.add(id);
        await cancelSend(process, cast.environmentId, id);
        canceled = true;
      }),
    );
  });
  expect(end.notifications.map((one) => one.state)).toEqual(['CANCELED', 'CANCELED']);
  expect(calls).toEqual([]);
});

it('of an integration whose circuit is half open, one call at a time finds out', async () => {
  const { calls } = await scene({}, (stage) => {
    const { world } = stage;
    const [vendor] = stage.vendors;
    if (vendor) vendor.mood = { retry: 1 };
    send(stage, 'opens', 6);
    const later = world.timeline.now + 20 * MINUTE;
    world.at(later, 'well', () => {
      if (vendor) vendor.mood = { accept: 1 };
    });
    for (let nth = 0; nth < 4; nth += 1) world.at(later - 1_000, 'more', () => send(stage, `more ${nth}`, 6));
  });
  expect(calls.length).toBeGreaterThan(30);
});

it('a key that is used again, at once or later, is one send; a refused send leaves it free', async () => {
  const { end } = await scene({}, (stage) => {
    const { world } = stage;
    send(stage, 'a', 2);
    send(stage, 'a', 2);
    world.at(world.timeline.now + 40 * MINUTE, 'again', () => send(stage, 'a', 2));
    send(stage, 'refused', 1, { category: 'unknown' });
    world.at(world.timeline.now + MINUTE, 'again', () => send(stage, 'refused', 1));
  });
  expect(end.sends.map((one) => one.key)).toEqual(['a', 'refused']);
});

it('a commit whose answer was lost is not repeated behind the backs of callers', async () => {
  const { end } = await scene({ processes: 1 }, (stage) => {
    let lost = false;
    stage.world.faultAt = (asked) => {
      if (lost || asked.text !== 'commit') return null;
      lost = true;
      return 'after';
    };
    // Nobody repeats these: they have no key under which that would be safe.
    stage.world.givesUp = true;
    for (const key of ['x', 'y', 'z']) send(stage, key, 1, { idempotencyKey: null });
  });
  expect(end.sends.map((one) => one.key).sort()).toEqual(['x', 'y', 'z']);
});

it('what may have been taken waits for its key; the next channel would be a second message', async () => {
  expect(KINDS.keyed.keyMs).toBeGreaterThan(MINUTE);
  const { calls } = await scene(
    {
      categories: [{ key: 'mail', channels: ['EMAIL', 'SMS'], onAmbiguous: 'FAIL', failover: 'AT_ONCE' }],
      people: [{ externalId: 'person-1', phone: '+4915100000' }],
      integrations: [
        { channel: 'EMAIL', kind: 'keyed' },
        { channel: 'SMS', kind: 'plain' },
      ],
    },
    (stage) => {
      const [mail] = stage.vendors;
      if (mail) mail.mood = { 'lose answer': 1 };
      stage.world.at(stage.world.timeline.now + 2_000, 'well', () => {
        if (mail) mail.mood = { accept: 1 };
      });
      send(stage, 'a', 1);
    },
  );
  expect(calls.map((call) => call.channel)).toEqual(['EMAIL', 'EMAIL']);
});

it('somebody who comes online when a quiet copy lies in the inbox gets no second item', async () => {
  const categories: Parts['categories'] = [{ key: 'mail', channels: ['INBOX', 'EMAIL'], inboxCopy: 'ALWAYS' }];
  const { end } = await scene({ categories }, (stage) => {
    const { world, cast, vendors } = stage;
    const [vendor] = vendors;
    if (vendor) vendor.mood = { retry: 1 };
    send(stage, 'a', 1);
    const recipient_id = cast.people[0]?.id ?? '';
    const place = {
      instance_id: cast.instanceId,
      id: cast.instanceId,
      environment_id: cast.environmentId,
      recipient_id,
    };
    world.at(world.timeline.now + 2_000, 'comes', () => {
      if (vendor) vendor.mood = { accept: 1 };
      world.act('somebody comes', ({ database, clock }) =>
        insertConnections(database.db, [{ ...place, platform: 'WEB' }], clock.now()),
      );
    });
  });
  expect(end.notifications.map((one) => one.state)).toEqual(['COMPLETED']);
  expect(end.items).toHaveLength(1);
});
