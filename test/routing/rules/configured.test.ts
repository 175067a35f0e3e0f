import { describe } from 'vitest';
import { configured } from '../../../src/routing/rules/configured.js';
import { integration } from '../../support/arbitraries.js';
import { skips } from './cases.js';

const [on, off] = [integration('EMAIL', 'mail'), integration('EMAIL', 'spare', false)];

describe('configured', () => {
  skips(configured, [
    ['a channel without a provider is left out', { integrations: [] }, 'EMAIL', 'NO_INTEGRATION'],
    ['a provider of another channel does not help', { integrations: [on] }, 'SMS', 'NO_INTEGRATION'],
    ['one that is switched off is told apart', { integrations: [off] }, 'EMAIL', 'INTEGRATION_DISABLED'],
    ['one that is on is enough', { integrations: [off, on] }, 'EMAIL', null],
    ['the inbox needs none', { integrations: [] }, 'INBOX', null],
  ]);
});
