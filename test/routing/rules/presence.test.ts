import { describe } from 'vitest';
import type { Platform, PresenceState } from '../../../src/base/names.js';
import type { PresenceFact } from '../../../src/routing/facts.js';
import { presence } from '../../../src/routing/rules/presence.js';
import { ONLINE } from '../../support/arbitraries.js';
import { skips } from './cases.js';

const connected = (platform: Platform, state: PresenceState | null): PresenceFact => ({
  ...{ platform, state, connected: true },
});
const reported = (platform: Platform, state: PresenceState): PresenceFact => ({ platform, state, connected: false });
const rules = { onlyWhilePresent: ['WEB_PUSH', 'MOBILE_PUSH', 'SLACK'] } as const;

describe('presence', () => {
  skips(presence, [
    ['an inbox that nobody looks at is left out', { presence: [] }, 'INBOX', 'RECIPIENT_OFFLINE'],
    ['an inbox that is looked at is not', { presence: ONLINE }, 'INBOX', null],
    ['nor one in an app', { presence: [connected('MOBILE', null)] }, 'INBOX', null],
    ['nor one of somebody who does nothing for a while', { presence: [connected('WEB', 'IDLE')] }, 'INBOX', null],
    ['one that is open and left behind is', { presence: [connected('WEB', 'AWAY')] }, 'INBOX', 'RECIPIENT_AWAY'],
    [
      'unless another one is not',
      { presence: [connected('WEB', 'AWAY'), connected('MOBILE', null)] },
      ...(['INBOX', null] as const),
    ],
    [
      'what is said of where nothing is open shows nothing',
      { presence: [connected('WEB', 'AWAY'), reported('MOBILE', 'ACTIVE')] },
      ...(['INBOX', 'RECIPIENT_AWAY'] as const),
    ],
    ['a report alone opens no inbox', { presence: [reported('WEB', 'ACTIVE')] }, 'INBOX', 'RECIPIENT_OFFLINE'],
    ['mail reaches people who are away', { presence: [connected('WEB', 'AWAY')] }, 'EMAIL', null],
    ['and people who are there', { presence: ONLINE }, 'EMAIL', null],
    [
      'who is away from Slack is not written to there',
      { presence: [reported('SLACK', 'AWAY')] },
      'SLACK',
      'RECIPIENT_AWAY',
    ],
    ['who is idle there is', { presence: [reported('SLACK', 'IDLE')] }, 'SLACK', null],
    ['and of whom nobody said anything', { presence: ONLINE }, 'SLACK', null],
    ['a push goes to people who are away', { presence: [connected('WEB', 'AWAY')] }, 'WEB_PUSH', null],
    ['where the category wants it to', { presence: [], category: { rules } }, 'WEB_PUSH', 'RECIPIENT_OFFLINE'],
    [
      'to those who are there alone',
      { presence: [connected('WEB', 'AWAY')], category: { rules } },
      ...(['WEB_PUSH', 'RECIPIENT_AWAY'] as const),
    ],
    ['to a page on a phone as well', { presence: [connected('MOBILE', null)], category: { rules } }, 'WEB_PUSH', null],
    ['a page is no phone', { presence: ONLINE, category: { rules } }, 'MOBILE_PUSH', 'RECIPIENT_OFFLINE'],
    [
      'a phone that a host speaks of is one',
      { presence: [reported('MOBILE', 'IDLE')], category: { rules } },
      'MOBILE_PUSH',
      null,
    ],
    [
      'and so is Slack, where nobody said anything',
      { presence: ONLINE, category: { rules } },
      'SLACK',
      'RECIPIENT_OFFLINE',
    ],
  ]);
});
