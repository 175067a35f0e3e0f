import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ATTACHMENTS_MAX,
  checkAttachments,
  FILE_MAX,
  fingerprint,
  type AttachmentInput,
} from '../../src/attachments/check.js';

function file(changes: Partial<AttachmentInput> = {}): AttachmentInput {
  return {
    filename: 'a.pdf',
    contentType: 'application/pdf',
    contentId: null,
    content: 'JVBERg==',
    url: null,
    ...changes,
  };
}

const fetched = (changes: Partial<AttachmentInput> = {}): AttachmentInput =>
  file({ content: null, url: 'https://example.com/a.pdf', ...changes });

function problems(...inputs: AttachmentInput[]): string[] {
  return checkAttachments(inputs, ['input', 'attachments']).problems.map(
    ({ field, code }) => `${field.slice(1).join('.')}: ${code}`,
  );
}

describe('a file is refused', () => {
  it.each<[string, Partial<AttachmentInput>, string]>([
    ['without content', { content: null }, 'attachments.0: INVALID_ATTACHMENT'],
    ['with content and a URL', { url: 'https://example.com/' }, 'attachments.0: INVALID_ATTACHMENT'],
    ['that is empty', { content: '' }, 'attachments.0.content: INVALID_ATTACHMENT'],
    ['without a name', { filename: null }, 'attachments.0.filename: INVALID_ATTACHMENT'],
    ['with an empty name', { filename: ' ' }, 'attachments.0.filename: INVALID_ATTACHMENT'],
    ['with a folder', { filename: '../../x' }, 'attachments.0.filename: INVALID_ATTACHMENT'],
    ['with a folder of Windows', { filename: '..\\x' }, 'attachments.0.filename: INVALID_ATTACHMENT'],
    ['with the name of a folder', { filename: '..' }, 'attachments.0.filename: INVALID_ATTACHMENT'],
    ['with a line break', { filename: 'a\r\nBcc: x' }, 'attachments.0.filename: INVALID_ATTACHMENT'],
    ['with a name turned around', { filename: 'a\u202efdp.exe' }, 'attachments.0.filename: INVALID_ATTACHMENT'],
    ['with a long name', { filename: 'x'.repeat(256) }, 'attachments.0.filename: INVALID_ATTACHMENT'],
    ['without a type', { contentType: '' }, 'attachments.0.contentType: INVALID_ATTACHMENT'],
    ['with half a type', { contentType: 'pdf' }, 'attachments.0.contentType: INVALID_ATTACHMENT'],
    ['with a header', { contentType: 'a/b\r\nX: y' }, 'attachments.0.contentType: INVALID_ATTACHMENT'],
    ['with a header in quotes', { contentType: 'a/b; c="\r\nX: y"' }, 'attachments.0.contentType: INVALID_ATTACHMENT'],
    ['that is several', { contentType: 'multipart/mixed' }, 'attachments.0.contentType: INVALID_ATTACHMENT'],
    ['with a content id in brackets', { contentId: '<logo>' }, 'attachments.0.contentId: INVALID_ATTACHMENT'],
    ['with an empty content id', { contentId: '' }, 'attachments.0.contentId: INVALID_ATTACHMENT'],
    ['in no base64', { content: '%%%%' }, 'attachments.0.content: INVALID_ATTACHMENT'],
    ['in base64 for URLs', { content: '_-__' }, 'attachments.0.content: INVALID_ATTACHMENT'],
    ['without padding', { content: 'JVBERg' }, 'attachments.0.content: INVALID_ATTACHMENT'],
    ['with padding in the middle', { content: 'JV==BERg' }, 'attachments.0.content: INVALID_ATTACHMENT'],
    ['of padding alone', { content: '====' }, 'attachments.0.content: INVALID_ATTACHMENT'],
    ['with line breaks', { content: 'JVBE\r\nRg==' }, 'attachments.0.content: INVALID_ATTACHMENT'],
    ['as a data URL', { content: 'data:a/b;base64,JVBERg==' }, 'attachments.0.content: INVALID_ATTACHMENT'],
    [
      'that is too large',
      { content: 'A'.repeat(Math.ceil((FILE_MAX + 1) / 3) * 4) },
      'attachments.0.content: ATTACHMENT_TOO_LARGE',
    ],
    ['at no place', { content: null, url: 'nowhere' }, 'attachments.0.url: INVALID_ATTACHMENT'],
    ['of this machine', { content: null, url: 'file:///etc/passwd' }, 'attachments.0.url: INVALID_ATTACHMENT'],
    ['over gopher', { content: null, url: 'gopher://x/' }, 'attachments.0.url: INVALID_ATTACHMENT'],
    ['with a password', { content: null, url: 'https://ana:pw@example.com/' }, 'attachments.0.url: INVALID_ATTACHMENT'],
  ])('%s', (_name, changes, problem) => expect(problems(file(changes))).toEqual([problem]));

  it('when another has its content id', () =>
    expect(problems(file({ contentId: 'logo' }), fetched({ contentId: 'logo' }))).toEqual([
      'attachments.1.contentId: INVALID_ATTACHMENT',
    ]));

  it('among too many', () => {
    expect(problems(...Array.from({ length: ATTACHMENTS_MAX }, () => file()))).toEqual([]);
    expect(problems(...Array.from({ length: ATTACHMENTS_MAX + 1 }, () => file()))).toEqual([
      'attachments: TOO_MANY_ATTACHMENTS',
    ]);
  });

  it('with others that are too large together', () => {
    const large = file({ content: 'A'.repeat(32_000_000) });
    expect(problems(large, large)).toEqual([]);
    expect(problems(large, large, large)).toEqual(['attachments: ATTACHMENT_TOO_LARGE']);
  });
});

describe('a file is taken', () => {
  it.each<[string, Partial<AttachmentInput>]>([
    ['with a name in any language', { filename: 'Žádost – 日本 (1).pdf' }],
    ['with dots', { filename: '..a..b' }],
    ['without a type', { contentType: null }],
    ['with a type that has parameters', { contentType: 'text/calendar; method=REQUEST; charset="utf-8"' }],
    ['with a type of a vendor', { contentType: 'application/vnd.ms-excel.sheet.macroEnabled.12' }],
    ['with a content id', { contentId: 'logo.1@example.com' }],
    ['of one byte', { content: 'AA==' }],
    ['of exactly the limit', { content: `${'A'.repeat(33_333_332)}AA==` }],
  ])('%s', (_name, changes) => expect(problems(file(changes))).toEqual([]));

  it('from a URL, without a name', () => expect(problems(fetched({ filename: null, contentType: null }))).toEqual([]));

  it('with the bytes that were coded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const content = Buffer.from(bytes).toString('base64');
        const { sources } = checkAttachments([file({ content })], []);
        expect(sources).toMatchObject([{ from: 'content', bytes: Buffer.from(bytes) }]);
      }),
    );
  });
});

it('files are told apart by what is in them', () => {
  const { sources } = checkAttachments(
    [file(), file({ content: 'JVBERw==' }), file({ filename: 'b.pdf' }), file({ contentType: 'text/plain' })].concat([
      file({ contentId: 'logo' }),
      fetched(),
      fetched({ url: 'https://example.com/b.pdf' }),
    ]),
    [],
  );
  expect(new Set(sources.map((source) => JSON.stringify(fingerprint(source)))).size).toBe(7);
  expect(fingerprint(sources[0] as never)).toEqual(fingerprint(checkAttachments([file()], []).sources[0] as never));
});
