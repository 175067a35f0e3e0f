import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.js';
import type { ChannelName } from '../../src/base/names.js';
import { egressTo } from '../../src/base/egress.js';
import { integrationCheck, providerRegistry } from '../../src/providers/index.js';
import type { Answer, Call, Carrier } from '../../src/providers/provider.js';
import { NOON } from './arbitraries.js';
import {
  deadUrl,
  ProviderServer,
  type LoggedRequest,
  type Mode,
  type Reply,
  type VendorServer,
} from './provider-server.js';

/** It is noon. */
export const noon: Clock = { now: () => NOON };

const nobody = (): never => {
  throw new Error('declarations are read here, nothing is sent');
};
const registry = providerRegistry({ ruleFor: nobody, deliver: nobody, clock: noon }, noon, egressTo([]));
/** Those who say that they can be told not to look at what people open. */
const UNTRACKING = integrationCheck(registry, null).providers.flatMap((card) => (card.untracks ? [card.name] : []));

/** A deadline far enough for everything that answers. */
const PATIENT_MS = 8_000;

export function call(channel: ChannelName, address: string, overrides: Partial<Call> = {}): Call {
  return {
    environmentId: '0199a0f0-0000-7000-8000-00000000000e',
    notificationId: '0199a0f0-0000-7000-8000-000000000001',
    attemptId: 'ntf_01k6gf000000000000000000001.0.1',
    deliveryKey: 'ntf_01k6gf000000000000000000001.0',
    channel,
    integration: 'main',
    address,
    content: { title: 'Your order', body: 'It is on its way.', html: null, url: null, data: null },
    category: { key: 'orders', class: 'TRANSACTIONAL' },
    sender: null,
    headers: {},
    tracking: true,
    engagementUrl: null,
    callbackUrl: 'https://tidings.example.com/webhooks/int_01k6gf00000000000000000000',
    ...overrides,
  };
}

/** What proves nothing about a message. */
const WIRE = {
  'a page of some proxy': 'html 200',
  'an empty yes': { status: 200, body: '' },
  'an empty object': { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' },
  'a redirect': 'redirect',
  'a cut before the answer': 'cut before headers',
  'a cut after it was taken': 'accept, then drop',
  'a yes that breaks off': 'cut mid-body',
  'a yes with too much behind it': 'huge body',
} as const satisfies Record<string, Mode>;
type WireCase = keyof typeof WIRE;
const REFUSED_CREDENTIALS = 'refused credentials';

/** What the suite must know of a vendor. */
export interface Fixture {
  readonly name: string;
  readonly channel: ChannelName;
  readonly address: string;
  open(baseUrl: string): Carrier;
  /** The vendor's server, where it is not plain HTTP/1.1. */
  readonly start?: (yes: (request: LoggedRequest) => Reply) => Promise<VendorServer>;
  /** How the vendor says yes, and under which id it took the message. */
  readonly yes: (request: LoggedRequest) => Reply;
  /** Null: the vendor names none. */
  readonly providerId: string | null;
  /** The vendor's own words for refusals. */
  readonly unauthorized: Reply;
  readonly rejected: Reply;
  readonly limited: Reply;
  /**
   * Cases, by their names below, that honestly come to something else for this vendor. A receiver of webhooks says yes by its
   * status alone; where the address is the secret, refusing it is the end of that address and no fault of ours.
   */
  readonly otherwise?: Readonly<Partial<Record<WireCase | typeof REFUSED_CREDENTIALS, Answer['kind']>>>;
  /** The texts that the vendor would show, and where to. */
  sent(request: LoggedRequest): { to: string; texts: string[] };
  /** Our name of the attempt, for vendors that can carry it. */
  attemptIn?(request: LoggedRequest): string | undefined;
  /** Does its adapter declare that it carries files, or knows repetitions by a key? */
  readonly carriesFiles?: boolean;
  readonly hasKey?: boolean;
  /** For those who carry files: the files of a request. */
  attachmentsIn?(request: LoggedRequest): SentFile[];
  /** For e-mail: from whom it is, where answers go, and a header besides. */
  mailIn?(request: LoggedRequest): { from: string; replyTo: string; header: string };
  /** For those who can be told not to look at what people open and click: is a request told so? */
  untrackedIn?(request: LoggedRequest): boolean;
  /** For those who know a repetition by a key: the key. */
  keyIn?(request: LoggedRequest): string | undefined;
}

export interface SentFile {
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** A file whose name and bytes survive only a careful adapter. */
export const FILE = {
  filename: 'Žádost – 日本.pdf',
  contentType: 'application/pdf',
  contentId: null,
  bytes: Buffer.from([0x25, 0x50, 0x44, 0x46, 0, 1, 2, 0x0d, 0x0a, 0x2e, 0x0d, 0x0a, 0xff, 0xfe]),
};

/** The suite that every adapter of an HTTP vendor runs through. */
export function describeProvider(fixture: Fixture): void {
  describe(`${fixture.name}, whatever happens on the wire`, () => {
    let server: VendorServer;
    let carrier: Carrier;
    let sends = 0;
    beforeAll(async () => {
      server = await (fixture.start ?? ProviderServer.start)(fixture.yes);
      carrier = fixture.open(server.url);
      // Vendors' SDKs are loaded on first use; that time is nobody's deadline.
      await send('ok');
    });
    afterAll(async () => {
      carrier.close?.();
      await server[Symbol.asyncDispose]();
    });

    async function send(
      mode: Mode,
      {
        signal = AbortSignal.timeout(PATIENT_MS),
        content = {},
        call: more = {},
      }: { signal?: AbortSignal; content?: object; call?: Partial<Call> } = {},
    ): Promise<{ answer: Answer; request: LoggedRequest }> {
      server.mode = mode;
      sends += 1;
      const before = server.requests.length;
      const message = call(fixture.channel, fixture.address);
      const answer = await carrier.send({ ...message, ...more, content: { ...message.content, ...content } }, signal);
      expect(server.requests.length - before).toBe(1);
      return { answer, request: server.requests[before] as LoggedRequest };
    }

    it('a yes is accepted, under the id of the vendor', async () => {
      const { answer, request } = await send('ok');
      expect(answer).toMatchObject({ kind: 'accepted', providerId: fixture.providerId });
      expect(fixture.sent(request).to).toBe(fixture.address);
      expect(await request.over).toEqual({ delivered: true });
    });

    it('what is said arrives as it was said', async () => {
      const content = {
        title: 'Žluťoučký kůň 🐎 “&” <b>',
        body: 'línea 1\nlínea 2 — 日本語 %20+',
        url: 'https://e.com/?a=1&b=ž',
      };
      const { request } = await send('ok', { content });
      const all = fixture.sent(request).texts.join('\n');
      for (const text of Object.values(content)) expect(all).toContain(text);
    });

    it('the attempt carries our name where the vendor lets it', async () => {
      const { request } = await send('ok');
      expect(fixture.attemptIn?.(request) ?? call('EMAIL', '').attemptId).toBe(call('EMAIL', '').attemptId);
    });

    it('files arrive byte by byte, under their names', async () => {
      if (!fixture.attachmentsIn) return expect(fixture.carriesFiles ?? false).toBe(false);
      const inline = { ...FILE, filename: 'logo.png', contentType: 'image/png', contentId: 'logo' };
      const html = '<p>Hello <img src="cid:logo"></p>';
      const { answer, request } = await send('ok', { content: { html, attachments: [FILE, inline] } });
      expect(answer.kind).toBe('accepted');
      expect(fixture.attachmentsIn(request)).toEqual([FILE, inline].map(({ contentId: _id, ...file }) => file));
    });

    it('a sender of its own, answers elsewhere and headers besides are kept', async () => {
      if (!fixture.mailIn) return expect(fixture.channel).not.toBe('EMAIL');
      const sender = { from: 'News <news@mail.example.com>', replyTo: 'help@example.com' };
      const headers = { 'List-Unsubscribe': '<https://example.com/u/1>' };
      const { request } = await send('ok', { call: { sender, headers } });
      expect(fixture.mailIn(request)).toEqual({
        from: 'news@mail.example.com',
        replyTo: 'help@example.com',
        header: '<https://example.com/u/1>',
      });
    });

    it('nobody looks at what a person opens who does not want it; else the account’s own settings hold', async () => {
      if (!fixture.untrackedIn) return expect(UNTRACKING).not.toContain(fixture.name);
      const asked = [await send('ok', { call: { tracking: false } }), await send('ok', { call: { tracking: true } })];
      expect(asked.map(({ request }) => fixture.untrackedIn?.(request))).toEqual([true, false]);
    });

    it('a repetition carries the same key where the vendor knows one', async () => {
      if (!fixture.keyIn) return expect(fixture.hasKey ?? false).toBe(false);
      const keys = [await send('ok'), await send('ok')].map(({ request }) => fixture.keyIn?.(request));
      expect(keys[0]).toMatch(/\w+/);
      expect(keys[1]).toBe(keys[0]);
    });

    it.each(Object.keys(WIRE) as WireCase[])('%s is not proof: unknown', async (name) => {
      expect((await send(WIRE[name])).answer.kind).toBe(fixture.otherwise?.[name] ?? 'unknown');
    });

    it.each<Mode>(['hang', 'drip'])('a vendor that does not end is left at the deadline: %s', async (mode) => {
      const deadline = new AbortController();
      server.onSilence = () => deadline.abort();
      const { answer, request } = await send(mode, { signal: deadline.signal });
      expect(answer).toMatchObject({ kind: 'unknown', code: 'DEADLINE', detail: 'no answer within the deadline' });
      expect(await request.over).toEqual({ delivered: false });
    });

    it('a vendor that is not there is tried again', async () => {
      const lonely = fixture.open(await deadUrl());
      expect(await lonely.send(call(fixture.channel, fixture.address), AbortSignal.timeout(PATIENT_MS))).toMatchObject({
        kind: 'retry',
        retryAt: null,
        rateLimited: false,
        code: 'ECONNREFUSED',
      });
      lonely.close?.();
    });

    it(`${REFUSED_CREDENTIALS} are our fault`, async () => {
      const { answer } = await send(fixture.unauthorized);
      const kind = fixture.otherwise?.[REFUSED_CREDENTIALS] ?? 'misconfigured';
      expect(answer).toMatchObject({ kind, httpStatus: fixture.unauthorized.status });
    });

    it('a refused message is rejected, in the words of the vendor', async () => {
      const { answer } = await send(fixture.rejected);
      expect(answer).toMatchObject({ kind: 'rejected', httpStatus: fixture.rejected.status });
      expect(answer.detail).toMatch(/\w+/);
    });

    it.each([
      ['in seconds', '30', 30],
      ['as a date', 'Sat, 14 Mar 2026 12:01:00 GMT', 60],
      ['for longer than we believe', '86400', 3600],
    ])('a vendor that has enough is left alone until the time that it names %s', async (_name, header, seconds) => {
      const { answer } = await send({
        ...fixture.limited,
        headers: { ...fixture.limited.headers, 'retry-after': header },
      });
      expect(answer).toMatchObject({
        kind: 'retry',
        rateLimited: true,
        httpStatus: 429,
        retryAt: new Date(NOON.getTime() + seconds * 1000),
      });
    });

    it.each(['soon', '-5', ''])('a time that is none is not heard: "%s"', async (header) => {
      const { answer } = await send({
        ...fixture.limited,
        headers: { ...fixture.limited.headers, 'retry-after': header },
      });
      expect(answer).toMatchObject({ kind: 'retry', rateLimited: true, retryAt: null });
    });

    it.each([500, 502, 503, 504])('a vendor in trouble is tried again: %d', async (status) => {
      const { answer } = await send({ status, headers: { 'content-type': 'text/html' }, body: '<h1>Oops</h1>' });
      expect(answer).toMatchObject({ kind: 'retry', rateLimited: false, retryAt: null, httpStatus: status });
    });

    it('nothing was sent a second time behind our back', () => {
      expect(server.requests.length).toBe(sends);
    });
  });
}
