import type { PreferenceRule, Preferences, PreferencesChange } from '../../src/core/preferences-operations.ts';

/** What the server holds after a change. */
export function changedWishes(wishes: Preferences, { rules = [], ...rest }: PreferencesChange): Preferences {
  const changed = (key: string, rule: PreferenceRule): PreferenceRule => {
    const change = rules.find((one) => one.category === key && one.channel === rule.channel);
    return {
      ...rule,
      enabled: change?.enabled ?? rule.enabled,
      cadence: change?.cadence ?? rule.cadence,
    };
  };
  const sections = wishes.sections.map((section) => ({
    ...section,
    categories: section.categories.map((one) => ({
      ...one,
      rules: one.rules.map((rule) => changed(one.category.key, rule)),
    })),
  }));
  return { ...wishes, ...(rest as Partial<Preferences>), sections };
}

/** Two sections with something of everything: a free category, advertising without consent, one that is locked. */
export function someWishes(): Preferences {
  const rule = (channel: string, more: Partial<PreferenceRule> = {}): PreferenceRule => ({
    channel,
    enabled: true,
    cadence: 'INSTANT',
    editable: true,
    needsConsent: false,
    ...more,
  });
  const category = (
    key: string,
    name: string,
    more: object = {},
  ): Preferences['sections'][0]['categories'][0]['category'] => ({
    key,
    name,
    description: null,
    expected: null,
    class: 'TRANSACTIONAL',
    mandatory: false,
    choosableCadences: ['INSTANT', 'DAILY', 'WEEKLY'],
    ...more,
  });
  return {
    level: 'EVERYTHING',
    pausedUntil: null,
    quietHours: { start: '22:00', end: '07:00', days: ['SAT', 'SUN'] },
    channelsOff: [],
    sections: [
      {
        section: { key: 'shop', name: 'Your orders' },
        categories: [
          {
            category: category('order-update', 'Order update', {
              description: 'Where your parcel is, and when it will be with you.',
            }),
            pausedUntil: null,
            rules: [rule('INBOX'), rule('EMAIL'), rule('WEB_PUSH', { enabled: false })],
          },
          {
            category: category('offers', 'Offers', { class: 'MARKETING', expected: 'About twice a month.' }),
            pausedUntil: null,
            rules: [rule('INBOX'), rule('EMAIL', { needsConsent: true })],
          },
        ],
      },
      {
        section: null,
        categories: [
          {
            category: category('security-alert', 'Security alert', { class: 'SECURITY', mandatory: true }),
            pausedUntil: null,
            rules: [rule('INBOX', { editable: false }), rule('EMAIL', { editable: false })],
          },
        ],
      },
    ],
  };
}
