import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attachment } from '../../src/channels/channel.js';
import { mailgunForm } from '../../src/providers/mailgun-form.js';
import { mailgun, type MailgunSettings } from '../../src/providers/mailgun.js';
import type { Call } from '../../src/providers/provider.js';
import { NOON } from '../support/arbitraries.js';
import { describeCallbacks, toCallback } from '../support/callback-contract.js';
import { EVENT, ID, mailgunCallbacks, proof, SECRETS, SETTINGS } from '../support/callbacks/mailgun.js';
import { call, describeProvider, noon, type SentFile } from '../support/provider-contract.js';
import { deadUrl, ProviderServer, type LoggedRequest, type Reply } from '../support/provider-server.js';

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

const yes = (): Reply => json(200, { id: ID, message: 'Queued. Thank you.' });
const problem = (status: number, message: string): Reply => json(status, { message });

function open(baseUrl: string, settings: Partial<MailgunSettings> = {}) {
  return mailgun(noon).open({ ...SETTINGS, baseUrl, ...settings }, SECRETS);
}

interface Form {
  readonly fields: Record<string, string>;
  readonly files: (SentFile & { field: string })[];
}

/** A form as the vendor reads it: every text is UTF-8, names too, whatever MIME says. */
function formOf({ headers, body, bytes }: Pick<LoggedRequest, 'headers' | 'body' | 'bytes'>): Form {
  const type = headers['content-type'] ?? '';
  const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(type)?.[1];
  if (boundary === undefined) return { fields: Object.fromEntries(new URLSearchParams(body)), files: [] };
  const fields: Form['fields'] = {};
  const files: Form['files'] = [];
  for (const part of bytes.toString('latin1').split(`--${boundary}`).slice(1, -1)) {
    const [head = '', ...rest] = part.slice(2, -2).split('\r\n\r\n');
    const content = Buffer.from(rest.join('\r\n\r\n'), 'latin1');
    const said = (pattern: RegExp) => {
      const found = pattern.exec(head)?.[1];
      return found === undefined ? undefined : Buffer.from(found, 'latin1').toString('utf8');
    };
    const field = said(/ name="([^"]*)"/) ?? '';
    const filename = said(/ filename="([^"]*)"/);
    if (filename === undefined) fields[field] = content.toString('utf8');
    else files.push({ field, filename, contentType: said(/content-type: (.*)/i) ?? '', bytes: content });
  }
  return { fields, files };
}

describeProvider({
  name: 'mailgun',
  channel: 'EMAIL',
  address: 'ana@example.com',
  open,
  yes,
  providerId: ID,
  unauthorized: { status: 401, body: 'Forbidden' },
  rejected: problem(400, 'to parameter is not a valid address. please check documentation'),
  limited: problem(429, 'Too many requests'),
  sent: (request) => {
    const { to = '', subject = '', text = '', html = '' } = formOf(request).fields;
    return { to, texts: [subject, text, html] };
  },
  attemptIn: (request) => formOf(request).fields['v:tidings_attempt'],
  attachmentsIn: (request) => formOf(request).files.map(({ field: _field, ...file }) => file),
  carriesFiles: true,
  untrackedIn: (request) => formOf(request).fields['o:tracking'] === 'no',
  mailIn: (request) => {
    const { fields } = formOf(request);
    return {
      from: /<(.*)>/.exec(fields['from'] ?? '')?.[1] ?? '',
      replyTo: fields['h:Reply-To'] ?? '',
      header: fields['h:List-Unsubscribe'] ?? '',
    };
  },
});

const read = (callback: ReturnType<typeof toCallback>) =>
  mailgun(noon).read?.(callback, SETTINGS, SECRETS) ?? expect.fail('no reader');

describeCallbacks({ ...mailgunCallbacks, read });

describe('a signature that is used again', () => {
  const body = (data: object, signature: object) =>
    Buffer.from(JSON.stringify({ signature, 'event-data': { ...EVENT, ...data } }));
  const token = 'a'.repeat(50);

  it('for another body names the event that is known already', () => {
    const first = read(toCallback({ body: body({ event: 'delivered', id: '1' }, proof(NOON, token)) }));
    const second = read(
      toCallback({ body: body({ event: 'failed', severity: 'permanent', id: '2' }, proof(NOON, token)) }),
    );
    expect(first).toMatchObject({ events: [{ key: `mailgun:${token}` }] });
    expect(second).toMatchObject({ events: [{ key: `mailgun:${token}` }] });
  });

  it.each(['timestamp', 'token', 'signature'])('with another %s is forged', (name) => {
    for (const bad of [undefined, null, 1, {}, '', 'x', '1773489601', 'b'.repeat(50)]) {
      const changed = body({ event: 'delivered' }, { ...proof(NOON, token), [name]: bad });
      expect(read(toCallback({ body: changed }))).toMatchObject({ kind: 'forged' });
    }
  });

  it('by a key that nobody set is forged', () => {
    const callback = toCallback({ body: body({ event: 'delivered' }, proof(NOON, token)) });
    expect(mailgun(noon).read?.(callback, SETTINGS, { apiKey: 'x' })).toMatchObject({ kind: 'forged' });
  });
});

describe('mailgun', () => {
  async function send(mode: ProviderServer['mode'], settings: Partial<MailgunSettings> = {}, more: Partial<Call> = {}) {
    await using server = await ProviderServer.start(yes);
    server.mode = mode;
    const answer = await open(server.url, settings).send(
      call('EMAIL', 'ana@example.com', more),
      AbortSignal.timeout(8_000),
    );
    return { answer, request: server.requests[0] as LoggedRequest };
  }

  it('is asked at the address of our domain, with our key, as our sender', async () => {
    const { request } = await send('ok');
    expect([request.method, request.path]).toEqual(['POST', '/v3/mg.example.com/messages']);
    expect(request.headers.authorization).toBe(`Basic ${btoa('api:of-ana')}`);
    expect(formOf(request).fields).toMatchObject({ from: 'Tidings <hello@example.com>' });
    expect(formOf(request).fields).not.toHaveProperty('html');
  });

  it.each<[number, string, string]>([
    [400, "'from' parameter is missing", 'rejected'],
    [403, 'Forbidden', 'misconfigured'],
    [404, 'Domain not found: mg.example.com', 'misconfigured'],
    [404, 'not here', 'retry'],
    [413, 'Request Entity Too Large', 'rejected'],
  ])('says %d with "%s": %s', async (status, message, kind) =>
    expect((await send(problem(status, message))).answer).toMatchObject({ kind, httpStatus: status, detail: message }),
  );

  it.each([{ id: ID }, { message: 'Queued. Thank you.' }, { id: 'soon', message: 'Queued.' }, { id: 1, message: 'x' }])(
    'proves nothing by %j',
    async (body) => expect((await send(json(200, body))).answer.kind).toBe('unknown'),
  );

  it('carries what it is told to carry', () => {
    const classesOf = (settings: object) => mailgun(noon).classesOf?.({ ...SETTINGS, ...settings });
    expect(classesOf({})).toHaveLength(4);
    expect(classesOf({ classes: ['TRANSACTIONAL'] })).toEqual(['TRANSACTIONAL']);
  });

  it.each<[object, boolean]>([
    [{ domain: 'mg.example.com', from: 'hello@example.com' }, true],
    [{ domain: 'mg.example.com', from: 'hello@example.com', region: 'eu', classes: ['SECURITY'] }, true],
    [{ domain: 'mg.example.com/../other', from: 'hello@example.com' }, false],
    [{ domain: 'mg.example.com', from: 'hello@example.com', region: 'mars' }, false],
    [{ domain: 'mg.example.com', from: 'hello@example.com', classes: [] }, false],
    [{ from: 'hello@example.com' }, false],
  ])('takes settings %j: %s', (settings, taken) =>
    expect(mailgun(noon).settings.safeParse(settings).success).toBe(taken),
  );
});

describe('a file that HTML shows', () => {
  const image = (contentId: string | null, filename: string): Attachment => ({
    filename,
    contentType: 'image/png',
    contentId,
    bytes: Buffer.of(1),
  });

  async function form(html: string | null, attachments: readonly Attachment[]): Promise<Form> {
    const { content } = call('EMAIL', '');
    const made = await mailgunForm(
      call('EMAIL', 'ana@example.com', { content: { ...content, html, attachments } }),
      'a@b.c',
    );
    return formOf({ headers: { 'content-type': made.contentType }, body: made.body.toString(), bytes: made.body });
  }

  it('is named in HTML as Mailgun names it', async () => {
    const { fields, files } = await form(
      `<img src="cid:logo"><img src='cid:logo'><img src=cid:logo><p style="background: url(cid:a%20b)">cid:logo</p>`,
      [image('logo', 'logo.png'), image('a b', 'back.png'), image(null, 'other.png')],
    );
    expect(fields['html']).toBe(
      `<img src="cid:logo.png"><img src='cid:logo.png'><img src=cid:logo.png><p style="background: url(cid:back.png)">cid:logo</p>`,
    );
    expect(files.map(({ field, filename }) => [field, filename])).toEqual([
      ['inline', 'logo.png'],
      ['inline', 'back.png'],
      ['attachment', 'other.png'],
    ]);
  });

  it('has a plain name of its own where two would be the same or one is not plain', async () => {
    const { fields, files } = await form('<img src="cid:a"><img src="cid:b"><img src="cid:c">', [
      image('a', 'x.png'),
      image('b', 'x.png'),
      image('c', 'Žlutý kůň.png'),
    ]);
    expect(fields['html']).toBe('<img src="cid:x.png"><img src="cid:inline-2.png"><img src="cid:inline-3.png">');
    expect(files.map((file) => file.filename)).toEqual(['x.png', 'inline-2.png', 'inline-3.png']);
  });

  it('is a file like the others where there is no HTML', async () =>
    expect((await form(null, [image('logo', 'logo.png')])).files).toMatchObject([{ field: 'attachment' }]));

  it('never shares its name with another, whatever their names', () => {
    const name = fc.oneof(
      fc.constantFrom('x.png', 'inline-1.png', 'inline-2.png', 'é.png'),
      fc.string({ minLength: 1 }),
    );
    return fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 5 }), async (filenames) => {
        const { files } = await form(
          '<p>',
          filenames.map((filename, nth) => image(`id${nth}`, filename)),
        );
        expect(new Set(files.map((file) => file.filename)).size).toBe(filenames.length);
      }),
      { numRuns: 100 },
    );
  });
});

describe('an attempt whose answer was lost', () => {
  const since = new Date('2026-03-14T11:59:00Z');
  const message = call('EMAIL', 'ana+a@example.com');
  const taken = { ...EVENT, event: 'accepted', 'user-variables': { tidings_attempt: message.attemptId } };

  async function lookup(reply: Reply) {
    await using server = await ProviderServer.start(() => reply);
    const answer = await open(server.url).lookup?.(message, since, AbortSignal.timeout(8_000));
    return { answer, request: server.requests[0] as LoggedRequest };
  }

  it('is looked for by recipient and time, and known by our name of it', async () => {
    const { answer, request } = await lookup(json(200, { items: [EVENT, null, taken] }));
    expect(answer).toMatchObject({ kind: 'accepted', providerId: ID });
    const url = new URL(request.path, 'http://x');
    expect([request.method, url.pathname]).toEqual(['GET', '/v3/mg.example.com/events']);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      event: 'accepted',
      recipient: 'ana+a@example.com',
      begin: String(since.getTime() / 1000 - 60),
    });
    expect(request.headers.authorization).toBe(`Basic ${btoa('api:of-ana')}`);
  });

  it.each<[string, Reply]>([
    ['others alone', json(200, { items: [EVENT] })],
    ['nothing', json(200, { items: [] })],
    ['no list', json(200, { items: 'x' })],
    ['no right to ask', problem(401, 'Forbidden')],
    ['trouble', { status: 500, body: JSON.stringify({ items: [taken] }) }],
    ['a page of some proxy', { status: 200, body: '<h1>Welcome</h1>' }],
  ])('is not known by %s', async (_name, reply) => expect((await lookup(reply)).answer).toBeNull());

  it('is not known where nobody answers', async () =>
    expect(await open(await deadUrl()).lookup?.(message, since, AbortSignal.timeout(8_000))).toBeNull());
});
