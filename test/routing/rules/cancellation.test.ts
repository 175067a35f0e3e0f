import { describe } from 'vitest';
import { cancellation } from '../../../src/routing/rules/cancellation.js';
import { gates } from './cases.js';

describe('cancellation', () => {
  gates(cancellation, [
    ['ends what was canceled', { canceled: true }, { kind: 'finish', state: 'CANCELED', reason: 'CANCELED' }],
    ['lets everything else pass', {}, null],
  ]);
});
