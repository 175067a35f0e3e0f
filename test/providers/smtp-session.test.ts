import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, Carrier } from '../../src/providers/provider.js';
import { smtp, type SmtpCredentials, type SmtpSettings } from '../../src/providers/smtp.js';
import { call, noon } from '../support/provider-contract.js';
import { deadUrl } from '../support/provider-server.js';
import { FaultySmtp, type Fault, type Session, type Step } from '../support/provider-smtp.js';

let server: FaultySmtp;
const carriers: Carrier[] = [];

beforeEach(async () => {
  server = await FaultySmtp.start();
});

afterEach(async () => {
  for (const carrier of carriers.splice(0)) carrier.close?.();
  await server[Symbol.asyncDispose]();
});

function open(settings: Partial<SmtpSettings> = {}, credentials: SmtpCredentials = {}): Carrier {
  const all = { host: '127.0.0.1', port: server.port, from: 'Tidings <hello@example.com>', ...settings };
  const carrier = smtp(noon).open(all, credentials);
  carriers.push(carrier);
  return carrier;
}

function send(carrier: Carrier, to = 'ana@example.com'): Promise<Answer> {
  return carrier.send(call('EMAIL', to), AbortSignal.timeout(8_000));
}

/** The addresses of the messages that the server has in full. */
function taken(): string[] {
  return server.messages.map((message) => /^To: (.*)$/m.exec(message)?.[1]?.trim() ?? '');
}

describe('what a reply means depends on what it answers', () => {
  it.each<[Step, Fault, Answer['kind']]>([
    ['GREETING', '421 too busy', 'retry'],
    ['GREETING', '554 we do not know you', 'misconfigured'],
    ['EHLO', '421 closing', 'retry'],
    ['MAIL', '451 later', 'retry'],
    ['MAIL', '553 this sender is not yours', 'misconfigured'],
    ['MAIL', '530 log in first', 'misconfigured'],
    ['RCPT', '450 mailbox busy', 'retry'],
    ['RCPT', '452 mailbox full', 'retry'],
    ['RCPT', '550 no such mailbox', 'rejected'],
    ['RCPT', '421 closing', 'retry'],
    ['DATA', '451 later', 'retry'],
    ['DATA', '554 no', 'rejected'],
    ['DOT', '451 later', 'retry'],
    ['DOT', '552 too large', 'rejected'],
    ['DOT', '550 spam', 'rejected'],
  ])('%s: %s', async (step, does, kind) => {
    server.fault = { step, does };
    const answer = await send(open());
    expect(answer).toMatchObject({ kind, code: does.slice(0, 3) });
    expect(answer.detail).toContain(does.slice(4));
    expect(server.sessions.length).toBe(1);
  });

  it.each<[Fault, Answer['kind']]>([
    ['535 wrong password', 'misconfigured'],
    ['534 too weak', 'misconfigured'],
    ['454 ask me later', 'retry'],
    ['cut', 'retry'],
  ])('AUTH: %s', async (does, kind) => {
    server.fault = { step: 'AUTH', does };
    const answer = await send(open({}, { user: 'ana', pass: 'of-ana' }));
    expect(answer.kind).toBe(kind);
    expect(JSON.stringify(answer)).not.toMatch(/of-ana|b2YtYW5h/);
    expect(server.messages).toEqual([]);
  });
});

describe('a connection that breaks', () => {
  it.each<[Step, Answer['kind']]>([
    ['GREETING', 'retry'],
    ['EHLO', 'retry'],
    ['MAIL', 'retry'],
    ['RCPT', 'retry'],
    ['DATA', 'retry'],
    ['BYTES', 'unknown'],
    ['DOT', 'unknown'],
  ])('at %s leads to: %s', async (step, kind) => {
    server.fault = { step, does: 'cut' };
    expect((await send(open())).kind).toBe(kind);
    expect(server.messages.length).toBe(step === 'DOT' ? 1 : 0);
    expect(server.sessions.length).toBe(1);
  });

  it('that never was is tried again', async () => {
    const port = Number(new URL(await deadUrl()).port);
    expect(await send(open({ port }))).toMatchObject({ kind: 'retry', retryAt: null, rateLimited: false });
  });
});

describe('a server that says nothing is left at the deadline', () => {
  it.each<[Step, Answer['kind']]>([
    ['GREETING', 'retry'],
    ['EHLO', 'retry'],
    ['MAIL', 'retry'],
    ['RCPT', 'retry'],
    ['DATA', 'retry'],
    ['DOT', 'unknown'],
  ])('at %s, and that leads to: %s', async (step, kind) => {
    server.fault = { step, does: 'hang' };
    const controller = new AbortController();
    server.onSilence = () => controller.abort();
    const answer = await open().send(call('EMAIL', 'ana@example.com'), controller.signal);
    expect(answer).toMatchObject({ kind, code: 'DEADLINE' });
    // Nothing of it is still running.
    await (server.sessions[0] as Session).closed;
    expect(server.sessions.length).toBe(1);
  });

  it('also when the deadline was over before it began', async () => {
    const answer = await open().send(call('EMAIL', 'ana@example.com'), AbortSignal.abort());
    expect(answer).toMatchObject({ kind: 'retry', code: 'DEADLINE' });
    expect(server.messages).toEqual([]);
  });
});

describe('a session', () => {
  it('is kept for the next message', async () => {
    const carrier = open();
    for (const name of ['ana', 'ben'])
      expect(await send(carrier, `${name}@example.com`)).toMatchObject({ kind: 'accepted' });
    expect(taken()).toEqual(['ana@example.com', 'ben@example.com']);
    expect(server.sessions.length).toBe(1);
  });

  it('that died while it was kept is replaced, and the message goes once', async () => {
    const carrier = open();
    await send(carrier);
    const [kept] = server.sessions as [Session];
    kept.socket.destroy();
    await kept.closed;
    expect(await send(carrier, 'ben@example.com')).toMatchObject({ kind: 'accepted' });
    expect(taken()).toEqual(['ana@example.com', 'ben@example.com']);
    expect(server.sessions.length).toBe(2);
  });

  it.each<[string, Step, Fault]>([
    ['is cut when it is used again', 'MAIL', 'cut'],
    ['is ended by the server when it is used again', 'MAIL', '421 too many messages'],
    ['is cut before the message', 'DATA', 'cut'],
  ])('that %s is replaced, and the message goes once', async (_name, step, does) => {
    const carrier = open();
    await send(carrier);
    server.fault = { step, does, message: 2 };
    expect(await send(carrier, 'ben@example.com')).toMatchObject({ kind: 'accepted' });
    expect(taken()).toEqual(['ana@example.com', 'ben@example.com']);
    expect(server.sessions.length).toBe(2);
  });

  it('that died with the message in it is not replaced: nobody knows', async () => {
    const carrier = open();
    await send(carrier);
    server.fault = { step: 'DOT', does: 'cut' };
    expect(await send(carrier, 'ben@example.com')).toMatchObject({ kind: 'unknown' });
    expect(taken()).toEqual(['ana@example.com', 'ben@example.com']);
    expect(server.sessions.length).toBe(1);
  });

  it('that was refused something is not kept', async () => {
    const carrier = open();
    server.fault = { step: 'RCPT', does: '550 no such mailbox' };
    await send(carrier);
    server.fault = null;
    expect(await send(carrier)).toMatchObject({ kind: 'accepted' });
    expect(taken()).toEqual(['ana@example.com']);
  });

  it('ends when its carrier is closed', async () => {
    const carrier = open();
    await send(carrier);
    carrier.close?.();
    await (server.sessions[0] as Session).closed;
    expect(server.sessions.length).toBe(1);
  });

  it('carries many messages, each once, and leaves no listeners behind', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', onWarning);
    try {
      const carrier = open();
      const people = Array.from({ length: 100 }, (_, nth) => `p${nth}@example.com`);
      const queue = [...people];
      const hands = Array.from({ length: 4 }, async () => {
        for (let to = queue.shift(); to !== undefined; to = queue.shift())
          expect(await send(carrier, to)).toMatchObject({ kind: 'accepted' });
      });
      await Promise.all(hands);
      expect(taken().sort()).toEqual(people.sort());
      expect(server.sessions.length).toBe(4);
      // Warnings come in the next turn.
      await new Promise((resolve) => setImmediate(resolve));
      expect(warnings).toEqual([]);
    } finally {
      process.off('warning', onWarning);
    }
  });
});
