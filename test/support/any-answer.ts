import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { NOON } from './arbitraries.js';
import { call, type Fixture } from './provider-contract.js';
import { ProviderServer } from './provider-server.js';

const STATUSES = [200, 201, 202, 204, 300, 307, 400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 503, 599];

/** Names that some vendor reads. */
const NAMES = [
  ...['ok', 'error', 'code', 'message', 'messages', 'status', 'sid', 'id', 'ts', 'needed', 'result', 'description'],
  ...['parameters', 'retry_after', 'migrate_to_chat_id', 'message_id'],
];

const value = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('x'.repeat(3_000), '0', true, false, null, -1, 1e300),
  fc.integer(),
  fc.double(),
);
const loose = fc.dictionary(fc.constantFrom(...NAMES), fc.oneof(value, fc.array(value)), { maxKeys: 8 });
const part = fc.record({ status: value, 'message-id': value, 'error-text': value }, { requiredKeys: ['status'] });
/** As vendors say no, with anything in every place. */
const shaped = fc.oneof(
  fc.record({ ok: fc.constant(false), error: value, needed: value, description: value, parameters: loose }),
  fc.record({ code: value, message: value, retry_after: value }),
  fc.record({ error: fc.record({ code: value, message: value }) }),
  fc.record({ messages: fc.array(part, { minLength: 1, maxLength: 3 }) }),
);
const body = fc.oneof(
  fc.oneof(shaped, loose).map((found) => JSON.stringify(found)),
  fc.json(),
  fc.string(),
  fc.constant('y'.repeat(3_000)),
);
const header = fc.option(fc.oneof(fc.integer().map(String), fc.constantFrom('soon', '')), { nil: undefined });

/** Whatever JSON a vendor may say, and with whatever status: it is read without a throw, and what is kept of it has bounds. */
export function describeAnyAnswer(fixture: Pick<Fixture, 'name' | 'channel' | 'address' | 'open' | 'yes'>): void {
  it(`${fixture.name} may answer anything`, async () => {
    await using server = await ProviderServer.start(fixture.yes);
    const carrier = fixture.open(server.url);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...STATUSES), body, header, async (status, text, later) => {
        const headers: Record<string, string> = later === undefined ? {} : { 'retry-after': later };
        server.mode = { status, headers, body: status === 204 ? '' : text };
        const answer = await carrier.send(call(fixture.channel, fixture.address), AbortSignal.timeout(8_000));
        if (status >= 300) expect(answer.kind).not.toBe('accepted');
        expect(answer.httpStatus).toBe(status);
        expect((answer.code ?? '').length).toBeLessThanOrEqual(100);
        expect((answer.detail ?? '').length).toBeLessThanOrEqual(501);
        if (answer.kind !== 'retry' || answer.retryAt === null) return;
        expect(answer.retryAt.getTime()).toBeGreaterThanOrEqual(NOON.getTime());
        expect(answer.retryAt.getTime()).toBeLessThanOrEqual(NOON.getTime() + 3_600_000);
      }),
      { numRuns: 300 },
    );
    carrier.close?.();
  });
}
