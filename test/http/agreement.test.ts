import { describe, expect, it, test } from 'vitest';
import { advertising, agreedField, agreementOf } from '../../src/http/agreement.js';
import { html } from '../../src/base/html.js';
import type { CellView, PreferencesView, RowView } from '../../src/http/people-views.js';
import { LANGUAGES, wordsFor } from '../../src/http/people-words.js';

const EMAIL: CellView = { channel: 'EMAIL', editable: true, cadences: [], atOnce: true, consent: 'TICK' };
const DEALS: RowView = {
  ...{ key: 'deals', name: 'Deals <b>', description: 'What is cheap', expected: 'One a week', locked: null },
  ...{ cells: [EMAIL], firsts: [], pausable: true },
  terms: { termsUrl: 'https://example.com/t?a="b"', privacyUrl: null },
};

function viewOf(row: RowView): PreferencesView {
  const form = { on: new Set<string>(), cadences: new Map(), firsts: new Map(), pauses: new Map(), level: '' };
  return {
    ...{ environment: 'Production', locale: null, timeZone: 'UTC', channels: [] },
    sections: [{ name: null, rows: [row] }],
    form: { ...form, quietFrom: '', quietTo: '', pausedUntil: '', unsubscribed: false },
  };
}

/** What comes back of a page in a language. */
function cameBack(language: string, row: RowView): { agreed: Map<string, string> } {
  const field = html`${agreedField(wordsFor(language, undefined), row, EMAIL)}`.text;
  const [, name = '', value = ''] = /name="agreed ([^"]+)" value="([^"]+)"/.exec(field) ?? [];
  return { agreed: new Map([[name, value]]) };
}

describe.each(Object.keys(LANGUAGES))('who agrees in %s', (language) => {
  const spoken = wordsFor(language, undefined);
  const { words } = spoken;

  it('has every word of it on record that stands on the page', () => {
    const agreement = agreementOf(spoken, viewOf(DEALS), cameBack(language, DEALS), 'deals', 'EMAIL');
    expect(agreement).toMatchObject({ language, isAsShown: true });
    const { advertising: end, agree, terms } = words.preferences;
    for (const part of [
      'Deals <b>',
      'What is cheap',
      'One a week',
      end,
      agree,
      `${terms}: https://example.com/t?a="b"`,
    ])
      expect(agreement?.wording).toContain(part);
    const page = html`${advertising(spoken, DEALS)}`.text;
    for (const part of [end, agree]) expect(page).toContain(html`${part}`.text);
    expect(page).toContain(`href="https://example.com/t?a=&quot;b&quot;" rel="nofollow noreferrer">${terms}<`);
  });

  it('agrees to nothing that another language or another page said', () => {
    const other = language === 'en' ? 'de' : 'en';
    for (const shown of [
      cameBack(other, DEALS),
      cameBack(language, { ...DEALS, expected: 'Ten' }),
      { agreed: new Map() },
    ])
      expect(agreementOf(spoken, viewOf(DEALS), shown, 'deals', 'EMAIL')?.isAsShown).toBe(false);
  });
});

test('there is nothing to agree to where no consent is missing, and in what is no advertising', () => {
  const spoken = wordsFor('en', undefined);
  const fine = { ...DEALS, cells: [{ ...EMAIL, consent: null }] };
  expect(agreementOf(spoken, viewOf(fine), cameBack('en', DEALS), 'deals', 'EMAIL')).toBeNull();
  expect(agreementOf(spoken, viewOf(DEALS), cameBack('en', DEALS), 'other', 'EMAIL')).toBeNull();
  expect(html`${advertising(spoken, fine)}`.text).not.toContain('By ticking a box');
  expect(advertising(spoken, { ...DEALS, terms: null })).toBeNull();
});
