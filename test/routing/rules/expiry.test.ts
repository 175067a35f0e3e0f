import { describe } from 'vitest';
import { expiry } from '../../../src/routing/rules/expiry.js';
import { at } from '../events.js';
import { gates } from './cases.js';

const expired = { kind: 'finish', state: 'EXPIRED', reason: 'EXPIRED' } as const;

describe('expiry', () => {
  gates(expiry, [
    ['ends what is past its time', { expiresAt: at(-1) }, expired],
    ['ends it at that very instant', { expiresAt: at(0) }, expired],
    ['wins over a later time to send', { expiresAt: at(0), sendAt: at(60) }, expired],
    ['lets pass what is still worth sending', { expiresAt: at(0.001) }, null],
    ['lets pass what has no end', {}, null],
  ]);
});
