import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import {
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  streamDecode,
  streamEncode,
  TRUNCATED_RESPONSE,
  type Answer,
  type Packet,
} from 'dns-packet';

/** The records of one name. A text may be longer than 255 bytes: it is cut into pieces as in a real zone. */
export interface DnsRecords {
  readonly TXT?: readonly string[];
  readonly MX?: readonly string[];
  readonly A?: readonly string[];
  readonly AAAA?: readonly string[];
}

/** Longest answer over UDP; what is longer is asked for again over TCP. */
const UDP_MAX = 512;
const NAME_ERROR = 3;
const SERVER_FAILURE = 2;

/** A name server on this machine, over UDP and TCP, that knows what it was told and says so as RFC 1035 and 8020 have it. */
export class DnsServer implements AsyncDisposable {
  readonly zone = new Map<string, DnsRecords>();
  /** Names, and all below them, that it does not answer for. */
  readonly silent = new Set<string>();
  /** Names that it fails for. */
  readonly broken = new Set<string>();
  /** Every question: `UDP TXT example.com`. */
  readonly questions: string[] = [];

  private constructor(
    private readonly udp: Socket,
    private readonly tcp: Server,
    readonly port: number,
  ) {}

  static async start(zone: Readonly<Record<string, DnsRecords>> = {}): Promise<DnsServer> {
    for (let tries = 1; ; tries += 1) {
      const tcp = createServer();
      tcp.listen(0, '127.0.0.1');
      await once(tcp, 'listening');
      const { port } = tcp.address() as AddressInfo;
      const udp = createSocket('udp4');
      try {
        udp.bind(port, '127.0.0.1');
        await once(udp, 'listening');
      } catch (error) {
        // The number is free over TCP alone.
        tcp.close();
        if (tries === 10) throw error;
        continue;
      }
      const server = new DnsServer(udp, tcp, port);
      server.listen();
      server.publish(zone);
      return server;
    }
  }

  /** As `DNS_SERVER` names it. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  publish(zone: Readonly<Record<string, DnsRecords>>): void {
    for (const [name, records] of Object.entries(zone)) this.zone.set(name.toLowerCase(), records);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.udp.close();
    this.tcp.close();
    await Promise.all([once(this.udp, 'close'), once(this.tcp, 'close')]);
  }

  private listen(): void {
    this.udp.on('message', (bytes, from) => {
      const answer = this.answer(decode(bytes), 'UDP');
      if (answer === null) return;
      const whole = encode(answer);
      const sent =
        whole.length <= UDP_MAX
          ? whole
          : encode({ ...answer, flags: (answer.flags ?? 0) | TRUNCATED_RESPONSE, answers: [] });
      this.udp.send(sent, from.port, from.address);
    });
    this.tcp.on('connection', (socket) => {
      let waiting = Buffer.alloc(0);
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        waiting = Buffer.concat([waiting, chunk]);
        while (waiting.length >= 2 && waiting.length >= 2 + waiting.readUInt16BE(0)) {
          const length = 2 + waiting.readUInt16BE(0);
          const answer = this.answer(streamDecode(waiting.subarray(0, length)), 'TCP');
          waiting = waiting.subarray(length);
          if (answer) socket.write(streamEncode(answer));
        }
      });
    });
  }

  /** Null: silence. */
  private answer({ id, questions = [] }: Packet, over: 'UDP' | 'TCP'): Packet | null {
    const [question] = questions;
    if (!question || id === undefined) return null;
    const name = question.name.toLowerCase();
    this.questions.push(`${over} ${question.type} ${name}`);
    const below = (parent: string): boolean => name === parent || name.endsWith(`.${parent}`);
    if ([...this.silent].some(below)) return null;
    const head = { type: 'response', id, questions } as const;
    if (this.broken.has(name)) return { ...head, flags: SERVER_FAILURE, answers: [] };
    const answers = answersOf(question.name, question.type, this.zone.get(name) ?? {});
    const known = this.zone.has(name) || [...this.zone.keys()].some((other) => other.endsWith(`.${name}`));
    return { ...head, flags: AUTHORITATIVE_ANSWER | (known ? 0 : NAME_ERROR), answers };
  }
}

function answersOf(name: string, type: string, records: DnsRecords): Answer[] {
  const ttl = 60;
  if (type === 'TXT')
    return (records.TXT ?? []).map((text) => ({ type, name, ttl, data: text.match(/.{1,255}/gs) ?? [''] }));
  if (type === 'MX')
    return (records.MX ?? []).map((exchange, index) => ({
      type,
      name,
      ttl,
      data: { preference: 10 * (index + 1), exchange },
    }));
  if (type === 'A') return (records.A ?? []).map((data) => ({ type, name, ttl, data }));
  if (type === 'AAAA') return (records.AAAA ?? []).map((data) => ({ type, name, ttl, data }));
  return [];
}
