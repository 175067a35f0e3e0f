import { expect, it } from 'vitest';
import { Days, eachDay } from './days.ts';

it('daily and weekly digests go at nine in the morning where the person is, also after the clocks change, through the real pg-boss', async () => {
  // Friday; in Berlin clocks are set forward in the night to Sunday.
  await using days = await Days.begin('2027-03-26T12:00:00Z', 5, {
    categories: [{ key: 'news', channels: ['EMAIL'] }],
    people: { ana: 'Europe/Berlin', ben: 'Europe/Berlin' },
  });
  await days.choose('ana', { rules: [{ category: 'news', channel: 'EMAIL', cadence: 'DAILY' }] });
  await days.choose('ben', { rules: [{ category: 'news', channel: 'EMAIL', cadence: 'WEEKLY' }] });
  for (const [nth, at] of eachDay('2027-03-26T13:00:00Z', 3).entries()) {
    await days.pass(at);
    await days.send(['ana', 'ben'], 'news', `News ${nth}`);
    expect(await days.states(`s.content ->> 'title' = 'News ${nth}'`)).toEqual(['2 HELD']);
  }
  await days.pass('2027-03-31T12:00:00Z');
  expect(days.told()).toEqual([
    'ana News 0 2027-03-27T08:00',
    'ana News 1 2027-03-28T07:00',
    'ana News 2 2027-03-29T07:00',
    'ben 3 new notifications: news 2027-03-29T07:00',
  ]);
}, 120_000);
