import { describe } from 'vitest';
import { preferences } from '../../../src/routing/rules/preferences.js';
import { skips } from './cases.js';

const noMail = new Set(['EMAIL'] as const);

describe('preferences', () => {
  skips(preferences, [
    ['a channel that the person switched off is left out', { optOuts: noMail }, 'EMAIL', 'CATEGORY_OPT_OUT'],
    ['an inbox as well', { optOuts: new Set(['INBOX']) }, 'INBOX', 'CATEGORY_OPT_OUT'],
    ['the others stay', { optOuts: noMail }, 'SMS', null],
    ['a mandatory category goes all the same', { optOuts: noMail, category: { mandatory: true } }, 'EMAIL', null],
    ['security goes all the same', { optOuts: noMail, category: { class: 'SECURITY' } }, 'EMAIL', null],
    ['marketing does not', { optOuts: noMail, category: { class: 'MARKETING' } }, 'EMAIL', 'CATEGORY_OPT_OUT'],
  ]);
});
