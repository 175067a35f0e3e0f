import { describe, expect, it } from 'vitest';
import {
  checkSendWindow,
  SEND_WINDOW_PRESETS,
  withTimeRules,
  type SendWindowChange,
  type TimeRulesChange,
} from '../../src/recipients/time-rules.js';
import type { UserError } from '../../src/base/errors.js';
import { span } from '../support/local-times.js';

const PATH = ['input', 'sendWindow'];
const inShort = (problems: readonly UserError[]): string[] =>
  problems.map(({ field, code }) => `${field.join('.')}: ${code}`);

const ten = span('10:00', '10:30');
const slack = { ...span('09:00', '17:00'), channels: ['SLACK'] as const };

describe('a send window', () => {
  it.each<[string, SendWindowChange, string[]]>([
    ['of nothing', {}, ['input.sendWindow: INVALID_SEND_WINDOW']],
    ['of both', { preset: 'AFTER_WORK', spans: [ten] }, ['input.sendWindow: INVALID_SEND_WINDOW']],
    ['without spans', { spans: [] }, ['input.sendWindow.spans: INVALID_SEND_WINDOW']],
    ['of eleven', { spans: Array.from({ length: 11 }, () => ten) }, ['input.sendWindow.spans: INVALID_SEND_WINDOW']],
    ['at 24:00', { spans: [ten, span('23:00', '24:00')] }, ['input.sendWindow.spans.1.end: INVALID_SPAN']],
    [
      'at nine',
      { spans: [{ start: '9:00', end: 'ten' }] },
      ['input.sendWindow.spans.0.start: INVALID_SPAN', 'input.sendWindow.spans.0.end: INVALID_SPAN'],
    ],
  ])('%s is refused', (_name, window, problems) =>
    expect(inShort(checkSendWindow(window, PATH).problems)).toEqual(problems),
  );

  it.each(SEND_WINDOW_PRESETS)('%s is made of spans', (preset) => {
    const { value, problems } = checkSendWindow({ preset }, PATH);
    expect(problems).toEqual([]);
    expect(checkSendWindow({ spans: value.spans }, PATH)).toEqual({ value, problems: [] });
  });

  it('has each day once, and all of them where none is named', () => {
    const spans = [
      { ...ten, days: ['MON', 'MON'] as const },
      { start: '10:00', end: '11:00' },
    ];
    expect(checkSendWindow({ spans }, PATH).value.spans.map(({ days }) => days)).toEqual([['MON'], []]);
  });
});

describe('what a category says of time', () => {
  const known = { section: 'news', window: { spans: [ten] }, channelsAt: [slack] };
  it.each<[string, TimeRulesChange, object]>([
    ['stays where nothing is said', {}, known],
    ['goes where null is said', { sendWindow: null, channelsAt: null }, { section: 'news' }],
    ['goes with an empty list', { channelsAt: [] }, { section: 'news', window: known.window }],
    [
      'is what was said last',
      { sendWindow: { spans: [span('20:00', '21:00')] } },
      {
        ...known,
        window: { spans: [span('20:00', '21:00')] },
      },
    ],
  ])('%s', (_name, change, rules) =>
    expect(withTimeRules(change, known, ['SLACK'])).toEqual({ value: rules, problems: [] }),
  );

  it('names channels of the category, hours that there are, and few of them', () => {
    const wrong = (channelsAt: TimeRulesChange['channelsAt']) =>
      inShort(withTimeRules({ channelsAt }, {}, ['SLACK', 'EMAIL']).problems);
    expect(wrong([slack, { ...slack, channels: [] }])).toEqual(['input.channelsAt.1.channels: INVALID_CHANNELS']);
    expect(wrong([{ ...slack, channels: ['SLACK', 'SMS'] }])).toEqual([
      'input.channelsAt.0.channels: INVALID_CHANNELS',
    ]);
    expect(wrong([{ ...slack, start: '' }])).toEqual(['input.channelsAt.0.start: INVALID_SPAN']);
    expect(wrong(Array.from({ length: 11 }, () => slack))).toEqual(['input.channelsAt: INVALID_SPAN']);
  });
});
