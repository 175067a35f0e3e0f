import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { EventHandlers } from '../../src/core/event-stream.ts';
import type { InboxEvent } from '../../src/core/operations.ts';
import { follow } from '../../src/core/tab-follower.ts';
import type { Seat, TabMessage } from '../../src/core/tab-seat.ts';
import { personOf, tokenSource } from '../../src/core/token.ts';
import { tokenOf } from '../support/windows-server.ts';

const counts = { unseen: 0, unread: 0 };
const removed = (version: number): InboxEvent => ({ kind: 'InboxItemRemoved', version, counts, itemId: 'ii_1' });
const lead = (at: number | null, more: object = {}): TabMessage => ({
  kind: 'lead',
  leader: 'one',
  status: 'live',
  at,
  anew: false,
  ...more,
});

/** A tab that follows; its list is of `server.version` whenever it is read. */
function follower(server: { version: number }) {
  const said: TabMessage[] = [];
  const log: string[] = [];
  let known = 0;
  let working = true;
  const read = (): void => {
    known = server.version;
  };
  const handlers: EventHandlers = {
    async before() {
      log.push('before');
      if (!working) throw new Error('unreachable');
      await Promise.resolve();
      read();
      return known;
    },
    event(event, toast) {
      log.push(`event ${event.version}${toast ? ' toast' : ''}`);
      // What lies between was lost, unless the tab was told to read again.
      if (event.version > known + 1) throw new Error(`${event.version} told after ${known}`);
      known = Math.max(known, event.version);
    },
    missed() {
      log.push('missed');
      read();
    },
    userChanged: () => expect.unreachable(),
    status: (status) => void log.push(status),
    failed: () => expect.unreachable(),
    showsToasts: () => true,
  };
  const attention = { visible: true, focused: false, usedAt: 0, toasts: true };
  const seat: Seat = {
    id: 'me',
    handlers,
    at: null,
    say: (message) => void said.push(message),
    attention: () => attention,
  };
  return {
    role: follow(seat),
    seat,
    said,
    log,
    known: () => known,
    break: () => (working = false),
    mend: () => (working = true),
  };
}
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('a tab that follows', () => {
  it('knows at the end what the server has, whatever was lost on the way', async () => {
    const steps = fc.array(fc.constantFrom('told', 'told', 'lost', 'beat', 'pause'), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.nat(5), steps, async (start, steps) => {
        const server = { version: start };
        const tab = follower(server);
        for (const step of steps) {
          if (step === 'pause') await settled();
          if (step === 'beat') tab.role.hear(lead(server.version));
          if (step === 'told' || step === 'lost') {
            server.version += 1;
            const event = removed(server.version);
            if (step === 'told')
              tab.role.hear({ kind: 'event', leader: 'one', event, after: server.version - 1, toast: undefined });
          }
        }
        tab.role.hear(lead(server.version));
        await settled();
        expect(tab.known()).toBe(server.version);
        expect(tab.seat.at).toBe(server.version);
        expect(tab.log.at(-1)).toBe('live');
      }),
      { numRuns: 300 },
    );
  });

  it('reads first, then applies what was told meanwhile, and only what is newer', async () => {
    const server = { version: 7 };
    const tab = follower(server);
    tab.role.hear(lead(6));
    for (const version of [6, 7, 8])
      tab.role.hear({ kind: 'event', leader: 'one', event: removed(version), after: version - 1, toast: 'me' });
    expect(tab.log).toEqual(['connecting', 'before']);
    server.version = 7;
    await settled();
    expect(tab.log).toEqual(['connecting', 'before', 'live', 'event 8 toast']);
  });

  it('shows what it alone was told to show', async () => {
    const tab = follower({ version: 0 });
    tab.role.hear(lead(0));
    await settled();
    tab.role.hear({ kind: 'event', leader: 'one', event: removed(1), after: 0, toast: 'other' });
    tab.role.hear({ kind: 'event', leader: 'one', event: removed(2), after: 1, toast: 'me' });
    expect(tab.log.slice(-2)).toEqual(['event 1', 'event 2 toast']);
  });

  it('does not listen to a leader that was robbed, and introduces itself to the next', async () => {
    const tab = follower({ version: 0 });
    tab.role.hear(lead(0));
    await settled();
    const introductions = tab.said.length;
    tab.role.hear(lead(0, { leader: 'two' }));
    expect(tab.said).toHaveLength(introductions + 1);
    tab.role.hear({ kind: 'event', leader: 'one', event: removed(1), after: 0, toast: undefined });
    expect(tab.log).not.toContain('event 1');
    tab.role.hear(lead(1, { leader: 'two' }));
    expect(tab.log.slice(-2)).toEqual(['missed', 'live']);
  });

  it('begins anew when the server was set back', async () => {
    const server = { version: 20 };
    const tab = follower(server);
    tab.role.hear(lead(20));
    await settled();
    server.version = 5;
    tab.role.hear(lead(5, { anew: true, status: 'connecting' }));
    tab.role.hear(lead(5));
    await settled();
    expect(tab.log.slice(-2)).toEqual(['before', 'live']);
    expect([tab.seat.at, tab.known()]).toEqual([5, 5]);
  });

  it('obeys a reset at any version', async () => {
    const tab = follower({ version: 20 });
    tab.role.hear(lead(20));
    await settled();
    const event: InboxEvent = { kind: 'InboxReset', version: 5, counts, reason: 'TOO_OLD' };
    tab.role.hear({ kind: 'event', leader: 'one', event, after: 20, toast: undefined });
    tab.role.hear({ kind: 'event', leader: 'one', event: removed(6), after: 5, toast: undefined });
    expect(tab.log.slice(-2)).toEqual(['event 5', 'event 6']);
  });

  it('tries again what could not be read, but not at every word', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const tab = follower({ version: 0 });
    tab.break();
    tab.role.retry();
    await settled();
    tab.role.hear(lead(0));
    vi.setSystemTime(Date.now() + 1_000);
    tab.role.hear(lead(0));
    await settled();
    const { length } = tab.log.filter((word) => word === 'before');
    for (let word = 0; word < 20; word += 1) tab.role.hear(lead(0));
    await settled();
    expect(tab.log.filter((word) => word === 'before').length).toBeLessThanOrEqual(length + 1);
    tab.mend();
    vi.setSystemTime(Date.now() + 60_000);
    tab.role.hear(lead(0));
    await settled();
    expect(tab.log.at(-1)).toBe('live');
    vi.useRealTimers();
  });

  it('takes silence from one check to the next for the end of the leader', async () => {
    const tab = follower({ version: 0 });
    await settled();
    expect(tab.role.check()).toBe(true);
    tab.role.hear(lead(0));
    expect(tab.role.check()).toBe(true);
    expect(tab.role.check()).toBe(false);
  });
});

describe('whose token it is', () => {
  it('says the token, when it is one that says so', () => {
    expect(personOf(tokenOf('ana', '1'))).toBe(personOf(tokenOf('ana', '2')));
    expect(personOf(tokenOf('ana', '1'))).not.toBe(personOf(tokenOf('ben', '1')));
    expect(personOf(tokenOf('ÿ?>~ünï', '1'))).not.toBeNull();
    for (const token of ['', 'opaque', 'a.b.c', `x.${btoa('{"aud":"x"}')}.x`]) expect(personOf(token)).toBeNull();
  });

  it('is heard once per change, and by who listens first afterwards', async () => {
    vi.useFakeTimers();
    let token = tokenOf('ana', '1');
    let heard = 0;
    const source = tokenSource(() => token);
    const next = async (given: string): Promise<number> => {
      token = given;
      vi.setSystemTime(Date.now() + 2_000);
      await source.fresh();
      return heard;
    };
    source.watch(() => (heard += 1));
    expect(await next(tokenOf('ana', '1'))).toBe(0);
    expect(await next(tokenOf('ana', '2'))).toBe(0);
    expect(await next('opaque')).toBe(0);
    expect(await next(tokenOf('ben', '3'))).toBe(1);
    expect(await next(tokenOf('ben', '4'))).toBe(1);
    source.watch(null);
    expect(await next(tokenOf('ana', '5'))).toBe(1);
    source.watch(() => (heard += 1));
    expect(await next(tokenOf('ana', '6'))).toBe(2);
    vi.useRealTimers();
  });
});
