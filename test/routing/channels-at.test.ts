import { describe, expect, it } from 'vitest';
import type { ChannelName } from '../../src/base/names.js';
import { channelsAt } from '../../src/routing/channels-at.js';
import type { CategoryRules } from '../../src/routing/profile.js';
import { facts, NOON } from '../support/arbitraries.js';
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
