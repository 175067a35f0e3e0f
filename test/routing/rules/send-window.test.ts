import { describe, expect, it } from 'vitest';
import { sendWindow } from '../../../src/routing/rules/send-window.js';
import { facts } from '../../support/arbitraries.js';
import { span } from '../../support/local-times.js';
import { at } from '../events.js';
import { gates } from './cases.js';

const HOUR = 3_600;
const window = { spans: [span('10:00', '10:30'), span('13:00', '13:30')] };
const until = (hours: number) => ({ kind: 'hold', until: at(hours * HOUR), reason: 'SEND_WINDOW' }) as const;

describe('send window', () => {
  gates(sendWindow, [
    ['holds until it opens', { window }, until(1)],
    ['is the one of the category', { category: { rules: { window } } }, until(1)],
    [
      'of the send comes before it',
      { window: { spans: [span('20:00', '21:00')] }, category: { rules: { window } } },
      until(8),
    ],
    ['is where the person is', { window, person: { timeZone: 'America/New_York' } }, until(2)],
    ['lets pass while it is open', { window: { spans: [span('11:00', '12:01')] } }, null],
    ['waits for its days', { window: { spans: [span('09:00', '17:00', 'MON')] } }, until(45)],
    ['lets pass where there is none', {}, null],
    ['without spans is none', { window: { spans: [] } }, null],
    ['lets pass what is critical', { window, category: { critical: true } }, null],
    ['lets pass security', { window, category: { class: 'SECURITY' } }, null],
    ['keeps out of the quiet hours', { window, person: { quietHours: span('12:30', '22:00') } }, until(22)],
    [
      'gives way where these leave nothing of it',
      { window, person: { quietHours: span('09:00', '12:00') }, category: {} },
      until(1),
    ],
    ['and lets pass then', { window, person: { quietHours: span('20:00', '15:00', 'SUN') } }, until(1)],
  ]);

  it('says that it was given up', () => {
    const note = (quiet: string) =>
      sendWindow.note?.(facts({ window, person: { quietHours: span('09:00', quiet) } })) ?? null;
    expect(note('13:29')).toBeNull();
    expect(note('13:30')).toEqual({ reason: 'SEND_WINDOW', detail: 'given up: the quiet hours leave nothing of it' });
  });
});
