import type { PlaygroundWire } from './wire.ts';

const orders = { key: 'order-updates', name: 'Order updates' };
const comments = { key: 'comments', name: 'Comments' };
const account = { key: 'security', name: 'Signing in' };

/** What lies in the inbox when the page opens. */
export function furnish(wire: PlaygroundWire): void {
  const seen = (minutes: number) => ({ seenAt: new Date(Date.now() - minutes * 60_000).toISOString() });
  const read = (minutes: number) => ({ ...seen(minutes), readAt: seen(minutes).seenAt });
  for (let n = 40; n >= 1; n -= 1) {
    const days = 3 + n;
    wire.lay(days * 1440, {
      ...{ title: `Order #${2600 - n} has arrived`, body: 'We hope that you like it.', category: orders },
      ...read(days * 1400),
    });
  }
  wire.lay(2900, {
    ...{ title: 'Your invoice for October', body: 'It is attached to the mail that we sent.', category: orders },
    ...{ url: '#invoice', ...read(2800) },
  });
  wire.lay(1500, {
    ...{ title: 'A new sign-in from Lisbon', body: 'Firefox on Linux. Was that you?', category: account },
    ...{ pinnedAt: new Date().toISOString(), ...read(1400) },
    actions: [
      { key: 'no', label: 'Not me', url: null, primary: false },
      { key: 'yes', label: 'That was me', url: null, primary: true },
    ],
  });
  for (const [index, who] of ['Ben', 'Chloé', 'Dora', 'Emeka', 'Finn'].entries())
    wire.lay(80 - index * 9, {
      ...{ title: `${who} commented on “Launch plan”`, body: 'Looks good to me. One question about Tuesday …' },
      ...{ category: comments, groupKey: 'launch-plan', url: '#launch-plan', tags: ['team'] },
    });
  wire.lay(25, {
    ...{ title: 'Maja invites you to “Roadmap review”', body: 'Friday 14:00, room Aurora.', category: comments },
    tags: ['team'],
    actions: [
      { key: 'yes', label: 'Accept', url: '#accept', primary: true },
      { key: 'no', label: 'Decline', url: null, primary: false },
    ],
  });
  wire.lay(6, {
    title: 'Your parcel is on its way',
    body: 'It arrives today before 18:00.',
    url: '#parcel',
    category: orders,
  });
}

/** What can happen while the page is open, by what its button says. */
export const scenes: Readonly<Record<string, (wire: PlaygroundWire) => void>> = {
  'One arrives': (wire) =>
    wire.push({
      title: 'Your parcel is at the door',
      body: 'The courier has just rung the bell.',
      url: '#parcel',
      category: orders,
    }),
  'An urgent one': (wire) =>
    wire.push({
      ...{ title: 'Your card was declined', body: 'The order is kept until tonight.', category: account, urgent: true },
      actions: [{ key: 'pay', label: 'Pay in another way', url: '#pay', primary: true }],
    }),
  'One with buttons': (wire) =>
    wire.push({
      ...{ title: 'Noor asks for access', body: 'To the folder “Contracts 2026”.', category: comments, tags: ['team'] },
      actions: [
        { key: 'grant', label: 'Grant', url: null, primary: true },
        { key: 'deny', label: 'Deny', url: null, primary: false },
      ],
    }),
  'Five at once': (wire) => {
    for (const who of ['Gus', 'Hana', 'Ivo', 'Jun', 'Kim'])
      wire.push({
        ...{ title: `${who} reacted to your comment`, body: '“Let us ship it.”', category: comments },
        groupKey: 'reactions',
      });
  },
  'A long one': (wire) =>
    wire.push({
      title: 'Donaudampfschifffahrtsgesellschaftskapitän '.repeat(3),
      body: 'A text that is longer than the widget has room for. '.repeat(8),
      category: orders,
    }),
};
