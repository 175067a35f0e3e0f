import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FILE_MAX } from '../../src/attachments/check.js';
import { fetchFile, harmless, namedIn } from '../../src/attachments/fetch.js';
import { egressTo } from '../../src/base/egress.js';
import { deadUrl } from '../support/provider-server.js';

const PDF = Buffer.from('%PDF-1.7\r\n\0\xff', 'latin1');
const here = egressTo(['127.0.0.1/32']);

/** What the server does for a path. */
const PATHS: Record<string, (response: ServerResponse, request: IncomingMessage) => void> = {
  '/invoice.pdf': (response) => {
    response.writeHead(200, { 'content-type': 'application/pdf' });
    response.end(PDF);
  },
  '/download': (response) => {
    response.writeHead(200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="x.csv"; filename*=UTF-8''p%C5%99ehled.csv`,
    });
    response.end('a;b');
  },
  '/bare': (response) => response.end('bytes'),
  '/odd-type': (response) => {
    response.writeHead(200, { 'content-type': 'nonsense' });
    response.end('bytes');
  },
  '/empty': (response) => response.end(),
  '/missing': (response) => {
    response.writeHead(404);
    response.end('no');
  },
  '/gzip': (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end('bytes');
  },
  '/once': (response) => redirect(response, '/invoice.pdf'),
  '/thrice': (response) => redirect(response, '/twice'),
  '/twice': (response) => redirect(response, '/once'),
  '/round': (response) => redirect(response, '/round'),
  '/inside': (response) => redirect(response, 'http://127.0.0.2/secret'),
  '/metadata': (response) => redirect(response, 'http://169.254.169.254/latest/meta-data/'),
  '/file': (response) => redirect(response, 'file:///etc/passwd'),
  '/nowhere': (response) => {
    response.writeHead(302);
    response.end();
  },
  '/large': (response) => {
    response.writeHead(200, { 'content-length': String(FILE_MAX + 1) });
    response.end(Buffer.alloc(FILE_MAX + 1));
  },
  '/largest': (response) => response.end(Buffer.alloc(FILE_MAX)),
  '/short': (response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  },
  '/slow': (response) => void response.write('a'),
};

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location });
  response.end();
}

let base: string;
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  PATHS[request.url ?? '']?.(response, request);
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

describe('a file is fetched', () => {
  it.each<[string, string, string]>([
    ['/invoice.pdf', 'invoice.pdf', 'application/pdf'],
    ['/download', 'přehled.csv', 'text/csv; charset=utf-8'],
    ['/bare', 'bare', 'application/octet-stream'],
    ['/odd-type', 'odd-type', 'application/octet-stream'],
    ['/once', 'invoice.pdf', 'application/pdf'],
    ['/thrice', 'invoice.pdf', 'application/pdf'],
  ])('from %s as %s', async (path, filename, contentType) => {
    expect(await fetchFile(`${base}${path}`, here)).toMatchObject({ filename, contentType });
  });

  it('byte by byte, in one request', async () => {
    asked.length = 0;
    expect((await fetchFile(`${base}/invoice.pdf`, here)).bytes.equals(PDF)).toBe(true);
    expect(asked).toEqual(['GET /invoice.pdf']);
  });

  it('up to the limit', async () => {
    expect((await fetchFile(`${base}/largest`, here)).bytes.length).toBe(FILE_MAX);
  });
});

describe('a file is not fetched', () => {
  it.each<[string, RegExp]>([
    ['/missing', /answered 404, expected 200/],
    ['/empty', /is empty/],
    ['/gzip', /as gzip/],
    ['/round', /more than 3 redirects/],
    ['/inside', /127\.0\.0\.2: not a public address/],
    ['/metadata', /169\.254\.169\.254: not a public address/],
    ['/file', /file: given, expected https or http/],
    ['/nowhere', /redirect to nowhere/],
    ['/large', /is larger/],
    ['/short', /aborted|hang up/],
  ])('from %s', async (path, message) => {
    const large = path === '/large';
    await expect(fetchFile(`${base}${path}`, here)).rejects.toMatchObject({
      name: 'FetchFailed',
      message: expect.stringMatching(message),
      large,
    });
  });

  it('within less time than it takes', async () => {
    await expect(fetchFile(`${base}/slow`, here, 300)).rejects.toThrow('no file within 0.3 s');
  });

  it('from private places, nobody, and broken URLs', async () => {
    asked.length = 0;
    await expect(fetchFile(`${base}/invoice.pdf`, egressTo([]))).rejects.toThrow('not a public address');
    await expect(fetchFile('http://localhost/', egressTo([]))).rejects.toThrow('not a public address');
    await expect(fetchFile(await deadUrl(), here)).rejects.toThrow('ECONNREFUSED');
    await expect(fetchFile('http://ana:pw@127.0.0.1/', here)).rejects.toThrow('user name');
    expect(asked).toEqual([]);
  });
});

describe('a name', () => {
  it.each<[string, string | null]>([
    ['attachment; filename="a b.pdf"', 'a b.pdf'],
    ['attachment; filename=a.pdf', 'a.pdf'],
    [String.raw`attachment; filename="a\"b.pdf"`, 'a"b.pdf'],
    ["attachment; filename=x.pdf; filename*=UTF-8''%E2%82%AC.pdf", '€.pdf'],
    ["attachment; filename=x.pdf; filename*=UTF-8''%E2", 'x.pdf'],
    [`attachment; filename="${Buffer.from('ž.pdf').toString('latin1')}"`, 'ž.pdf'],
    ['attachment; filename="\xe9.pdf"', 'é.pdf'],
    ['attachment', null],
    ['', null],
  ])('in %s is %s', (disposition, name) => expect(namedIn(disposition)).toBe(name));

  it.each<[string, string]>([
    ['../../etc/passwd', 'passwd'],
    ['C:\\temp\\a.pdf', 'a.pdf'],
    ['..', 'attachment'],
    ['', 'attachment'],
    ['a\r\nBcc: ben@example.com', 'aBcc: ben@example.com'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['a\ud800b', 'a\ufffdb'],
    [`${'x'.repeat(300)}.pdf`, `${'x'.repeat(251)}.pdf`],
  ])('%j becomes %j', (name, safe) => expect(harmless(name)).toBe(safe));

  it('whatever a server calls it, is one that a caller could have given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', minLength: 250 })), (name) => {
        const safe = harmless(name);
        expect(safe).not.toMatch(/[\p{Cc}/\\]|^\.*$/u);
        expect(safe.length).toBeLessThanOrEqual(255);
        expect(safe.isWellFormed()).toBe(true);
      }),
    );
  });
});
