import type { Preferences } from '../../src/core/preferences-operations.ts';

/** One category, by e-mail, to begin with. */
export const plainWishes: Preferences = {
  level: 'EVERYTHING',
  pausedUntil: null,
  quietHours: null,
  channelsOff: [],
  sections: [
    {
      section: null,
      categories: [
        {
          category: {
            key: 'order-update',
            name: 'Order update',
            description: null,
            expected: null,
            class: 'TRANSACTIONAL',
            mandatory: false,
            choosableCadences: ['INSTANT', 'DAILY'],
          },
          pausedUntil: null,
          rules: [{ channel: 'EMAIL', enabled: true, cadence: 'INSTANT', editable: true, needsConsent: false }],
        },
      ],
    },
  ],
};
