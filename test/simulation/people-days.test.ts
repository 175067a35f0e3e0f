import { expect, it } from 'vitest';
import { Days, eachDay } from './days.ts';

/** Friday. In Berlin clocks are set forward in the night to Sunday: nine in the morning is 08:00Z before and 07:00Z after. */
const BEGIN = '2027-03-26T12:00:00Z';
const CATEGORIES = [
  { key: 'news', class: 'TRANSACTIONAL', channels: ['EMAIL'] },
  { key: 'tasks', class: 'TRANSACTIONAL', channels: ['EMAIL'], onPause: 'HOLD' },
  { key: 'codes', class: 'SECURITY', channels: ['EMAIL'] },
] as const;

const within = (told: readonly string[], words: string): string[] => told.filter((line) => line.startsWith(words));

it('a week of holiday: what may go is dropped, what must not is held, codes come, and after it everything comes by itself', async () => {
  await using days = await Days.begin(BEGIN, 10, { categories: CATEGORIES, people: { ana: 'Europe/Berlin' } });
  await days.choose('ana', { pausedUntil: new Date('2027-04-02T07:00:00Z') });
  for (const [nth, at] of eachDay('2027-03-26T14:00:00Z', 9).entries()) {
    await days.pass(at);
    await days.send(['ana'], 'news', `News ${nth}`);
    await days.send(['ana'], 'tasks', `Task ${nth}`);
    await days.send(['ana'], 'codes', `Code ${nth}`);
    if (nth === 6) {
      expect(await days.states(`s.category_key = 'tasks'`)).toEqual(['7 HELD']);
      expect(await days.states(`s.category_key = 'news'`)).toEqual(['7 SUPPRESSED']);
    }
  }
  const told = days.told();
  const dates = eachDay('2027-03-26T14:00:00Z', 9).map((at) => at.slice(0, 16));
  expect(within(told, 'ana Code')).toEqual(dates.map((at, nth) => `ana Code ${nth} ${at}`));
  // The pause ended on the eighth day, in the morning.
  expect(within(told, 'ana Task')).toEqual(
    dates.map((at, nth) => `ana Task ${nth} ${nth < 7 ? '2027-04-02T07:00' : at}`),
  );
  expect(within(told, 'ana News')).toEqual([7, 8].map((nth) => `ana News ${nth} ${dates[nth]}`));
  expect(await days.states('true')).toEqual(['20 COMPLETED', '7 SUPPRESSED']);
}, 120_000);

it('a colleague takes it for some days, and then it comes to the person again', async () => {
  const people = { ben: 'Europe/Berlin', cy: 'Asia/Tokyo' };
  await using days = await Days.begin(BEGIN, 8, { categories: CATEGORIES, people });
  await days.choose('ben', { delegate: { recipientId: days.idOf('cy'), until: new Date('2027-03-29T10:00:00Z') } });
  // Scheduled while somebody stands in, for when nobody does any more.
  await days.send(['ben'], 'tasks', 'Later', { sendAt: new Date('2027-03-30T08:00:00Z') });
  for (const [nth, at] of eachDay('2027-03-26T14:00:00Z', 6).entries()) {
    await days.pass(at);
    await days.send(['ben'], 'tasks', `Task ${nth}`);
    await days.send(['ben'], 'codes', `Code ${nth}`);
  }
  const dates = eachDay('2027-03-26T14:00:00Z', 6).map((at) => at.slice(0, 16));
  expect(days.told()).toEqual(
    [
      ...dates.map((at, nth) => `ben Code ${nth} ${at}`),
      ...dates.map((at, nth) => `${nth < 3 ? 'cy' : 'ben'} Task ${nth} ${at}`),
      'ben Later 2027-03-30T08:00',
    ].toSorted(),
  );
  expect(await days.states(`r.external_id = 'cy'`)).toEqual(['3 COMPLETED']);
}, 120_000);

it('quiet hours hold each night until the morning where the person is, also when the night is an hour shorter', async () => {
  const people = { dee: 'Europe/Berlin', eve: 'America/New_York' };
  await using days = await Days.begin(BEGIN, 6, { categories: CATEGORIES, people });
  for (const name of Object.keys(people))
    await days.choose(name, { quietHours: { start: '22:00', end: '07:00', days: [] } });
  const nights = eachDay('2027-03-26T22:30:00Z', 4);
  for (const [nth, at] of nights.entries()) {
    await days.pass(at);
    await days.send(['dee', 'eve'], 'tasks', `Task ${nth}`);
    await days.send(['dee'], 'codes', `Code ${nth}`);
  }
  await days.pass('2027-03-31T12:00:00Z');
  const mornings = ['2027-03-27T06:00', '2027-03-28T05:00', '2027-03-29T05:00', '2027-03-30T05:00'];
  expect(days.told()).toEqual(
    [
      ...mornings.map((at, nth) => `dee Task ${nth} ${at}`),
      ...nights.map((at, nth) => `dee Code ${nth} ${at.slice(0, 16)}`),
      // Half past six in the evening there.
      ...nights.map((at, nth) => `eve Task ${nth} ${at.slice(0, 16)}`),
    ].toSorted(),
  );
}, 120_000);

it('a weekly digest comes on each Monday at nine, in the weeks before and after a change of the clocks, each thing once', async () => {
  const people = { fay: 'Europe/Berlin', gil: 'America/New_York' };
  await using days = await Days.begin('2027-03-16T12:00:00Z', 24, { categories: CATEGORIES, people });
  const rules = [{ category: 'news', channel: 'EMAIL', cadence: 'WEEKLY' }] as const;
  for (const name of Object.keys(people)) await days.choose(name, { rules });
  for (const [nth, at] of eachDay('2027-03-16T14:00:00Z', 18).entries()) {
    await days.pass(at);
    await days.send(['fay', 'gil'], 'news', `News ${nth}`);
  }
  await days.pass('2027-04-06T12:00:00Z');
  // Tuesday to Sunday, two whole weeks, and what is left until Friday.
  const numbers = [6, 7, 5];
  const mondays = (hours: readonly string[]): string[] =>
    ['03-22', '03-29', '04-05'].map((day, nth) => `2027-${day}T${hours[nth]}`);
  const lines = (name: string, hours: readonly string[]): string[] =>
    mondays(hours).map((at, nth) => `${name} ${numbers[nth]} new notifications: news ${at}`);
  expect(days.told()).toEqual(
    [...lines('fay', ['08:00', '07:00', '07:00']), ...lines('gil', ['13:00', '13:00', '13:00'])].toSorted(),
  );
  expect(await days.states('s.digest_id is null')).toEqual(['36 DIGESTED']);
}, 180_000);

it('three a day: of ten at once three go now, and three on each of the next days, in the order in which they wait', async () => {
  const caps = [{ max: 3, periodMs: 24 * 3_600_000 }];
  const capped = [{ key: 'tips', class: 'TRANSACTIONAL', channels: ['EMAIL'] }] as const;
  await using days = await Days.begin(BEGIN, 6, { categories: capped, people: { hal: 'Europe/Berlin' } });
  await days.choose('hal', { caps });
  for (let nth = 0; nth < 10; nth += 1) await days.send(['hal'], 'tips', `Tip ${nth}`);
  expect(await days.states('true')).toEqual(['3 COMPLETED', '7 HELD']);
  const counts: string[][] = [];
  for (const at of eachDay('2027-03-26T18:00:00Z', 5)) {
    await days.pass(at);
    counts.push(await days.states('true'));
  }
  expect(counts).toEqual([
    ['3 COMPLETED', '7 HELD'],
    ['6 COMPLETED', '4 HELD'],
    ['9 COMPLETED', '1 HELD'],
    ['10 COMPLETED'],
    ['10 COMPLETED'],
  ]);
  expect(days.mails.map((mail) => mail.title)).toEqual(Array.from({ length: 10 }, (_, nth) => `Tip ${nth}`));
}, 120_000);
