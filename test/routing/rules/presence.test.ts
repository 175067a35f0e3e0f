import { describe } from 'vitest';
import { presence } from '../../../src/routing/rules/presence.js';
import { skips } from './cases.js';

describe('presence', () => {
  skips(presence, [
    ['an inbox that nobody looks at is left out', { online: false }, 'INBOX', 'RECIPIENT_OFFLINE'],
    ['an inbox that is looked at is not', { online: true }, 'INBOX', null],
    ['mail reaches people who are away', { online: false }, 'EMAIL', null],
    ['and people who are there', { online: true }, 'EMAIL', null],
  ]);
});
