import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChannelName, Platform } from '../../src/base/names.js';
import { channelsAt } from '../../src/routing/channels-at.js';
import type { PresenceFact } from '../../src/routing/facts.js';
import { activePlatforms } from '../../src/routing/presence.js';
import type { CategoryRules } from '../../src/routing/profile.js';
import { anyFacts, facts, NOON, ONLINE } from '../support/arbitraries.js';
import { span } from '../support/local-times.js';

type Known = Parameters<typeof facts>[0];

const channels: ChannelName[] = ['INBOX', 'EMAIL', 'SLACK', 'MOBILE_PUSH'];
const rules: CategoryRules = {
  channelsAt: [
    { ...span('09:00', '17:00', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'), channels: ['SLACK', 'EMAIL'] },
    { ...span('17:00', '22:00'), channels: ['MOBILE_PUSH', 'SMS'] },
    { ...span('21:00', '23:00'), channels: ['EMAIL'] },
  ],
};

describe('the order of channels', () => {
  it.each<[string, Known, ChannelName[]]>([
    ['is the one of the time of day, then the others', {}, ['SLACK', 'EMAIL', 'INBOX', 'MOBILE_PUSH']],
    // 21:00, where two spans hold: the first one counts. SMS is none of the category's.
    [
      'goes by the time where the person is',
      { person: { timeZone: 'Asia/Tokyo' } },
      ['MOBILE_PUSH', 'INBOX', 'EMAIL', 'SLACK'],
    ],
    ['is the category’s at other times', { person: { timeZone: 'America/Los_Angeles' } }, channels],
    [
      'begins with what the person chose',
      { person: { channels: ['INBOX'] } },
      ['INBOX', 'SLACK', 'EMAIL', 'MOBILE_PUSH'],
    ],
    ['is the caller’s where there is one', { requestedChannels: ['SMS', 'EMAIL'] }, ['SMS', 'EMAIL']],
  ])('%s', (_name, known, order) =>
    expect(channelsAt(facts({ ...known, category: { channels, rules } }), NOON)).toEqual(order),
  );
});

const active = (...platforms: Platform[]): readonly PresenceFact[] =>
  platforms.map((platform) => ({ platform, connected: false, state: 'ACTIVE' }));

describe('where the platform that is active comes first', () => {
  const preferring = {
    channels: ['INBOX', 'EMAIL', 'SLACK', 'WEB_PUSH', 'MOBILE_PUSH'] as const,
    rules: { preferActivePlatform: true },
  };
  it.each<[string, Known, ChannelName[]]>([
    ['nobody anywhere changes nothing', {}, ['INBOX', 'EMAIL', 'SLACK', 'WEB_PUSH', 'MOBILE_PUSH']],
    [
      'a page brings its inbox and its push',
      { presence: ONLINE },
      ['INBOX', 'WEB_PUSH', 'EMAIL', 'SLACK', 'MOBILE_PUSH'],
    ],
    [
      'an app brings its push',
      { presence: [{ platform: 'MOBILE', connected: true, state: null }] },
      ['MOBILE_PUSH', 'INBOX', 'EMAIL', 'SLACK', 'WEB_PUSH'],
    ],
    ['Slack brings itself', { presence: active('SLACK') }, ['SLACK', 'INBOX', 'EMAIL', 'WEB_PUSH', 'MOBILE_PUSH']],
    [
      'several come in the order of the category',
      { presence: active('MOBILE', 'SLACK') },
      ['SLACK', 'MOBILE_PUSH', 'INBOX', 'EMAIL', 'WEB_PUSH'],
    ],
    [
      'who only sits there is not active',
      { presence: [{ platform: 'SLACK', connected: false, state: 'IDLE' }] },
      ['INBOX', 'EMAIL', 'SLACK', 'WEB_PUSH', 'MOBILE_PUSH'],
    ],
    [
      'what the person chose comes before it',
      { presence: active('MOBILE'), person: { channels: ['EMAIL'] } },
      ['EMAIL', 'MOBILE_PUSH', 'INBOX', 'SLACK', 'WEB_PUSH'],
    ],
    [
      'and what the caller asked for',
      { presence: active('MOBILE'), requestedChannels: ['EMAIL', 'MOBILE_PUSH'] },
      ['EMAIL', 'MOBILE_PUSH'],
    ],
  ])('%s', (_name, known, order) => expect(channelsAt(facts({ ...known, category: preferring }), NOON)).toEqual(order));

  it('no channel is lost, none comes twice, and those that are alike keep their order', () =>
    fc.assert(
      fc.property(anyFacts, (drawn) => {
        const [before, after] = [false, true].map((preferActivePlatform) => {
          const rules = { ...drawn.category.rules, preferActivePlatform };
          return channelsAt({ ...drawn, category: { ...drawn.category, rules } }, NOON);
        }) as [ChannelName[], ChannelName[]];
        expect([...after].sort()).toEqual([...before].sort());
        const there = activePlatforms(drawn);
        const isFirst = (channel: ChannelName): boolean => {
          const [home] = drawn.traits[channel].platforms;
          return home !== undefined && there.has(home);
        };
        const chosen = new Set([...(drawn.requestedChannels ?? drawn.person.channels ?? [])]);
        for (const kind of [true, false]) {
          const same = (channel: ChannelName): boolean => !chosen.has(channel) && isFirst(channel) === kind;
          expect(after.filter(same)).toEqual(before.filter(same));
        }
      }),
    ));
});
