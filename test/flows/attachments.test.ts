import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FILE_MAX } from '../../src/attachments/check.js';
import { openDatabase, type Database } from '../../src/store/database.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { FileServer } from '../support/file-server.js';
import { SmtpSink } from '../support/smtp-sink.js';

const PDF = Buffer.concat([Buffer.from('%PDF-1.7\r\n.\r\n'), randomBytes(70_000)]);
const TERMS = Buffer.concat([Buffer.from('%PDF-1.4\n'), randomBytes(3_000)]);
const BY_CONTENT = { filename: 'Žádost – 日本.pdf', contentType: 'application/pdf', content: PDF.toString('base64') };

let app: TestApp;
let database: Database;
let sink: SmtpSink;
let files: FileServer;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'attachments-'));
  app = await startTestApp({ dataDir });
  database = await openDatabase(app.database.url, 2);
  sink = await SmtpSink.start();
  files = await FileServer.start({
    '/terms.pdf': { contentType: 'application/pdf', bytes: TERMS },
    '/huge.bin': { contentType: 'application/octet-stream', bytes: Buffer.alloc(FILE_MAX + 1) },
    '/large.bin': { contentType: 'application/octet-stream', bytes: Buffer.alloc(20_000_000) },
  });
  await app.production.category('invoices', { channels: ['EMAIL'] });
  await app.production.integration('mail', 'smtp', { ...sink.settings, tls: 'off' });
});

afterAll(async () => {
  await database.close();
  await app[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
  await files[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

/** What lies in the store, and the rows that know of it. */
async function stored(): Promise<{ files: string[]; rows: string[] }> {
  const all = await readdir(join(dataDir, 'attachments'), { recursive: true }).catch(() => []);
  const { rows } = await sql<{ key: string }>`select store_key as key from attachment order by 1`.execute(database.db);
  return { files: all.filter((path) => path.split('/').length === 3).sort(), rows: rows.map(({ key }) => key) };
}

let before: { files: string[]; rows: string[] };
beforeEach(async () => {
  before = await stored();
  files.asked.length = 0;
});

const SELECTION = 'send { id attachments { id filename contentType size } } deduplicated';
interface Payload {
  send: { id: string; attachments: { id: string; filename: string; contentType: string; size: number }[] } | null;
  deduplicated: boolean;
}

function input(name: string, attachments: object[] | null, more: object = {}) {
  const to = [{ externalId: name, email: `${name}@example.com` }];
  return { to, category: 'invoices', content: { title: 'Your invoice', body: 'Attached' }, attachments, ...more };
}

const send = (sent: object) => app.production.attempt<Payload>('send', sent, SELECTION);
const said = (answer: { userErrors: { field: string[]; code: string }[] }): string[] =>
  answer.userErrors.map(({ field, code }) => `${field.join('.')}: ${code}`);

function times<T>(count: number, one: T): T[] {
  return Array.from({ length: count }, () => one);
}

/** The files in a mail, as its reader would save them. */
function filesIn(source: string): { head: string; bytes: Buffer }[] {
  const boundary = /boundary="([^"]+)"/.exec(source)?.[1] as string;
  return source
    .split(`--${boundary}`)
    .slice(2, -1)
    .map((part) => {
      const at = part.indexOf('\r\n\r\n');
      return { head: part.slice(0, at), bytes: Buffer.from(part.slice(at), 'base64') };
    });
}

describe('files', () => {
  test('by content and by URL arrive byte by byte, and lie outside the rows', async () => {
    const { send: made } = await app.production.mutate<Payload>(
      'send',
      input('ana', [BY_CONTENT, { url: `${files.url}/terms.pdf` }]),
      SELECTION,
    );
    expect(made?.attachments).toMatchObject([
      { filename: BY_CONTENT.filename, contentType: 'application/pdf', size: PDF.length },
      { filename: 'terms.pdf', contentType: 'application/pdf', size: TERMS.length },
    ]);
    expect(made?.attachments[0]?.id).toMatch(/^att_[0-9a-z]{26}$/);
    const found = filesIn((await sink.first('ana@example.com')).source);
    expect(found.map(({ bytes }) => bytes)).toEqual([PDF, TERMS]);
    expect(found.map(({ head }) => /content-type: ([^;\r]+)/i.exec(head)?.[1])).toEqual(
      Array(2).fill('application/pdf'),
    );
    expect(found[1]?.head).toContain('terms.pdf');
    const after = await stored();
    expect(after.files).toHaveLength(2);
    expect(after.files.every((path) => /^[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f-]{36}$/.test(path))).toBe(true);
    expect(after.rows).toEqual(after.files);
    const { rows } = await sql<{ size: number }>`select max(pg_column_size(s)) as size from send s`.execute(
      database.db,
    );
    expect(rows[0]?.size).toBeLessThan(2_000);
    const { send: again } = await app.production.query<{ send: Payload['send'] }>(
      'query($id: ID!) { send(id: $id) { id attachments { id filename contentType size } } }',
      { id: made?.id },
    );
    expect(again).toEqual(made);
  });

  test('are fetched once for many people', async () => {
    const to = Array.from({ length: 20 }, (_, nth) => ({ externalId: `p${nth}`, email: `p${nth}@example.com` }));
    await app.production.mutate('send', { ...input('x', [{ url: `${files.url}/terms.pdf` }]), to }, SELECTION);
    const mails = await Promise.all(to.map(({ email }) => sink.first(email)));
    for (const { source } of mails) expect(filesIn(source).map(({ bytes }) => bytes)).toEqual([TERMS]);
    expect(files.asked).toEqual(['/terms.pdf']);
    expect((await stored()).files).toHaveLength(before.files.length + 1);
  });

  test('do not go where no files go', async () => {
    await app.development.category('chats', { channels: ['SMS'] });
    const { notificationIds } = await app.development.send([{ externalId: 'ben', phone: '+420777123456' }], 'chats', {
      attachments: [BY_CONTENT],
    });
    expect(await app.development.finished(notificationIds[0] as string)).toMatchObject({ state: 'COMPLETED' });
  });

  test('that are gone fail for good, and say so', async () => {
    const sendAt = new Date(Date.now() + 1_500).toISOString();
    const { notificationIds } = await app.production.send([{ externalId: 'cy', email: 'cy@example.com' }], 'invoices', {
      attachments: [BY_CONTENT],
      sendAt,
    });
    const { files: all } = await stored();
    await Promise.all(
      all.filter((path) => !before.files.includes(path)).map((path) => rm(join(dataDir, 'attachments', path))),
    );
    await sql`delete from attachment where store_key <> all(${before.files})`.execute(database.db);
    const ended = await app.production.finished(notificationIds[0] as string);
    expect(ended).toMatchObject({ state: 'FAILED', deliveries: [{ reason: 'RENDER_ERROR' }] });
    expect(ended.deliveries[0]?.attempts).toMatchObject([
      { outcome: 'REJECTED', code: 'ATTACHMENT_MISSING', detail: expect.stringContaining(BY_CONTENT.filename) },
    ]);
    expect(sink.to('cy@example.com')).toEqual([]);
  });
});

describe('is refused, and nothing stays', () => {
  const cases: [string, () => object[], string[]][] = [
    ['a private address', () => [{ url: 'http://10.0.0.1/x' }], ['input.attachments.0.url: ATTACHMENT_FETCH_FAILED']],
    [
      'the metadata service, beside a good file',
      () => [BY_CONTENT, { url: 'http://169.254.169.254/latest/meta-data/' }],
      ['input.attachments.1.url: ATTACHMENT_FETCH_FAILED'],
    ],
    ['this machine over IPv6', () => [{ url: 'http://[::1]/x' }], ['input.attachments.0.url: ATTACHMENT_FETCH_FAILED']],
    ['nothing there', () => [{ url: `${files.url}/no` }], ['input.attachments.0.url: ATTACHMENT_FETCH_FAILED']],
    ['a password', () => [{ url: 'http://ana:pw@example.com/' }], ['input.attachments.0.url: INVALID_ATTACHMENT']],
    ['mail', () => [{ url: 'mailto:ana@example.com' }], ['input.attachments.0.url: INVALID_ATTACHMENT']],
    ['bad base64', () => [{ ...BY_CONTENT, content: 'no!' }], ['input.attachments.0.content: INVALID_ATTACHMENT']],
    ['a path', () => [{ ...BY_CONTENT, filename: '../../x' }], ['input.attachments.0.filename: INVALID_ATTACHMENT']],
    ['21 files', () => times(21, BY_CONTENT), ['input.attachments: TOO_MANY_ATTACHMENTS']],
    [
      'a file that is too large',
      () => [{ ...BY_CONTENT, content: Buffer.alloc(FILE_MAX + 1).toString('base64') }],
      ['input.attachments.0.content: ATTACHMENT_TOO_LARGE'],
    ],
    [
      'a file elsewhere that is too large',
      () => [{ url: `${files.url}/huge.bin` }],
      ['input.attachments.0.url: ATTACHMENT_TOO_LARGE'],
    ],
    [
      'files that are too large together',
      () => times(3, { url: `${files.url}/large.bin` }),
      ['input.attachments: ATTACHMENT_TOO_LARGE'],
    ],
  ];
  test.each(cases)('%s', async (_name, attachments, problems) => {
    expect(said(await send(input('dee', attachments())))).toEqual(problems);
    expect(await stored()).toEqual(before);
  });

  test('a URL of another scheme, by the type URL itself', async () => {
    for (const url of ['file:///etc/passwd', 'gopher://127.0.0.1/', 'nowhere'])
      expect(
        await app.production.raw({
          query: 'mutation($input: SendInput!) { send(input: $input) { deduplicated } }',
          variables: { input: input('dee', [{ url }]) },
        }),
      ).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  test('a send that is wrong elsewhere', async () => {
    expect(said(await send(input('dee', [BY_CONTENT], { category: 'nothing' })))).toEqual([
      'input.category: UNKNOWN_CATEGORY',
    ]);
    expect(await stored()).toEqual(before);
  });

  test('why is said in words', async () => {
    const [problem] = (await send(input('dee', [{ url: 'http://10.0.0.1/x' }]))).userErrors;
    expect(problem?.message).toBe(
      '10.0.0.1: not a public address; EGRESS_ALLOW lists networks that may be reached all the same',
    );
  });
});

describe('a key', () => {
  test('that was used answers again, without fetching or storing', async () => {
    const keyed = input('eve', [BY_CONTENT, { url: `${files.url}/terms.pdf` }], { idempotencyKey: 'eve-1' });
    const first = await send(keyed);
    const after = await stored();
    expect(await send(keyed)).toEqual({ ...first, deduplicated: true });
    expect(files.asked).toEqual(['/terms.pdf']);
    expect(await stored()).toEqual(after);
    const others = [
      [BY_CONTENT],
      [{ ...BY_CONTENT, content: TERMS.toString('base64') }, { url: `${files.url}/terms.pdf` }],
      [BY_CONTENT, { url: `${files.url}/terms.pdf?2` }],
      null,
    ];
    for (const attachments of others)
      expect(said(await send({ ...keyed, attachments }))).toEqual(['input.idempotencyKey: IDEMPOTENCY_CONFLICT']);
    expect(await stored()).toEqual(after);
  });

  test('at ten places at once is one send with its files', async () => {
    const keyed = input('fay', [BY_CONTENT], { idempotencyKey: 'fay-1' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(keyed)));
    expect(new Set(answers.map((answer) => answer.send?.attachments[0]?.id)).size).toBe(1);
    expect(answers.filter((answer) => !answer.deduplicated)).toHaveLength(1);
    const after = await stored();
    expect(after.files).toHaveLength(before.files.length + 1);
    expect(after.rows).toEqual(after.files);
    expect(filesIn((await sink.first('fay@example.com')).source).map(({ bytes }) => bytes)).toEqual([PDF]);
  });
});

describe('a batch', () => {
  const batch = (sends: object[], onError: string) =>
    app.production.mutate<{ results: (Payload & { userErrors: { field: string[]; code: string }[] })[] }>(
      'sendBatch',
      { sends, onError },
      `results { ${SELECTION} userErrors { field message code } }`,
    );

  test('has files for each send, and a bad one fails alone', async () => {
    const { results } = await batch(
      [
        input('gus', [BY_CONTENT]),
        input('hal', [{ url: 'http://10.0.0.1/' }]),
        input('ida', [{ url: `${files.url}/terms.pdf` }]),
      ],
      'CONTINUE',
    );
    expect(results.map(said)).toEqual([[], ['input.sends.1.attachments.0.url: ATTACHMENT_FETCH_FAILED'], []]);
    expect((await stored()).files).toHaveLength(before.files.length + 2);
    expect(filesIn((await sink.first('ida@example.com')).source).map(({ bytes }) => bytes)).toEqual([TERMS]);
  });

  test('of all or nothing leaves no file when one is refused', async () => {
    const { results } = await batch(
      [input('jo', [BY_CONTENT]), input('kim', [{ url: `${files.url}/no` }]), input('lee', null)],
      'ABORT',
    );
    expect(results.map(said)).toEqual([
      ['input.sends.0: BATCH_ABORTED'],
      ['input.sends.1.attachments.0.url: ATTACHMENT_FETCH_FAILED'],
      ['input.sends.2: BATCH_ABORTED'],
    ]);
    expect(await stored()).toEqual(before);
  });

  test('of all or nothing goes with its files when all are good', async () => {
    const { results } = await batch([input('max', [BY_CONTENT]), input('nel', null)], 'ABORT');
    expect(results.map((one) => one.send?.attachments.length)).toEqual([1, 0]);
    expect(filesIn((await sink.first('max@example.com')).source).map(({ bytes }) => bytes)).toEqual([PDF]);
  });

  test('has a hundred files at most', async () => {
    const small = { filename: 'a', content: 'AA==' };
    const sends = Array.from({ length: 6 }, () => input('oz', times(20, small), { category: 'nothing' }));
    const { results } = await batch(sends, 'CONTINUE');
    expect(results.map((one) => said(one).map((text) => text.split(': ')[1]))).toEqual([
      ...times(5, ['UNKNOWN_CATEGORY']),
      ['TOO_MANY_ATTACHMENTS'],
    ]);
    expect(await stored()).toEqual(before);
  });
});

test('a dry run looks at files and touches none', async () => {
  const explain = (attachments: object[]) =>
    app.production.raw({
      query: 'query($input: SendInput!) { explain(input: $input) { outcome } }',
      variables: { input: input('ana', attachments) },
    });
  expect((await explain([BY_CONTENT, { url: `${files.url}/terms.pdf` }])).data).toMatchObject({ explain: [{}] });
  expect((await explain([{ ...BY_CONTENT, content: 'no!' }])).errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', userErrors: [{ code: 'INVALID_ATTACHMENT' }] } },
  ]);
  expect(files.asked).toEqual([]);
  expect(await stored()).toEqual(before);
});
