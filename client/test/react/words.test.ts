import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InboxItem } from '../../src/core/operations.ts';
import { rowsOf } from '../../src/react/groups.ts';
import type { Labels } from '../../src/react/labels.ts';
import { german } from '../../src/react/labels/de.ts';
import { english } from '../../src/react/labels/en.ts';
import { spanish } from '../../src/react/labels/es.ts';
import { french } from '../../src/react/labels/fr.ts';
import { dutch } from '../../src/react/labels/nl.ts';
import { plural } from '../../src/react/labels/plural.ts';
import { fullTime, relativeTime } from '../../src/react/relative-time.ts';
import { localField, snoozeTimes } from '../../src/react/snooze-times.ts';
import { ModelServer } from '../support/model-server.ts';

const languages: Record<string, Labels> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
  nl: dutch,
};

/** Every label with its path; functions are called with some values, for one and for many. */
function sentences(labels: object, path = ''): [string, string][] {
  return Object.entries(labels).flatMap(([key, value]): [string, string][] => {
    const at = `${path}.${key}`;
    if (typeof value === 'string') return [[at, value]];
    if (typeof value === 'object') return sentences(value as object, at);
    return [1, 2].map((count): [string, string] => [`${at} ${count}`, call(key, value as () => string, count)]);
  });
}

function call(key: string, label: (...given: never[]) => string, count: number): string {
  const given: Record<string, unknown[]> = {
    bell: [count, 'unread'],
    tabCount: [count, 'unseen'],
    itemActions: ['T'],
    snoozedUntil: ['W'],
    group: ['T', count],
    dismiss: ['T'],
    announce: [count === 1 ? ['A'] : ['A', 'B']],
    urgent: ['T', 'B'],
    pausedUntil: ['W'],
  };
  return label(...((given[key] ?? [count]) as never[]));
}

describe('labels', () => {
  it.each(Object.entries(languages))('are complete in %s, and nothing of them is left open', (tag, labels) => {
    expect(labels.language).toBe(tag);
    const all = sentences(labels);
    expect(all.map(([path]) => path).toSorted()).toEqual(
      sentences(english)
        .map(([path]) => path)
        .toSorted(),
    );
    for (const [path, words] of all) {
      expect(words.trim(), path).not.toBe('');
      expect(words, path).not.toMatch(/[#{}]|undefined|\[object/);
    }
  });

  it.each(Object.entries(languages).filter(([tag]) => tag !== 'en'))('are translated in %s', (_tag, labels) => {
    const own = new Map(sentences(english));
    const same = sentences(labels).filter(([path, words]) => words === own.get(path) && words.length > 14);
    expect(same).toEqual([]);
  });

  it('say one and many in the forms and figures of the language', () => {
    expect([0, 1, 2].map((count) => english.bell(count, 'unread'))).toEqual([
      'Notifications',
      'Notifications, 1 unread',
      'Notifications, 2 unread',
    ]);
    expect(english.bell(1234, 'unseen')).toBe('Notifications, 1,234 new');
    expect(german.queued(1)).toBe('1 Änderung wartet auf die Verbindung.');
    expect(german.queued(1234)).toBe('1.234 Änderungen warten auf die Verbindung.');
    expect(french.group('Ana', 1)).toBe('Ana et 1 autre');
    expect(spanish.removeQuestion(3)).toBe('¿Eliminar estas 3 notificaciones para siempre?');
    expect(dutch.announce(['A', 'B'])).toBe('2 nieuwe meldingen: A, B');
    expect(english.group('Ana', 4)).toBe('Ana and 4 others');
  });

  it('can have all forms that a language has', () => {
    const forms = { one: '# godzina', few: '# godziny', many: '# godzin', other: '# godziny' };
    expect([1, 2, 5, 22].map((count) => plural('pl', count, forms))).toEqual([
      '1 godzina',
      '2 godziny',
      '5 godzin',
      '22 godziny',
    ]);
  });
});

describe('ages', () => {
  const now = Date.UTC(2026, 10, 22, 12);
  it.each([
    [5_000, 'now', 'jetzt'],
    [90_000, '1 min. ago', 'vor 1 Min.'],
    [3 * 3_600_000, '3 hr. ago', 'vor 3 Std.'],
    [86_400_000, 'yesterday', 'gestern'],
    [40 * 86_400_000, 'Oct 13, 2026', '13.10.2026'],
    [-60_000, 'now', 'jetzt'],
  ])('%i ms are told as %s', (age, en, de) => {
    const at = new Date(now - age).toISOString();
    expect([relativeTime(at, now, 'en'), relativeTime(at, now, 'de')]).toEqual([en, de]);
  });

  it('of no time at all are what was given', () => {
    expect([relativeTime('soon', now), fullTime('soon')]).toEqual(['soon', 'soon']);
  });
});

describe('moments to put something off to', () => {
  it('lie in the future, in order, without one for today late in the day, nor for Monday on a Sunday', () => {
    const names = (iso: string): string[] => snoozeTimes(new Date(iso)).map(({ name }) => name);
    expect(names('2026-11-19T10:20')).toEqual(['laterToday', 'tomorrow', 'nextWeek']);
    expect(names('2026-11-19T21:00')).toEqual(['tomorrow', 'nextWeek']);
    expect(names('2026-11-22T10:20')).toEqual(['laterToday', 'tomorrow']);
    expect(snoozeTimes(new Date('2026-11-19T10:20')).map(({ at }) => localField(at))).toEqual([
      '2026-11-19T14:00',
      '2026-11-20T09:00',
      '2026-11-23T09:00',
    ]);
    fc.assert(
      fc.property(fc.date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true }), (now) => {
        const times = snoozeTimes(now).map(({ at }) => at.getTime());
        expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
        expect(times.every((at) => at > now.getTime() && at < now.getTime() + 8 * 86_400_000)).toBe(true);
      }),
    );
  });
});

describe('rows', () => {
  const items = fc
    .array(fc.record({ groupKey: fc.constantFrom(null, 'a', 'b'), pinned: fc.boolean() }), { maxLength: 12 })
    .map((all): InboxItem[] => {
      const model = new ModelServer();
      return all.map(({ groupKey, pinned }) =>
        model.add({ groupKey, pinnedAt: pinned ? '2026-01-01T00:00:00.000Z' : null }),
      );
    });

  it('hold every item once, in order, whatever is grouped', () => {
    fc.assert(
      fc.property(items, (list) => {
        const rows = rowsOf(list, new Set());
        const held = rows.flatMap((row) => row.group ?? [row.item]);
        expect(held.map(({ id }) => id).toSorted()).toEqual(list.map(({ id }) => id).toSorted());
        expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
        const firsts = rows.map((row) => list.indexOf(row.item));
        expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
        for (const { group = [] } of rows) expect(group.every((item) => !item.pinnedAt)).toBe(true);
      }),
    );
  });

  it('of an opened group follow it, each under a key of its own', () => {
    fc.assert(
      fc.property(items, (list) => {
        const open = new Set(rowsOf(list, new Set()).map(({ key }) => key));
        const rows = rowsOf(list, open);
        expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
        rows.forEach(({ group = [] }, index) => {
          expect(rows.slice(index + 1, index + 1 + group.length).map(({ item }) => item)).toEqual(group);
        });
      }),
    );
  });
});
