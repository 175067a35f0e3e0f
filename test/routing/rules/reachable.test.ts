import { describe } from 'vitest';
import { reachable } from '../../../src/routing/rules/reachable.js';
import { endpoint } from '../../support/arbitraries.js';
import { skips } from './cases.js';

const [alive, dead] = [endpoint('EMAIL', 'ana@example.com'), endpoint('EMAIL', 'ana@example.org', true)];

describe('reachable', () => {
  skips(reachable, [
    ['a channel without an address is left out', { endpoints: [] }, 'EMAIL', 'NO_ENDPOINT'],
    ['an address of another channel does not help', { endpoints: [alive] }, 'SMS', 'NO_ENDPOINT'],
    ['a dead address is told apart', { endpoints: [dead] }, 'EMAIL', 'ENDPOINT_RETIRED'],
    ['one that lives is enough', { endpoints: [dead, alive] }, 'EMAIL', null],
    ['the inbox needs none', { endpoints: [] }, 'INBOX', null],
  ]);
});
