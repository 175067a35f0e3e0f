import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { until } from './until.js';

export interface SunkMail {
  from: string;
  to: string[];
  source: string;
}

/** A real SMTP server that keeps what it gets. */
export class SmtpSink implements AsyncDisposable {
  readonly mails: SunkMail[] = [];

  private constructor(
    private readonly server: SMTPServer,
    readonly port: number,
  ) {}

  static async start(): Promise<SmtpSink> {
    const mails: SunkMail[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      disableReverseLookup: true,
      onData(stream, session, done) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          mails.push({
            from: mailFrom === false ? '' : (mailFrom?.address ?? ''),
            to: rcptTo.map((one) => one.address),
            source: Buffer.concat(chunks).toString('utf8'),
          });
          done();
        });
      },
    });
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.server.address() as AddressInfo;
    const sink = new SmtpSink(server, port);
    Object.assign(sink, { mails });
    return sink;
  }

  get settings(): object {
    return { host: '127.0.0.1', port: this.port, from: 'Tidings <hello@example.com>' };
  }

  to(address: string): SunkMail[] {
    return this.mails.filter((mail) => mail.to.includes(address));
  }

  /** Waits until this address has mail. */
  first(address: string, timeoutMs = 15_000): Promise<SunkMail> {
    return until(() => this.to(address)[0], `mail to ${address}`, timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
