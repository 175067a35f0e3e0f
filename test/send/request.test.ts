import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plus } from '../../src/base/clock.js';
import { canonicalHash } from '../../src/send/canonical.js';
import { checkRequest, TARGETS_MAX, type SendRequest, type SendTarget, type Target } from '../../src/send/request.js';
import { NOON } from '../support/arbitraries.js';

const HOUR = 3_600_000;

function request(overrides: Partial<SendRequest> = {}): SendRequest {
  return {
    idempotencyKey: null,
    to: [{ externalId: 'ana' }],
    topic: null,
    audience: null,
    category: 'orders',
    template: null,
    data: null,
    content: { title: 'Hello', body: 'World', url: null, data: null },
    channels: null,
    brand: null,
    sendAt: null,
    expiresAt: null,
    tags: [],
    tenant: null,
    ...overrides,
  };
}

/** What is wrong, as `path: CODE`. */
function problems(overrides: Partial<SendRequest>): string[] {
  const result = checkRequest(request(overrides), NOON);
  return 'problems' in result ? result.problems.map(({ field, code }) => `${field.join('.')}: ${code}`) : [];
}

function targets(...to: SendTarget[]): readonly Target[] {
  const result = checkRequest(request({ to }), NOON);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.checked.targets;
}

const content = (parts: object) => ({ content: { title: 'T', body: 'B', url: null, data: null, ...parts } });
const people = (count: number): SendTarget[] => Array.from({ length: count }, (_, nth) => ({ externalId: `p${nth}` }));

describe('a request is refused', () => {
  it.each<[string, Partial<SendRequest>, string[]]>([
    ['to nobody', { to: null }, ['input.to: INVALID_TARGET']],
    ['to people and an audience', { audience: 'berlin' }, ['input.to: INVALID_TARGET']],
    ['to a topic and an audience', { to: null, topic: 'news', audience: 'berlin' }, ['input.to: INVALID_TARGET']],
    ['to people and a topic', { topic: 'news' }, ['input.to: INVALID_TARGET']],
    ['in a window of nothing', { sendWindow: {} }, ['input.sendWindow: INVALID_SEND_WINDOW']],
    ['to an empty list', { to: [] }, ['input.to: TOO_MANY_RECIPIENTS']],
    ['to too many', { to: people(TARGETS_MAX + 1) }, ['input.to: TOO_MANY_RECIPIENTS']],
    ['to somebody without a name', { to: [{ externalId: 'ana' }, {}] }, ['input.to.1: INVALID_TARGET']],
    ['to nulls', { to: [{ id: null, externalId: null }] }, ['input.to.0: INVALID_TARGET']],
    ['to an id and more', { to: [{ id: 'x', email: 'ana@example.com' }] }, ['input.to.0: INVALID_TARGET']],
    ['to an id and an id', { to: [{ id: 'x', externalId: 'ana' }] }, ['input.to.0: INVALID_TARGET']],
    ['to no address', { to: [{ email: 'ana' }] }, ['input.to.0.email: INVALID_EMAIL']],
    ['to no phone', { to: [{ externalId: 'ana', phone: '555' }] }, ['input.to.0.phone: INVALID_PHONE']],
    [
      'to a spaced id',
      { to: [{ externalId: ' ana', phone: '+14155550123' }] },
      ['input.to.0.externalId: INVALID_EXTERNAL_ID'],
    ],
    ['with no words', { content: null }, ['input.content: INVALID_CONTENT']],
    ['with two kinds of words', { template: 'welcome' }, ['input.content: INVALID_CONTENT']],
    ['with an empty title', content({ title: '  ' }), ['input.content.title: INVALID_CONTENT']],
    ['with a long title', content({ title: 't'.repeat(1001) }), ['input.content.title: INVALID_CONTENT']],
    ['with a title of two lines', content({ title: 'a\r\nBcc: b' }), ['input.content.title: INVALID_CONTENT']],
    ['with a long body', content({ body: 'b'.repeat(100_001) }), ['input.content.body: INVALID_CONTENT']],
    ['for after a year', { sendAt: plus(NOON, 400 * 24 * HOUR) }, ['input.sendAt: INVALID_TIME']],
    [
      'with an end before its beginning',
      { sendAt: plus(NOON, 2 * HOUR), expiresAt: plus(NOON, HOUR) },
      ['input.expiresAt: INVALID_TIME'],
    ],
    ['with an empty choice of channels', { channels: [] }, ['input.channels: INVALID_CHANNELS']],
    ['with an empty key', { idempotencyKey: '' }, ['input.idempotencyKey: INVALID_IDEMPOTENCY_KEY']],
    ['with a long key', { idempotencyKey: 'k'.repeat(256) }, ['input.idempotencyKey: INVALID_IDEMPOTENCY_KEY']],
    ['with a key of two lines', { idempotencyKey: 'a\nb' }, ['input.idempotencyKey: INVALID_IDEMPOTENCY_KEY']],
    ['with an empty tenant', { tenant: '' }, ['input.tenant: INVALID_TENANT']],
    ['with a long tenant', { tenant: 't'.repeat(256) }, ['input.tenant: INVALID_TENANT']],
    ['with a tenant of two lines', { tenant: 'a\nb' }, ['input.tenant: INVALID_TENANT']],
    ['with too many tags', { tags: Array<string>(21).fill('a') }, ['input.tags: TOO_MANY_TAGS']],
    ['with bad tags', { tags: ['a', '', 'b'.repeat(65)] }, ['input.tags.1: INVALID_TAG', 'input.tags.2: INVALID_TAG']],
    [
      'for all of its faults at once',
      { to: null, content: null, channels: [], tags: [''] },
      [
        'input.to: INVALID_TARGET',
        'input.content: INVALID_CONTENT',
        'input.channels: INVALID_CHANNELS',
        'input.tags.0: INVALID_TAG',
      ],
    ],
  ])('%s', (_name, overrides, expected) => expect(problems(overrides)).toEqual(expected));

  it('in words that say what was expected', () => {
    const result = checkRequest(request({ to: people(1001), tags: [''], channels: [] }), NOON);
    for (const { message } of 'problems' in result ? result.problems : []) expect(message).toMatch(/expected/);
    expect(result).toHaveProperty('problems.length', 3);
  });
});

describe('a request is taken', () => {
  it.each<[string, Partial<SendRequest>]>([
    ['as it is', {}],
    ['to a topic', { to: null, topic: 'news' }],
    ['to an audience', { to: null, audience: 'berlin' }],
    ['for a tenant', { tenant: 't'.repeat(255) }],
    ['to a thousand', { to: people(TARGETS_MAX) }],
    ['with a template', { content: null, template: 'welcome' }],
    ['with words up to the limits', content({ title: 't'.repeat(1000), body: 'b'.repeat(100_000) })],
    ['for a time that has passed', { sendAt: plus(NOON, -HOUR) }],
    ['with the longest key', { idempotencyKey: 'k'.repeat(255) }],
    ['with twenty tags', { tags: Array<string>(20).fill('t'.repeat(64)) }],
  ])('%s', (_name, overrides) => expect(problems(overrides)).toEqual([]));

  it('with people by our id, by yours, or described', () =>
    expect(targets({ id: 'x' }, { externalId: 'ana' }, { externalId: 'ben', email: 'ben@example.com' })).toEqual([
      { by: 'id', id: 'x', index: 0 },
      { by: 'externalId', externalId: 'ana', index: 1 },
      { by: 'description', change: { externalId: 'ben', email: 'ben@example.com' }, index: 2 },
    ]));

  it.each<[string, SendTarget, SendTarget]>([
    ['in other letters', { email: 'Ana@Example.com' }, { email: 'ana@example.com' }],
    ['with spaces around', { email: ' ana@example.com ' }, { email: 'ana@example.com' }],
    ['in another notation', { phone: '+1 (415) 555-0123' }, { phone: '+14155550123' }],
  ])('and the same address %s is the same person', (_name, one, other) => {
    const key = (target: SendTarget) =>
      targets(target).map((found) => found.by === 'description' && found.change.externalId);
    expect(key(one)).toEqual(key(other));
  });

  it('to the longest address there is', () => {
    const email = `${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.com`;
    expect(email.length).toBe(251);
    expect(targets({ email })).toMatchObject([{ by: 'description', change: { email } }]);
  });

  it('with an end in the past, which is said when it turns out to be new', () => {
    const late = (expiresAt: Date) => {
      const result = checkRequest(request({ expiresAt }), NOON);
      return 'checked' in result ? result.checked.late.map(({ field, code }) => `${field.join('.')}: ${code}`) : null;
    };
    expect(late(NOON)).toEqual(['input.expiresAt: INVALID_TIME']);
    expect(late(plus(NOON, HOUR))).toEqual([]);
  });

  it('under the hash that it had before tenants and audiences', () => {
    const result = checkRequest(request(), NOON);
    const { idempotencyKey: _key, tenant: _tenant, audience: _audience, ...before } = request();
    expect('checked' in result && result.checked.hash).toBe(canonicalHash(before));
  });

  it('and its key is no part of its hash', () => {
    const hash = (overrides: Partial<SendRequest>) => {
      const result = checkRequest(request(overrides), NOON);
      return 'checked' in result ? result.checked.hash : null;
    };
    expect(hash({ idempotencyKey: 'one' })).toBe(hash({ idempotencyKey: 'two' }));
    expect(hash({ tags: ['a'] })).not.toBe(hash({}));
    expect(hash({ tenant: 'acme' })).not.toBe(hash({}));
    expect(hash({ sendWindow: null })).toBe(hash({}));
    expect(hash({ sendWindow: { preset: 'AFTER_WORK' } })).not.toBe(hash({}));
    expect(hash({ to: null, audience: 'a' })).not.toBe(hash({ to: null, audience: 'b' }));
    expect(hash({ to: [{ externalId: 'ben' }] })).not.toBe(hash({}));
  });
});

it('whatever is asked, there is an answer and it names its places below input', () =>
  fc.assert(
    fc.property(
      fc.record({
        idempotencyKey: fc.option(fc.string({ unit: 'binary' })),
        to: fc.option(
          fc.array(
            fc.record({ externalId: fc.string(), email: fc.string(), phone: fc.string() }, { requiredKeys: [] }),
          ),
        ),
        topic: fc.option(fc.string()),
        template: fc.option(fc.string()),
        tags: fc.array(fc.string()),
        sendAt: fc.option(fc.date({ noInvalidDate: true })),
        expiresAt: fc.option(fc.date({ noInvalidDate: true })),
      }),
      (overrides) => {
        for (const problem of problems(overrides)) expect(problem).toMatch(/^input\.[\w.]+: [A-Z_]+$/);
        expect(problems(overrides)).toEqual(problems(overrides));
      },
    ),
  ));
