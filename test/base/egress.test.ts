import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { LookupFunction, AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { egressTo, type Egress, type Resolve } from '../../src/base/egress.js';
import { errorCode, exchange, neverConnected } from '../../src/base/http-exchange.js';

/** A server on one address of this machine, which counts connections as well as requests. */
async function listening(address: string, answer: { status: number; location?: string } = { status: 200 }) {
  const seen = { requests: 0, bytes: 0 };
  const server: Server = createServer((_request, response) => {
    seen.requests += 1;
    response.writeHead(answer.status, answer.location === undefined ? {} : { location: answer.location });
    response.end('here');
  });
  server.on('connection', (socket) => socket.on('data', (chunk: Buffer) => (seen.bytes += chunk.length)));
  server.listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function ask(url: string, egress: Egress): Promise<string> {
  const request = { method: 'GET', headers: {}, body: '', egress };
  return exchange(url, request, AbortSignal.timeout(8_000)).then((reply) => `${reply.status} ${reply.text}`);
}

async function refusalOf(url: string, egress: Egress): Promise<unknown[]> {
  const error: unknown = await ask(url, egress).then(
    (answer) => new Error(`answered: ${answer}`),
    (thrown: unknown) => thrown,
  );
  return [errorCode(error), neverConnected(error)];
}

/** Names that lead where a test says; one list a question, the last for good. */
function names(...answers: string[][]): Resolve {
  return (_name, _options, callback) => {
    const addresses = answers.length > 1 ? answers.shift() : answers[0];
    callback(
      null,
      (addresses ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

const REFUSED = ['EGRESS_REFUSED', true];
const nowhere = egressTo([]);

describe('a URL that is refused, and nobody hears of it', () => {
  it.each([
    'http://127.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://127.0.1:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f000001:PORT/',
    'http://0x7f.0.0.1:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://017700000001:PORT/',
    'http://127.0.0.1.:PORT/',
    'http://%31%32%37.0.0.1:PORT/',
    'http://１２７.０.０.１:PORT/',
    'http://127。0。0。1:PORT/',
    'http://0:PORT/',
    'http://0.0.0.0:PORT/',
    'http://[::]:PORT/',
    'http://[::1]:PORT/',
    'http://[0:0:0:0:0:0:0:1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://[::127.0.0.1]:PORT/',
    'http://[::ffff:0:127.0.0.1]:PORT/',
    'http://[64:ff9b::7f00:1]:PORT/',
    'http://[64:ff9b::127.0.0.1]:PORT/',
    'http://[64:ff9b:1::127.0.0.1]:PORT/',
    'http://[2002:7f00:1::]:PORT/',
    'http://[2001::1]:PORT/',
    'http://[fc00::1]:PORT/',
    'http://[fd12:3456::1]:PORT/',
    'http://[fe80::1]:PORT/',
    'http://[fec0::1]:PORT/',
    'http://[ff02::1]:PORT/',
    'http://[100:0:0:1::1]:PORT/',
    'http://[4000::1]:PORT/',
    'http://10.0.0.1:PORT/',
    'http://172.16.0.1:PORT/',
    'http://192.168.1.1:PORT/',
    'http://100.64.0.1:PORT/',
    'http://169.254.1.1:PORT/',
    'http://169.254.169.254/latest/meta-data/',
    'http://168.63.129.16/metadata',
    'http://224.0.0.1:PORT/',
    'http://255.255.255.255:PORT/',
    'http://240.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://LocalHost:PORT/',
    'http://ana:secret@127.0.0.1:PORT/',
    'http://ana@example.com/',
    'https://127.0.0.1:PORT/',
    'http://example.com:25/',
    'http://example.com:22/',
    'file:///etc/passwd',
    'gopher://127.0.0.1:PORT/_x',
    'ftp://127.0.0.1/x',
    'data:text/plain,hello',
  ])('%s', async (form) => {
    await using server = await listening('127.0.0.1');
    expect(await refusalOf(form.replace('PORT', String(server.port)), nowhere)).toEqual(REFUSED);
    expect(server.seen).toEqual({ requests: 0, bytes: 0 });
  });
});

describe('an address', () => {
  it.each(['8.8.8.8', '1.1.1.1', '::ffff:8.8.8.8', '2606:4700:4700::1111', '2a00:1450:4001::1'])(
    '%s is public',
    (address) => expect(nowhere.allows(address)).toBe(true),
  );

  it.each(['', 'example.com', '1.2.3.4.5', '::g', '127.0.0.1/8'])('"%s" is none', (address) =>
    expect(nowhere.allows(address)).toBe(false),
  );

  it('that is private is so in every way that IPv6 can wrap it', () => {
    const priv = fc
      .tuple(
        fc.constantFrom([10], [127], [192, 168], [172, 20], [169, 254], [0]),
        fc.array(fc.nat(255), { minLength: 4 }),
      )
      .map(([head, tail]) => [...head, ...tail].slice(0, 4) as [number, number, number, number]);
    fc.assert(
      fc.property(priv, (four) => {
        const hex = four.map((byte) => byte.toString(16).padStart(2, '0'));
        const pair = `${hex[0]}${hex[1]}:${hex[2]}${hex[3]}`;
        const forms = [four.join('.'), `::ffff:${pair}`, `::${pair}`, `64:ff9b::${pair}`, `64:ff9b:1::${pair}`];
        for (const form of [...forms, `2002:${pair}::1`, `::ffff:0:${pair}`, `fd00::${pair}`])
          expect([form, nowhere.allows(form)]).toEqual([form, false]);
      }),
    );
  });

  it('of IPv6 outside 2000::/3 is never public', () => {
    const bytes = fc.array(fc.nat(255), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(bytes, (all) => {
        fc.pre((all[0] as number) >> 5 !== 1);
        const ip = new ipaddr.IPv6(all);
        fc.pre(!ip.isIPv4MappedAddress());
        expect(nowhere.allows(ip.toString())).toBe(false);
      }),
    );
  });
});

describe('networks that are allowed', () => {
  it('can be reached, and no others', async () => {
    await using server = await listening('127.0.0.1');
    const egress = egressTo(['127.0.0.0/30']);
    expect(await ask(`http://127.0.0.1:${server.port}/`, egress)).toBe('200 here');
    expect(await ask(`http://[::ffff:127.0.0.1]:${server.port}/`, egress)).toBe('200 here');
    expect(await refusalOf(`http://127.0.0.9:${server.port}/`, egress)).toEqual(REFUSED);
    expect(await refusalOf(`http://10.0.0.1:${server.port}/`, egress)).toEqual(REFUSED);
    expect(await refusalOf(`http://[::1]:${server.port}/`, egress)).toEqual(REFUSED);
  });

  it.each([
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '::a9fe:a9fe',
    '169.254.170.2',
    '168.63.129.16',
    '100.100.100.200',
    'fd00:ec2::254',
    'fd00:0ec2:0:0:0:0:0:254',
    'fd20:ce::254',
  ])('do not hold the metadata service %s', (address) => {
    expect(egressTo(['0.0.0.0/0', '::/0']).allows(address)).toBe(false);
  });
});

describe('a name', () => {
  it('that leads to a public address is asked there', async () => {
    await using server = await listening('127.0.0.2');
    const egress = egressTo(['127.0.0.2/32'], names(['127.0.0.2']));
    expect(await ask(`http://files.example:${server.port}/`, egress)).toBe('200 here');
  });

  it('one of whose addresses is private is refused', async () => {
    await using server = await listening('127.0.0.2');
    const egress = egressTo(['127.0.0.2/32'], names(['127.0.0.2', '127.0.0.1']));
    expect(await refusalOf(`http://files.example:${server.port}/`, egress)).toEqual(REFUSED);
    expect(server.seen.bytes).toBe(0);
  });

  it('that leads elsewhere the second time (rebinding) is refused then', async () => {
    await using harmless = await listening('127.0.0.2');
    await using inner = await listening('127.0.0.1');
    const egress = egressTo(['127.0.0.2/32'], names(['127.0.0.2'], ['127.0.0.1']));
    expect(await ask(`http://files.example:${harmless.port}/`, egress)).toBe('200 here');
    expect(await refusalOf(`http://files.example:${inner.port}/`, egress)).toEqual(REFUSED);
    expect(inner.seen).toEqual({ requests: 0, bytes: 0 });
  });

  it('that leads nowhere says so', async () => {
    const missing: Resolve = (_name, _options, callback) =>
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
    expect(await refusalOf('http://files.example/', egressTo([], missing))).toEqual(['ENOTFOUND', true]);
    const error: unknown = await ask('http://files.example/', egressTo([], names([]))).catch((e: unknown) => e);
    expect(error).toMatchObject({ message: 'files.example has no address' });
  });
});

describe('a peer', () => {
  /** Whatever passed the checks of the URL and the name. */
  const fooled = (egress: Egress): Egress => ({
    ...egress,
    refuses: () => null,
    dialing: {
      lookup: ((_name, options, callback) =>
        options.all
          ? callback(null, [{ address: '127.0.0.1', family: 4 }])
          : callback(null, '127.0.0.1', 4)) satisfies LookupFunction,
    },
  });

  it.each(['http', 'https'])('that may not be talked to is left before a byte is said over %s', async (scheme) => {
    await using server = await listening('127.0.0.1');
    expect(await refusalOf(`${scheme}://files.example:${server.port}/`, fooled(nowhere))).toEqual(REFUSED);
    expect(await refusalOf(`${scheme}://127.0.0.1:${server.port}/`, fooled(nowhere))).toEqual(REFUSED);
    expect(server.seen).toEqual({ requests: 0, bytes: 0 });
  });
});

it('a redirect to a private address is not followed', async () => {
  await using inner = await listening('127.0.0.1');
  await using outer = await listening('127.0.0.2', { status: 302, location: `http://127.0.0.1:${inner.port}/` });
  expect(await ask(`http://127.0.0.2:${outer.port}/`, egressTo(['127.0.0.2/32']))).toBe('302 here');
  expect(inner.seen.bytes).toBe(0);
});
