import { describe } from 'vitest';
import { quietHours } from '../../../src/routing/rules/quiet-hours.js';
import { span } from '../../support/local-times.js';
import { at } from '../events.js';
import { gates } from './cases.js';

const HOUR = 3_600;
const noon = { quietHours: span('11:00', '14:00') };
const until = (hours: number) => ({ kind: 'hold', until: at(hours * HOUR), reason: 'QUIET_HOURS' }) as const;

describe('quiet hours', () => {
  gates(quietHours, [
    ['hold until they end', { person: noon }, until(2)],
    ['are where the person is', { person: { ...noon, timeZone: 'Asia/Tokyo' } }, null],
    ['let pass outside of them', { person: { quietHours: span('14:00', '11:00') } }, null],
    ['let pass at the instant at which they end', { person: { quietHours: span('11:00', '12:00') } }, null],
    ['let pass where there are none', {}, null],
    ['let pass what is critical', { person: noon, category: { critical: true } }, null],
    ['let pass what is mandatory', { person: noon, category: { mandatory: true } }, null],
    ['let pass security', { person: noon, category: { class: 'SECURITY' } }, null],
    ['let pass what overrides', { person: noon, category: { rules: { overrides: true } } }, null],
    [
      'hold advertising that says so',
      { person: noon, category: { class: 'MARKETING', rules: { overrides: true } } },
      until(2),
    ],
    ['that never end hold for a week at a time', { person: { quietHours: span('08:00', '08:00') } }, until(7 * 24)],
    ['hold until the window is open, too', { person: noon, window: { spans: [span('15:00', '16:00')] } }, until(3)],
    [
      'pass over a window that is quiet',
      { person: noon, window: { spans: [span('13:00', '13:30'), span('18:00', '19:00')] } },
      until(6),
    ],
    [
      'win over a window that is quiet as a whole',
      { person: noon, window: { spans: [span('11:00', '12:30')] } },
      until(2),
    ],
  ]);
});
