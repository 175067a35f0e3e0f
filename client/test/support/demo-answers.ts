/** What the demo page is told about categories, the last notification and the outbox; plausible, and always the same. */
export function demoAnswers(): Record<string, () => unknown> {
  const at = (ms: number): string => new Date(Date.UTC(2026, 10, 22, 9, 30) + ms).toISOString();
  const steps = [
    {
      channel: 'INBOX',
      integration: null,
      decision: 'SKIP',
      reason: 'RECIPIENT_OFFLINE',
      explanation: 'Ana has no open inbox, so nobody would see it there.',
    },
    {
      channel: 'EMAIL',
      integration: 'simulator',
      decision: 'SEND',
      reason: 'NEXT_CHANNEL',
      explanation: 'E-mail is the next channel of this category, and ana@example.com is verified.',
    },
    {
      channel: 'SMS',
      integration: null,
      decision: 'FALLBACK',
      reason: 'ON_FAILURE',
      explanation: 'Goes only if the e-mail fails for good.',
    },
  ];
  const timeline = [
    { at: at(0), type: 'ACCEPTED', channel: null, integration: null, reason: null, detail: null },
    { at: at(4), type: 'PLANNED', channel: null, integration: null, reason: null, detail: '1 channel, 1 in reserve' },
    { at: at(5), type: 'SKIPPED', channel: 'INBOX', integration: null, reason: 'RECIPIENT_OFFLINE', detail: null },
    { at: at(9), type: 'SENDING', channel: 'EMAIL', integration: 'simulator', reason: null, detail: null },
    { at: at(31), type: 'DELIVERED', channel: 'EMAIL', integration: 'simulator', reason: null, detail: null },
  ];
  const message = (id: string, channel: string, address: string, ms: number): object => ({
    id,
    createdAt: at(ms),
    channel,
    address,
    provider: 'simulator',
    integration: 'simulator',
    title: channel === 'SMS' ? null : 'Your order is on its way',
    body: 'Parcel 4711 has left our warehouse and will be with you tomorrow before noon.',
    html: null,
    notificationId: 'ntf_1',
  });
  return {
    categories: () => [
      { key: 'order-update', name: 'Order update' },
      { key: 'security-alert', name: 'Security alert' },
    ],
    notification: () => ({
      state: 'COMPLETED',
      plan: { outcome: 'SEND', steps },
      deliveries: [{ channel: 'EMAIL', state: 'DELIVERED', address: 'ana@example.com', provider: 'simulator' }],
      timeline,
    }),
    outbox: () => ({
      nodes: [message('obx_2', 'EMAIL', 'ana@example.com', 31), message('obx_1', 'SMS', '+15005550006', -90_000)],
    }),
  };
}
