import { describe } from 'vitest';
import { throttle } from '../../../src/routing/rules/throttle.js';
import { at } from '../events.js';
import { gates } from './cases.js';

const key = { key: 'code', max: 1, periodMs: 60_000 };
const ended = { kind: 'finish', state: 'SUPPRESSED', reason: 'THROTTLED_KEY' } as const;

describe('throttle', () => {
  gates(throttle, [
    ['ends what comes too soon', { throttle: { ...key, usedUpUntil: at(60) } }, ended],
    ['ends SECURITY, too', { throttle: { ...key, usedUpUntil: at(60) }, category: { class: 'SECURITY' } }, ended],
    ['lets pass at that very instant', { throttle: { ...key, usedUpUntil: at(0) } }, null],
    ['lets pass what has room', { throttle: { ...key, usedUpUntil: null } }, null],
    ['lets pass what has no key', {}, null],
  ]);
});
