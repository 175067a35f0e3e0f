import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANNELS, type ChannelName } from '../../src/base/names.js';
import { CHANNEL_REGISTRY } from '../../src/channels/index.js';

/** The stored address, or null. */
function parse(channel: ChannelName, input: string): string | null {
  const parsed = CHANNEL_REGISTRY[channel].parseAddress(input);
  return 'address' in parsed ? parsed.address : null;
}

const KEY = 'BIR5VPPSCwwqtYJATx4BXgT6psrALj4HaQi6a_p7ONC_vm8PdUpUFUecpB-VhGSqJGICAKNzNDvTVKWNywwHq98';

/** What ana’s browser says of itself, one thing or another changed. */
function subscription(keys: object = {}, endpoint = 'https://push.example.net/1') {
  return { endpoint, keys: { p256dh: KEY, auth: 'AAECAwQFBgcICQoLDA0ODw', ...keys } };
}
const BROWSER = JSON.stringify(subscription());

describe('the registry', () => {
  it('has every channel under its own name, and one of them in the app', () => {
    expect(Object.entries(CHANNEL_REGISTRY).map(([name, channel]) => [name, channel.name])).toEqual(
      CHANNELS.map((name) => [name, name]),
    );
    expect(CHANNELS.filter((name) => CHANNEL_REGISTRY[name].inApp)).toEqual(['INBOX']);
  });
});

describe('an address', () => {
  const pieces = fc.constantFrom('+1', '4155550123', 'ana', '@', 'example.com', 'https://', ' ', '\r\n', '.', 'U0');
  const input = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join('')),
    fc.emailAddress(),
    fc.webUrl(),
  );

  it('is stored in one form, or refused in a sentence; no input throws', () =>
    fc.assert(
      fc.property(fc.constantFrom(...CHANNELS), input, (channel, text) => {
        const parsed = CHANNEL_REGISTRY[channel].parseAddress(text);
        const again = 'address' in parsed ? CHANNEL_REGISTRY[channel].parseAddress(parsed.address) : parsed;
        expect(again).toEqual(parsed);
        expect('problem' in parsed ? parsed.problem : 'expected').toMatch(/^(expected|the inbox needs)/);
      }),
      { numRuns: 2_000 },
    ));

  it.each<[ChannelName, string, string | null]>([
    ['EMAIL', ' Ana@Example.com ', 'Ana@Example.com'],
    ['EMAIL', 'ana+shop@mail.example.co.uk', 'ana+shop@mail.example.co.uk'],
    ['EMAIL', 'ana', null],
    ['EMAIL', 'ana@localhost', null],
    ['EMAIL', 'ana@example.com\r\nBcc: ben@example.com', null],
    ['EMAIL', 'ana@example.com, ben@example.com', null],
    ['EMAIL', 'Ana <ana@example.com>', null],
    ['EMAIL', `${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
    ['EMAIL', `${'a'.repeat(65)}@example.com`, null],
    ['EMAIL', `ana@${'e.'.repeat(130)}com`, null],
    ['SMS', '+1 (415) 555-0123', '+14155550123'],
    ['SMS', '+44 20 7946 0018', '+442079460018'],
    ['SMS', '4155550123', null],
    ['SMS', '+1 415', null],
    ['SMS', '+14155550123 or +14155550124', null],
    ['SMS', '+1415555012345678', null],
    ['WHATSAPP', '+1 (415) 555-0123', '+14155550123'],
    ['WEBHOOK', 'https://example.com/hook?a=b', 'https://example.com/hook?a=b'],
    ['WEBHOOK', 'ftp://example.com', null],
    ['WEBHOOK', 'javascript:alert(1)', null],
    ['WEBHOOK', '/hook', null],
    ['SLACK', 'U012AB3CD', 'U012AB3CD'],
    ['SLACK', 'U'.repeat(65), null],
    ['TELEGRAM', '-1001234', '-1001234'],
    ['TELEGRAM', '  ', null],
    ['MOBILE_PUSH', 't'.repeat(2048), 't'.repeat(2048)],
    ['MOBILE_PUSH', 't'.repeat(2049), null],
    ['MOBILE_PUSH', 'a token', null],
    ['WEB_PUSH', '', null],
    ['WEB_PUSH', BROWSER, BROWSER],
    ['WEB_PUSH', JSON.stringify({ expirationTime: null, ...subscription() }, null, 2), BROWSER],
    [
      'WEB_PUSH',
      JSON.stringify(subscription({ p256dh: `${KEY.replaceAll('-', '+').replaceAll('_', '/')}=` })),
      BROWSER,
    ],
    ['WEB_PUSH', JSON.stringify(subscription({}, 'http://push.example.net/1')), null],
    ['WEB_PUSH', JSON.stringify(subscription({}, 'https://ana:secret@push.example.net/1')), null],
    ['WEB_PUSH', JSON.stringify(subscription({}, `https://push.example.net/${'1'.repeat(2_048)}`)), null],
    ['WEB_PUSH', JSON.stringify(subscription({ p256dh: KEY.slice(0, -4) })), null],
    ['WEB_PUSH', JSON.stringify(subscription({ p256dh: `${KEY.slice(0, -4)}AAAA` })), null],
    ['WEB_PUSH', JSON.stringify(subscription({ auth: 'AAAA' })), null],
    ['WEB_PUSH', JSON.stringify({ endpoint: 'https://push.example.net/1' }), null],
    ['WEB_PUSH', `${BROWSER}${' '.repeat(4_096)}`, null],
    ['WEB_PUSH', JSON.stringify(subscription({}, 'https://push.example.net/ž')), null],
    ['WEB_PUSH', 'null', null],
    ['INBOX', 'ana', null],
  ])('%s: "%s"', (channel, text, stored) => expect(parse(channel, text)).toBe(stored));
});
