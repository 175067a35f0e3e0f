import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hmac } from '../../src/providers/callback.js';
import {
  newWebhookSecret,
  signWebhook,
  verifyWebhook,
  webhookSecretField,
} from '../../src/providers/standard-webhooks.js';
import { NOON } from '../support/arbitraries.js';
import { toCallback } from '../support/callback-contract.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BODY = '{"type":"notification.delivered"}';

function after(seconds: number): Date {
  return new Date(NOON.getTime() + seconds * 1000);
}

function callbackOf(headers: Record<string, string>, body: string | Buffer = BODY) {
  return toCallback({ body: Buffer.from(body), headers });
}

describe('standard webhooks', () => {
  // The reference implementation reads the time itself.
  beforeEach(() => void vi.useFakeTimers({ now: NOON, toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  const secrets = fc.uint8Array({ minLength: 24, maxLength: 64 }).map((key) => {
    return `whsec_${Buffer.from(key).toString('base64')}`;
  });
  const ids = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
  const bodies = fc.oneof(fc.json(), fc.string({ unit: 'binary' }));

  it('are signed as the reference implementation does', () =>
    fc.assert(
      fc.property(secrets, ids, bodies, (secret, id, body) => {
        const signed = signWebhook(secret, id, NOON, body);
        expect(signed['webhook-signature']).toBe(new Webhook(secret).sign(id, NOON, body));
        new Webhook(secret).verify(body, signed, { jsonParse: false });
        expect(verifyWebhook([secret], callbackOf(signed, body))).toBeNull();
      }),
    ));

  it('of the reference implementation are believed, under either name of the headers', () =>
    fc.assert(
      fc.property(secrets, ids, bodies, fc.constantFrom('webhook', 'svix'), (secret, id, body, names) => {
        const headers = {
          [`${names}-id`]: id,
          [`${names}-timestamp`]: String(NOON.getTime() / 1000),
          [`${names}-signature`]: new Webhook(secret).sign(id, NOON, body),
        };
        expect(verifyWebhook([secret], callbackOf(headers, body), names)).toBeNull();
      }),
    ));

  it('may be bytes that are no text', () => {
    const body = Buffer.from([0xff, 0xfe, 0, 0x80]);
    expect(verifyWebhook([SECRET], callbackOf(signWebhook(SECRET, 'evt_1', NOON, body), body))).toBeNull();
  });

  it('are signed by several secrets while one takes over from another, and any one is enough', () => {
    const [old, next] = [newWebhookSecret(), newWebhookSecret()];
    const both = signWebhook([old, next], 'evt_1', NOON, BODY);
    expect(both['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of [old, next]) {
      new Webhook(secret).verify(BODY, both);
      expect(verifyWebhook([secret], callbackOf(both))).toBeNull();
      expect(verifyWebhook([old, next], callbackOf(signWebhook(secret, 'evt_1', NOON, BODY)))).toBeNull();
    }
    expect(verifyWebhook([newWebhookSecret()], callbackOf(both))).toMatch(/none of our secrets/);
  });

  it('ignore signatures of other versions', () => {
    const signed = signWebhook(SECRET, 'evt_1', NOON, BODY);
    const good = signed['webhook-signature'] as string;
    const given = (signature: string) =>
      verifyWebhook([SECRET], callbackOf({ ...signed, 'webhook-signature': signature }));
    expect(given(`v1a,AAAA v2,BBBB ${good}`)).toBeNull();
    expect(given(good.replace('v1,', 'v2,'))).toMatch(/none of our secrets/);
    expect(given(good.replace('v1,', ''))).toMatch(/none of our secrets/);
  });

  it.each([
    [0, true],
    [-299, true],
    [299, true],
    [-301, false],
    [301, false],
  ])('are believed for five minutes: %d s', (seconds, isBelieved) => {
    const why = verifyWebhook([SECRET], callbackOf(signWebhook(SECRET, 'evt_1', after(seconds), BODY)));
    expect(why).toEqual(isBelieved ? null : expect.stringMatching(/not of now/));
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('without %s prove nothing', (name) => {
    const { [name]: _left, ...rest } = signWebhook(SECRET, 'evt_1', NOON, BODY);
    expect(verifyWebhook([SECRET], callbackOf(rest))).toMatch(/expected the headers/);
    expect(verifyWebhook([SECRET], callbackOf({ ...rest, [name]: '' }))).toMatch(/expected the headers/);
  });

  it('prove nothing by the empty key that a bad secret would be', () => {
    const seconds = String(NOON.getTime() / 1000);
    const byEmpty = callbackOf({
      'webhook-id': 'evt_1',
      'webhook-timestamp': seconds,
      'webhook-signature': `v1,${hmac('sha256', '', [`evt_1.${seconds}.${BODY}`], 'base64')}`,
    });
    for (const secret of ['', 'whsec_', 'whsec_!!!!!!!!!!!!!!!!!!!!!!!!', '?'])
      expect(verifyWebhook([secret], byEmpty)).toMatch(/no secret/);
    expect(verifyWebhook([], byEmpty)).toMatch(/no secret/);
    expect(() => signWebhook('whsec_', 'evt_1', NOON, BODY)).toThrow(/expected a webhook secret/);
  });

  it('have secrets that the standard calls good', () => {
    const [one, other] = [newWebhookSecret(), newWebhookSecret()];
    expect(one).not.toBe(other);
    expect(Buffer.from(one.replace('whsec_', ''), 'base64')).toHaveLength(32);
    const field = webhookSecretField('A secret.');
    for (const secret of [one, SECRET, SECRET.slice(6)]) expect(field.safeParse(secret).success).toBe(true);
    for (const secret of ['', 'whsec_', 'password', 'whsec_with spaces in it and more'])
      expect(field.safeParse(secret).success).toBe(false);
  });
});
