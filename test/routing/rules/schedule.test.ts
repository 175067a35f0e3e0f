import { describe } from 'vitest';
import { schedule } from '../../../src/routing/rules/schedule.js';
import { at } from '../events.js';
import { gates } from './cases.js';

describe('schedule', () => {
  gates(schedule, [
    ['holds until the time of the sender', { sendAt: at(60) }, { kind: 'hold', until: at(60), reason: 'SCHEDULED' }],
    ['lets pass at that very instant', { sendAt: at(0) }, null],
    ['lets pass what is late', { sendAt: at(-60) }, null],
    ['lets pass what has no time', {}, null],
  ]);
});
