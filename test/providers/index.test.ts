import { describe, expect, it } from 'vitest';
import { egressTo } from '../../src/base/egress.js';
import { CHANNELS } from '../../src/base/names.js';
import { integrationCheck, providerRegistry } from '../../src/providers/index.js';
import type { SimulatorDesk } from '../../src/providers/simulator.js';
import { noon } from '../support/provider-contract.js';

const desk: SimulatorDesk = {
  clock: noon,
  ruleFor: () => Promise.resolve({ behavior: 'ACCEPT', delayMs: 0 }),
  deliver: () => Promise.resolve(),
};
const providers = providerRegistry(desk, noon, egressTo([]));
const checks = integrationCheck(providers, null);
const names = checks.providers.map((card) => card.name);

type Input = Parameters<typeof checks.check>[0];

describe('the registry', () => {
  it('has every provider under its own name', () => {
    expect([...providers].map(([name, provider]) => [name, provider.name])).toEqual(names.map((name) => [name, name]));
    expect(names).toEqual([
      'smtp',
      'sendgrid',
      'mailgun',
      'postmark',
      'ses',
      'brevo',
      'resend',
      'twilio',
      'vonage',
      'whatsapp',
      'firebase',
      'apns',
      'web-push',
      'slack',
      'telegram',
      'discord',
      'teams',
      'webhook',
      'simulator',
    ]);
  });

  it('has only providers that carry channels which need one', () => {
    for (const { channels } of providers.values()) {
      expect(channels.length).toBeGreaterThan(0);
      expect(CHANNELS.filter((channel) => channel !== 'INBOX')).toEqual(expect.arrayContaining([...channels]));
    }
  });
});

describe('an integration', () => {
  const problems = (input: Input) => checks.check(input).map(({ field, code }) => `${field.join('.')}: ${code}`);
  const sendgrid = {
    provider: 'sendgrid',
    channel: 'EMAIL' as const,
    settings: { from: 'hello@example.com' },
    credentials: { apiKey: 'SG.x' },
  };

  it('that fits can be saved', () => expect(problems(sendgrid)).toEqual([]));

  it.each<[string, Partial<Input>, string[]]>([
    ['an unknown provider', { provider: 'pigeon' }, ['input.provider: UNKNOWN_PROVIDER']],
    ['a channel that it does not carry', { channel: 'SMS' }, ['input.channel: CHANNEL_NOT_SUPPORTED']],
    [
      'settings that are wrong',
      { settings: { from: 'x' } },
      ['input.settings.from: INVALID_SETTINGS', 'input.settings.from: INVALID_SETTINGS'],
    ],
    [
      'settings that it does not know',
      { settings: { ...sendgrid.settings, hots: 1 } },
      ['input.settings: INVALID_SETTINGS'],
    ],
    ['no credentials', { credentials: {} }, ['input.credentials.apiKey: INVALID_CREDENTIALS']],
    [
      'everything wrong',
      { channel: 'SMS', settings: {}, credentials: {} },
      [
        'input.channel: CHANNEL_NOT_SUPPORTED',
        'input.settings.from: INVALID_SETTINGS',
        'input.credentials.apiKey: INVALID_CREDENTIALS',
      ],
    ],
  ])('with %s cannot', (_name, change, expected) => expect(problems({ ...sendgrid, ...change })).toEqual(expected));

  it('is refused in words that say no secret back', () => {
    const found = checks.check({ ...sendgrid, credentials: { apiKey: 'x'.repeat(501), other: 'hush' } });
    expect(found.length).toBeGreaterThan(0);
    expect(JSON.stringify(found)).not.toMatch(/xxxxx|hush/);
  });
});

describe('whose reports are waited for', () => {
  const hears = (provider: string, credentials: object, settings: object = { from: 'hello@example.com' }): boolean =>
    checks.hears({ provider, settings: { ...settings }, credentials: { ...credentials } });

  it('are those that can be proven', () => {
    expect(hears('sendgrid', { apiKey: 'SG.x' })).toBe(false);
    expect(hears('postmark', { serverToken: 'x', webhookUser: 'a', webhookPassword: 'b' })).toBe(true);
    expect(hears('resend', { apiKey: 'x' })).toBe(false);
  });

  it('are those that know where to call, for vendors that are told with every message', () => {
    const twilio = {
      provider: 'twilio',
      settings: { from: '+15005550006' },
      credentials: { accountSid: 'AC1', authToken: 't' },
    };
    expect(checks.hears(twilio)).toBe(false);
    expect(integrationCheck(providers, 'https://tidings.example.com').hears(twilio)).toBe(true);
  });

  it('are none of vendors that report nothing, or are not known', () => {
    expect(hears('smtp', {}, { host: 'localhost', from: 'a@b.c' })).toBe(false);
    expect(hears('nobody', {})).toBe(false);
  });
});
