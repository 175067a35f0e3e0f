import type { Preferences, PreferencesChange } from '../src/core/preferences-operations.ts';

type Category = Preferences['sections'][number]['categories'][number];

function category(key: string, name: string, about: Partial<Category['category']>, rules: string): Category {
  const parts = { description: null, expected: null, class: 'TRANSACTIONAL', mandatory: false } as const;
  return {
    category: { ...parts, key, name, choosableCadences: ['INSTANT', 'DAILY', 'WEEKLY'], ...about },
    pausedUntil: null,
    rules: rules.split(' ').map((rule) => ({
      channel: rule.replace(/[-!]/, ''),
      enabled: !rule.endsWith('-'),
      cadence: 'INSTANT',
      editable: about.mandatory !== true,
      needsConsent: rule.endsWith('!'),
    })),
  };
}

/** What Ana wants before she changes anything: something of every kind. */
export const firstWishes: Preferences = {
  level: 'EVERYTHING',
  pausedUntil: null,
  quietHours: { start: '22:00', end: '07:00', days: ['SAT', 'SUN'] },
  channelsOff: [],
  sections: [
    {
      section: { key: 'shop', name: 'Your orders' },
      categories: [
        category('order-updates', 'Order updates', { expected: 'a few a week' }, 'INBOX EMAIL SMS-'),
        category('deliveries', 'Deliveries', { description: 'When the courier is near.' }, 'INBOX EMAIL- MOBILE_PUSH'),
      ],
    },
    {
      section: { key: 'team', name: 'Your team' },
      categories: [category('comments', 'Comments and mentions', { expected: 'several a day' }, 'INBOX EMAIL')],
    },
    {
      section: null,
      categories: [
        category('security', 'Signing in', { class: 'SECURITY', mandatory: true, choosableCadences: [] }, 'EMAIL SMS'),
        category('offers', 'Offers', { class: 'MARKETING', expected: 'monthly' }, 'EMAIL!'),
      ],
    },
  ],
};

/** What is wanted after a change, as the gateway would have it. */
export function changedWishes(wishes: Preferences, input: PreferencesChange): Preferences {
  const { level, rules = [], categories = [], ...whole } = input;
  return {
    ...wishes,
    ...whole,
    level: level === undefined ? wishes.level : (level ?? 'EVERYTHING'),
    sections: wishes.sections.map((section) => ({
      ...section,
      categories: section.categories.map((one) => {
        const { key } = one.category;
        const paused = categories.find((change) => change.category === key);
        return {
          ...one,
          pausedUntil: paused ? paused.pausedUntil : one.pausedUntil,
          rules: one.rules.map((rule) => {
            const { category: _key, ...change } =
              rules.find((wanted) => wanted.category === key && wanted.channel === rule.channel) ?? {};
            return { ...rule, ...change };
          }),
        };
      }),
    })),
  };
}
