import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { Content } from '../../src/channels/channel.js';
import type { Answer, Call, Carrier } from '../../src/providers/provider.js';
import { smtp, type SmtpCredentials, type SmtpSettings } from '../../src/providers/smtp.js';
import { parseMime, words } from '../support/mime.js';
import { call, FILE, noon } from '../support/provider-contract.js';

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: string | null;
  readonly source: string;
}

const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A real mail server that keeps what it gets. */
async function startServer(
  options: SMTPServerOptions = {},
): Promise<{ port: number; mails: Mail[]; sessions: Set<string> }> {
  const mails: Mail[] = [];
  const sessions = new Set<string>();
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        sessions.add(session.id);
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map((one) => one.address),
          secure: session.secure,
          user: session.user ?? null,
          source: Buffer.concat(chunks).toString('utf8'),
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  closing.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, mails, sessions };
}

function open(port: number, settings: Partial<SmtpSettings> = {}, credentials: SmtpCredentials = {}): Carrier {
  const all = { host: '127.0.0.1', port, from: 'Tidings <hello@example.com>', ...settings };
  const carrier = smtp(noon).open(all, credentials);
  closing.push(() => carrier.close?.());
  return carrier;
}

function send(carrier: Carrier, content: Partial<Content> = {}, overrides: Partial<Call> = {}): Promise<Answer> {
  const message = call('EMAIL', 'ana@example.com', overrides);
  return carrier.send({ ...message, content: { ...message.content, ...content } }, AbortSignal.timeout(8_000));
}

function header(mail: Mail | undefined, name: string): string | null {
  return parseMime(Buffer.from(mail?.source ?? '')).header(name);
}

/** The text of a message of one part, decoded. */
function text(mail: Mail | undefined): string {
  return parseMime(Buffer.from(mail?.source ?? '')).bytes.toString('utf8');
}

describe('a message', () => {
  it('is taken by a real server, with the envelope and headers that it needs', async () => {
    const { port, mails } = await startServer();
    const answer = await send(open(port));
    const id = '<0199a0f0-0000-7000-8000-000000000001@tidings>';
    expect(answer).toMatchObject({ kind: 'accepted', providerId: id, code: '250' });
    expect(mails).toMatchObject([{ from: 'hello@example.com', to: ['ana@example.com'] }]);
    const headers = ['From', 'To', 'Subject', 'Message-ID', 'Date', 'X-Tidings-Attempt'].map((name) =>
      header(mails[0], name),
    );
    expect(headers).toEqual([
      'Tidings <hello@example.com>',
      'ana@example.com',
      'Your order',
      id,
      'Sat, 14 Mar 2026 12:00:00 +0000',
      'ntf_01k6gf000000000000000000001.0.1',
    ]);
    expect(text(mails[0]).trim()).toBe('It is on its way.');
  });

  it('arrives as it was said, in every script', async () => {
    const { port, mails } = await startServer();
    const title = 'Žluťoučký kůň úpěl ďábelské ódy 🐎 и ещё немного текста, чтобы строка была длинной — 日本語';
    const body = `línea 1\n.\n..\n日本語 = 100 %\n${'ž'.repeat(600)}`;
    await send(open(port), { title, body });
    expect(words(header(mails[0], 'Subject'))).toBe(title);
    expect(text(mails[0]).replaceAll('\r\n', '\n').trimEnd()).toBe(body);
  });

  it('cannot smuggle a header or a second message, whatever it says', async () => {
    const { port, mails } = await startServer();
    const evil = 'Hi\r\nBcc: ben@example.com\r\n\r\n.\r\nMAIL FROM:<ben@example.com>';
    await send(open(port), { title: evil, body: `a\r\n.\r\nMAIL FROM:<ben@example.com>\r\n${evil}` });
    expect(mails.length).toBe(1);
    expect(mails[0]?.to).toEqual(['ana@example.com']);
    expect(header(mails[0], 'Bcc')).toBeNull();
    expect(words(header(mails[0], 'Subject'))).not.toMatch(/[\r\n]/);
  });

  it('has HTML beside the text where there is any, and the link below the text', async () => {
    const { port, mails } = await startServer();
    await send(open(port), { html: '<p>Hello <b>Ana</b></p>', url: 'https://example.com/1' });
    expect(header(mails[0], 'Content-Type')).toMatch(/^multipart\/alternative/);
    expect(mails[0]?.source).toContain('<p>Hello <b>Ana</b></p>');
    expect(mails[0]?.source).toContain('It is on its way.\r\n\r\nhttps://example.com/1');
  });

  it('carries files byte by byte, and shows those that HTML names', async () => {
    const { port, mails } = await startServer();
    const logo = { ...FILE, filename: 'logo.png', contentType: 'image/png', contentId: 'logo' };
    const text = { ...FILE, filename: 'a.txt', contentType: 'text/plain', bytes: Buffer.from('a\nb\r\nc') };
    await send(open(port), { html: '<img src="cid:logo">', attachments: [FILE, logo, text] });
    const files = parseMime(Buffer.from(mails[0]?.source ?? ''))
      .leaves()
      .filter((part) => part.filename !== null);
    const expected = [logo, FILE, text].map(({ filename, contentType, bytes }) => ({ filename, contentType, bytes }));
    expect(files.map(({ filename, contentType, bytes }) => ({ filename, contentType, bytes }))).toEqual(expected);
    expect(files.map((part) => part.header('Content-Disposition')?.split(';')[0])).toEqual([
      'inline',
      'attachment',
      'attachment',
    ]);
    expect(files[0]?.header('Content-Id')).toBe('<logo>');
  });

  it('attaches what no HTML shows', async () => {
    const { port, mails } = await startServer();
    await send(open(port), { attachments: [{ ...FILE, contentId: 'logo' }] });
    const [, file] = parseMime(Buffer.from(mails[0]?.source ?? '')).leaves();
    expect(file?.header('Content-Disposition')).toMatch(/^attachment;/);
    expect(file?.bytes).toEqual(FILE.bytes);
  });

  it('is from whom the call says, with its headers, and answers go where it says', async () => {
    const { port, mails } = await startServer();
    const sender = { from: 'News <news@mail.example.com>', replyTo: 'Help <help@example.com>' };
    const headers = { 'List-Unsubscribe': '<https://example.com/u/1>', 'X-Tidings-Attempt': 'mine' };
    await send(open(port), {}, { sender, headers });
    expect(mails).toMatchObject([{ from: 'news@mail.example.com' }]);
    const found = ['From', 'Reply-To', 'List-Unsubscribe', 'X-Tidings-Attempt'].map((name) => header(mails[0], name));
    expect(found).toEqual([
      'News <news@mail.example.com>',
      'Help <help@example.com>',
      '<https://example.com/u/1>',
      'ntf_01k6gf000000000000000000001.0.1',
    ]);
  });

  it('reads no file and asks no server, whatever the HTML names', async () => {
    const { port, mails } = await startServer();
    await send(open(port), { html: '<img src="file:///etc/passwd"><img src="/etc/passwd">' });
    expect(mails[0]?.source).not.toContain('root:');
  });

  it('to somebody whom the server refuses is rejected, and the next one goes', async () => {
    const { port, mails } = await startServer({
      onRcptTo: (address, _session, done) =>
        done(address.address.startsWith('ben') ? Object.assign(new Error('no Ben here'), { responseCode: 550 }) : null),
    });
    const carrier = open(port);
    expect(await send(carrier, {}, { address: 'ben@example.com' })).toMatchObject({ kind: 'rejected', code: '550' });
    expect(await send(carrier)).toMatchObject({ kind: 'accepted' });
    expect(mails.map((mail) => mail.to)).toEqual([['ana@example.com']]);
  });

  it('goes once each for a hundred at once, over sessions that are kept', async () => {
    const { port, mails, sessions } = await startServer();
    const carrier = open(port);
    const people = Array.from({ length: 100 }, (_, nth) => `p${nth}@example.com`);
    const queue = [...people];
    const hands = Array.from({ length: 8 }, async () => {
      for (let address = queue.shift(); address !== undefined; address = queue.shift())
        expect(await send(carrier, {}, { address })).toMatchObject({ kind: 'accepted' });
    });
    await Promise.all(hands);
    expect(mails.flatMap((mail) => mail.to).sort()).toEqual(people.sort());
    expect(sessions.size).toBeLessThanOrEqual(8);
  });
});

describe('a server that wants to know us', () => {
  const wants: SMTPServerOptions = {
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      password === 'of-ana' ? done(null, { user: username ?? '' }) : done(new Error('wrong password')),
  };

  it('is told our name', async () => {
    const { port, mails } = await startServer(wants);
    expect(await send(open(port, {}, { user: 'ana', pass: 'of-ana' }))).toMatchObject({ kind: 'accepted' });
    expect(mails).toMatchObject([{ user: 'ana' }]);
  });

  it.each<[string, SmtpCredentials]>([
    ['a wrong password', { user: 'ana', pass: 'of-ben' }],
    ['no password', { user: 'ana' }],
    ['no name', {}],
  ])('and does not like %s: our fault', async (_name, credentials) => {
    const { port, mails } = await startServer(wants);
    const answer = await send(open(port, {}, credentials));
    expect(answer.kind).toBe('misconfigured');
    expect(JSON.stringify(answer)).not.toContain('of-ben');
    expect(mails).toEqual([]);
  });
});

describe('encryption', () => {
  it('is used where it is offered; on this machine nobody signs certificates', async () => {
    const { port, mails } = await startServer();
    expect(await send(open(port))).toMatchObject({ kind: 'accepted' });
    expect(mails).toMatchObject([{ secure: true }]);
  });

  it('with a certificate that nobody vouches for is refused where we are to check: our fault', async () => {
    const { port, mails } = await startServer();
    expect(await send(open(port, { tls: 'verify' }))).toMatchObject({ kind: 'misconfigured' });
    expect(mails).toEqual([]);
  });

  it('is not used where it is switched off', async () => {
    const { port, mails } = await startServer();
    expect(await send(open(port, { tls: 'off' }))).toMatchObject({ kind: 'accepted' });
    expect(mails).toMatchObject([{ secure: false }]);
  });

  it('holds from the first byte where the server wants it so', async () => {
    const { port, mails } = await startServer({ secure: true });
    expect(await send(open(port, { secure: true }))).toMatchObject({ kind: 'accepted' });
    expect(mails).toMatchObject([{ secure: true }]);
  });
});

describe('settings', () => {
  it.each<[object, boolean]>([
    [{ host: 'localhost', from: 'hello@example.com' }, true],
    [{ host: 'localhost', from: 'hello@example.com', port: 0 }, false],
    [{ host: 'localhost', from: 'hello' }, false],
    [{ host: 'localhost', from: 'hello@example.com\r\nBcc: ben@example.com' }, false],
    [{ host: 'localhost', from: 'hello@example.com', tls: 'maybe' }, false],
    [{ host: 'localhost', from: 'hello@example.com', rejectUnauthorized: false }, false],
    [{ from: 'hello@example.com' }, false],
  ])('%j: %s', (settings, taken) => expect(smtp(noon).settings.safeParse(settings).success).toBe(taken));

  it('have the port of submission', () =>
    expect(smtp(noon).settings.parse({ host: 'localhost', from: 'a@b.c' })).toMatchObject({ port: 587 }));
});
