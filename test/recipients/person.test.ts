import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { CADENCES, CHANNELS, type ChannelName } from '../../src/base/names.js';
import { cellOf, effectiveEndpoints, personOf, redirectKey, type PersonRows } from '../../src/recipients/person.js';
import type { Profile } from '../../src/routing/profile.js';
import { endpoint, NOON } from '../support/arbitraries.js';

const NEWS = { key: 'news', class: 'PRODUCT', channels: ['EMAIL', 'SMS'], rules: {} } as const;
const later = plus(NOON, 60_000).toISOString();
const over = plus(NOON, -60_000).toISOString();

const NOBODY: PersonRows = {
  profile: {},
  timeZone: null,
  country: null,
  defaultCountry: null,
  endpoints: [],
  choices: [],
  defaults: [],
  consents: [],
  trackingOffIn: [],
  cappedUntil: null,
  delegateName: null,
  isDelegated: false,
  standsInFor: null,
  tenant: null,
};

const person = (rows: Partial<PersonRows>, category: Partial<Parameters<typeof personOf>[1]> = {}) =>
  personOf({ ...NOBODY, ...rows }, { ...NEWS, ...category }, NOON);

const channel = fc.constantFrom<ChannelName>('EMAIL', 'SMS');
const word = { enabled: fc.constantFrom(true, false, null), cadence: fc.constantFrom(...CADENCES, null) };
const anyDefaults = fc.array(
  fc.record({
    tenant: fc.constantFrom('', 'acme', 'other'),
    category_key: fc.constantFrom('', 'news', 'orders'),
    channel,
    ...word,
  }),
  { maxLength: 12 },
);
const anyChoices = fc.uniqueArray(fc.record({ channel, ...word }), { selector: (one) => one.channel });
const anyTenant = fc.constantFrom(null, 'acme');

describe('inheritance', () => {
  it('the person’s own word always counts', () =>
    fc.assert(
      fc.property(anyDefaults, anyChoices, anyTenant, channel, (defaults, choices, tenant, on) => {
        const cell = cellOf({ defaults, choices, tenant }, NEWS, on);
        const own = choices.find((choice) => choice.channel === on);
        if (own?.enabled != null) expect(cell).toMatchObject({ enabled: own.enabled, source: 'RECIPIENT' });
        else expect(cell.source).not.toBe('RECIPIENT');
        if (own?.cadence != null) expect(cell.cadence).toBe(own.cadence);
      }),
    ));

  it('what the operator takes from people counts no longer, but what was switched off stays off', () => {
    const said = (enabled: boolean | null) => ({
      defaults: [{ tenant: '', category_key: '', channel: 'SMS', enabled: null, cadence: 'HOURLY' }] as const,
      choices: [{ channel: 'SMS', enabled, cadence: 'WEEKLY' }] as const,
      tenant: null,
    });
    const noSms = { key: 'news', rules: { choosableChannels: ['EMAIL'], defaultOn: false } } as const;
    expect(cellOf(said(true), noSms, 'SMS')).toEqual({ enabled: false, source: 'CATEGORY', cadence: 'HOURLY' });
    expect(cellOf(said(false), NEWS, 'SMS')).toEqual({ enabled: false, source: 'RECIPIENT', cadence: 'WEEKLY' });
    const on = { key: 'news', rules: { choosableChannels: ['EMAIL'] } } as const;
    expect(cellOf(said(false), on, 'SMS')).toEqual({ enabled: false, source: 'RECIPIENT', cadence: 'HOURLY' });
    const noWeeks = { key: 'news', rules: { choosableCadences: ['DAILY'] } } as const;
    expect(cellOf(said(true), noWeeks, 'SMS')).toEqual({ enabled: true, source: 'RECIPIENT', cadence: 'HOURLY' });
  });

  it('words of other tenants, categories and channels count for nothing', () =>
    fc.assert(
      fc.property(anyDefaults, anyChoices, anyTenant, channel, (defaults, choices, tenant, on) => {
        const mine = defaults.filter(
          (one) =>
            one.channel === on &&
            (one.tenant === '' || one.tenant === tenant) &&
            (one.category_key === '' || one.category_key === 'news'),
        );
        expect(cellOf({ defaults, choices, tenant }, NEWS, on)).toEqual(
          cellOf({ defaults: mine, choices, tenant }, NEWS, on),
        );
      }),
    ));

  it('a nearer word hides a farther one', () => {
    const far = [
      { tenant: '', category_key: '', channel: 'EMAIL', enabled: false, cadence: 'WEEKLY' },
      { tenant: '', category_key: 'news', channel: 'EMAIL', enabled: true, cadence: 'DAILY' },
      { tenant: 'acme', category_key: '', channel: 'EMAIL', enabled: false, cadence: 'HOURLY' },
      { tenant: 'acme', category_key: 'news', channel: 'EMAIL', enabled: true, cadence: null },
    ] as const;
    const cell = (defaults: PersonRows['defaults'], tenant: string | null = 'acme') => {
      const { enabled, cadence, source } = cellOf({ defaults, choices: [], tenant }, NEWS, 'EMAIL');
      return [enabled, cadence, source];
    };
    expect(cell([])).toEqual([true, null, 'CATEGORY']);
    expect(cell(far.slice(0, 1))).toEqual([false, 'WEEKLY', 'ENVIRONMENT']);
    expect(cell(far.slice(0, 2))).toEqual([true, 'DAILY', 'ENVIRONMENT']);
    expect(cell(far.slice(0, 3))).toEqual([false, 'HOURLY', 'TENANT']);
    expect(cell(far)).toEqual([true, 'HOURLY', 'TENANT']);
    expect(cell(far, null)).toEqual([true, 'DAILY', 'ENVIRONMENT']);
    expect(
      cellOf({ defaults: [], choices: [], tenant: null }, { key: 'beta', rules: { defaultOn: false } }, 'SMS'),
    ).toEqual({ enabled: false, cadence: null, source: 'CATEGORY' });
  });

  it('reaches channels that the category does not use by itself', () => {
    const choices = [{ channel: 'SLACK', enabled: false, cadence: null }] as const;
    expect([...person({ choices }).optOuts]).toEqual(['SLACK']);
    expect(person({}, { rules: { defaultOn: false } }).optOuts.size).toBe(CHANNELS.length);
  });
});

describe('a person', () => {
  const delegate = { recipientId: 'ben', until: later };

  it('rests until the later of two pauses, and not for one that is over', () => {
    const until = (profile: Profile) => person({ profile }).person.pausedUntil?.toISOString() ?? null;
    expect(until({ pausedUntil: over })).toBeNull();
    expect(until({ pausedUntil: over, categories: { news: { pausedUntil: later } } })).toBe(later);
    expect(until({ categories: { orders: { pausedUntil: later } } })).toBeNull();
  });

  it.each<[string, Partial<PersonRows>, Partial<typeof NEWS> | { class: 'SECURITY' }, boolean]>([
    ['has a delegate', { profile: { delegate } }, {}, true],
    ['has none whose time is over', { profile: { delegate: { ...delegate, until: over } } }, {}, false],
    ['has one for some categories', { profile: { delegate: { ...delegate, categories: ['news'] } } }, {}, true],
    ['has none for others', { profile: { delegate: { ...delegate, categories: ['orders'] } } }, {}, false],
    ['has none for security', { profile: { delegate } }, { class: 'SECURITY' }, false],
    ['hands nothing on that was handed on', { profile: { delegate }, isDelegated: true }, {}, false],
    ['keeps it where the colleague is no more', { profile: { delegate }, delegateName: null }, {}, false],
  ])('%s', (_name, rows, category, has) => {
    const found = person({ delegateName: 'Ben', ...rows }, category).person.delegate;
    expect(found !== null).toBe(has);
    if (has) expect(found).toMatchObject({ recipientId: 'ben', name: 'Ben' });
  });

  it('chooses of what the operator still leaves', () => {
    const profile: Profile = { categories: { news: { channels: ['SMS', 'EMAIL'] } } };
    expect(person({ profile }).person.channels).toEqual(['SMS', 'EMAIL']);
    expect(person({ profile }, { rules: { choosableChannels: ['EMAIL'] } }).person.channels).toEqual(['EMAIL']);
    expect(person({ profile }, { rules: { choosableChannels: ['SLACK'] } }).person.channels).toBeNull();
  });

  it('lives where it says, else where the phone is from', () => {
    const endpoints = [endpoint('SMS', '+4930901820')];
    expect(person({ endpoints }).person.country).toBe('DE');
    expect(person({ endpoints, country: 'AT' }).person.country).toBe('AT');
  });
});

describe('addresses', () => {
  const [home, work, phone] = [
    endpoint('EMAIL', 'ana@home.example'),
    endpoint('EMAIL', 'ana@work.example'),
    endpoint('SMS', '+14155550123'),
  ];
  const own = [work, home, phone];
  const addresses = (profile: Profile, kind: 'PRODUCT' | 'SECURITY' = 'PRODUCT', endpoints = own) =>
    effectiveEndpoints(endpoints, profile, { key: 'news', class: kind }, NOON).map((one) => one.address);
  const redirects = [{ channel: 'EMAIL', address: 'ana@hotel.example', until: later }] as const;

  it('are all that the person has, or the chosen one of a channel', () => {
    const chosen: Profile = { categories: { news: { addresses: { EMAIL: home.address } } } };
    expect(addresses({})).toEqual([work.address, home.address, phone.address]);
    expect(addresses(chosen)).toEqual([home.address, phone.address]);
    expect(addresses({ categories: { orders: { addresses: { EMAIL: home.address } } } })).toHaveLength(3);
    // One that is no more is no choice.
    expect(addresses(chosen, 'PRODUCT', [work, { ...home, retired: true }])).toContain(work.address);
    expect(addresses(chosen, 'PRODUCT', [work])).toEqual([work.address]);
  });

  it('give way to a redirect for its time, but not for security', () => {
    expect(addresses({ redirects })).toEqual([phone.address, 'ana@hotel.example']);
    expect(addresses({ redirects: [{ ...redirects[0], until: over }] })).toHaveLength(3);
    expect(addresses({ redirects }, 'SECURITY')).toEqual(own.map((one) => one.address));
  });

  it('of redirects are suppressed where the list says so', () => {
    const suppressed = new Map([[redirectKey(redirects[0]), 'COMPLAINT' as const]]);
    const found = effectiveEndpoints(own, { redirects }, NEWS, NOON, suppressed);
    expect(found.at(-1)).toMatchObject({ address: 'ana@hotel.example', suppressed: 'COMPLAINT' });
    expect(effectiveEndpoints(own, { redirects }, NEWS, NOON).at(-1)).toMatchObject({ suppressed: null });
  });
});
