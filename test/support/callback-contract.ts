import { expect, describe, it } from 'vitest';
import * as fc from 'fast-check';
import type { ChannelName } from '../../src/base/names.js';
import type { Callback, CallbackAnswer, ProviderEvent } from '../../src/providers/callback.js';
import { NOON } from './arbitraries.js';

/** A vendor's callbacks: what it posts, and how it proves that it did. */
export interface VendorCallbacks {
  readonly name: string;
  readonly channel: ChannelName;
  /** What an integration is told that believes them. */
  readonly settings: object;
  readonly credentials: object;
  /** A callback with this body, signed as the vendor signs it at `at`, to `url` where that is signed too. */
  readonly signed: (body: Buffer, at: Date, url?: string) => Callback;
  /** What stands behind our URL to name an attempt; missing: bodies name it. */
  readonly query?: (attempt: string) => string;
  /** Real bodies of the vendor, and what each event in them comes to. */
  readonly bodies: readonly {
    readonly name: string;
    readonly body: string;
    readonly events: readonly Partial<ProviderEvent>[];
  }[];
  /** Is the body itself under the signature? A vendor with a mere password cannot say. */
  readonly signsBody: boolean;
  /** For so long after it was signed a proof is believed; null: it does not grow old. */
  readonly believedForMs: number | null;
}

/** What the suite must know of a vendor's callbacks. */
export interface CallbackFixture extends Omit<VendorCallbacks, 'channel' | 'settings' | 'credentials' | 'query'> {
  /** The adapter's reader, with settings and credentials in place. */
  readonly read: (callback: Callback) => CallbackAnswer | Promise<CallbackAnswer>;
}

/** A clock of theirs that is ahead of ours. */
const SKEW_MS = 5 * 60_000;
const A_MOMENT_MS = 2_000;

export function toCallback(more: Partial<Callback> & { body: Buffer }): Callback {
  const url = 'https://tidings.example.com/webhooks/int_01k6gf00000000000000000000';
  return { method: 'POST', url, headers: {}, now: NOON, ...more };
}

/** The suite that every adapter with callbacks runs through. */
export function describeCallbacks(fixture: CallbackFixture): void {
  const { read, signed } = fixture;
  const [first] = fixture.bodies;
  const body = Buffer.from(first?.body ?? '{}');

  describe(`${fixture.name}: callbacks`, () => {
    it.each(fixture.bodies)('$name', async ({ body: text, events }) => {
      const answer = await read(signed(Buffer.from(text), NOON));
      expect(answer).toMatchObject({ kind: 'events', events });
      const found = answer.kind === 'events' ? answer.events : [];
      expect(found).toHaveLength(events.length);
      // The same callback again names the same events.
      expect(await read(signed(Buffer.from(text), NOON))).toMatchObject({ events: found.map(({ key }) => ({ key })) });
    });

    it('names each of different events differently', async () => {
      const keys: string[] = [];
      for (const one of fixture.bodies) {
        const answer = await read(signed(Buffer.from(one.body), NOON));
        if (answer.kind === 'events') keys.push(...answer.events.map((event) => event.key));
      }
      expect(new Set(keys).size).toBe(keys.length);
    });

    it('without proof it is forged', async () => {
      expect(await read(toCallback({ body }))).toMatchObject({ kind: 'forged' });
    });

    it('with any header or field of the proof changed it is forged', async () => {
      const good = signed(body, NOON);
      const proofs = Object.entries(good.headers).filter(([name]) => name !== 'content-type');
      for (const [name, value] of proofs)
        for (const bad of [undefined, '', 'x', `${value}x`, (value ?? '').slice(0, -2)])
          expect(await read({ ...good, headers: { ...good.headers, [name]: bad } })).toMatchObject({ kind: 'forged' });
    });

    it('another body under the same proof is forged', async () => {
      if (!fixture.signsBody) return;
      const good = signed(body, NOON);
      const changed = Buffer.from(body);
      changed[changed.length - 2] = (changed[changed.length - 2] as number) ^ 1;
      expect(await read({ ...good, body: changed })).toMatchObject({ kind: 'forged' });
    });

    it('a proof is believed for as long as it says in docs/callbacks.md, and no longer; none from the future', async () => {
      const { believedForMs } = fixture;
      if (believedForMs === null) return;
      const kindAt = async (ms: number): Promise<string> =>
        (await read(signed(body, new Date(NOON.getTime() + ms)))).kind;
      expect(await kindAt(-believedForMs + A_MOMENT_MS)).toBe('events');
      expect(await kindAt(-believedForMs - A_MOMENT_MS)).toBe('forged');
      expect(await kindAt(SKEW_MS - A_MOMENT_MS)).toBe('events');
      expect(await kindAt(SKEW_MS + A_MOMENT_MS)).toBe('forged');
    });

    const JUNK = [
      '',
      'null',
      '[]',
      '[null]',
      '1',
      '"x"',
      '{',
      '{}',
      '[{}]',
      '{"a":{"__proto__":1}}',
      '\u0000',
      'a=b&a=c',
      `[${'['.repeat(100_000)}${']'.repeat(100_000)}]`,
    ];
    it.each(JUNK)('a proven body of junk is answered, never thrown at: %j', async (text) => {
      const answer = await read(signed(Buffer.from(text), NOON));
      expect(['forged', 'malformed', 'events']).toContain(answer.kind);
    });

    it('anything at all is answered, and what is not proven is never believed', async () => {
      const texts = fc.oneof(fc.string(), fc.json(), fc.webQueryParameters());
      const headers = fc.dictionary(
        fc.constantFrom(...Object.keys(signed(body, NOON).headers), 'x-other'),
        fc.string(),
        { maxKeys: 2 },
      );
      await fc.assert(
        fc.asyncProperty(texts, headers, async (text, found) => {
          const kind = (await read(toCallback({ body: Buffer.from(text), headers: found }))).kind;
          return kind === 'forged' || kind === 'malformed';
        }),
        { numRuns: 200 },
      );
    });

    it('a proven body of any JSON is answered', async () => {
      await fc.assert(
        fc.asyncProperty(fc.json(), async (text) => {
          const { kind } = await read(signed(Buffer.from(text), NOON));
          return ['forged', 'malformed', 'events', 'confirm'].includes(kind);
        }),
        { numRuns: 200 },
      );
    });
  });
}
