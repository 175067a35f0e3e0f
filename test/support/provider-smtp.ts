import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** The moments of a dialogue at which a server can misbehave. `DOT` is the end of a message. */
export type Step = 'GREETING' | 'EHLO' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'BYTES' | 'DOT';
/** A reply of its own; `hang`: none; `cut`: no connection any more. */
export type Fault = string;

const GOOD: Readonly<Record<Step, string>> = {
  GREETING: '220 here',
  EHLO: '250-here\r\n250 AUTH PLAIN',
  AUTH: '235 welcome',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go on',
  BYTES: '',
  DOT: '250 taken as 1',
};

export interface Session {
  readonly commands: string[];
  readonly closed: Promise<unknown>;
  readonly socket: Socket;
}

/** A mail server on this machine, made by hand, that fails wherever it is told to. */
export class FaultySmtp implements AsyncDisposable {
  /** What goes wrong, and in which session (from 0) at the earliest, at which message of it (from 1) at the earliest. */
  fault: { step: Step; does: Fault; session?: number; message?: number } | null = null;
  /** Called when the server has fallen silent as it was told to. */
  onSilence: () => void = () => undefined;
  readonly sessions: Session[] = [];
  /** Every message whose final dot arrived, with its dots. */
  readonly messages: string[] = [];
  private readonly server = createServer((socket) => this.talk(socket));

  static async start(fault: FaultySmtp['fault'] = null): Promise<FaultySmtp> {
    const smtp = new FaultySmtp();
    smtp.fault = fault;
    smtp.server.listen(0, '127.0.0.1');
    await once(smtp.server, 'listening');
    return smtp;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    for (const { socket } of this.sessions) socket.destroy();
    if (this.server.listening) await once(this.server, 'close');
  }

  private talk(socket: Socket): void {
    const nth = this.sessions.length;
    const session: Session = { commands: [], closed: once(socket, 'close'), socket };
    this.sessions.push(session);
    let message = 1;
    let mail: string | null = null;
    let waiting = '';
    socket.on('error', () => undefined);
    const does = (step: Step): Fault => {
      const { fault } = this;
      const hit = fault?.step === step && nth >= (fault.session ?? 0) && message >= (fault.message ?? 1);
      return hit ? fault.does : GOOD[step];
    };
    const answer = (step: Step): boolean => {
      const reply = does(step);
      if (reply === 'cut') socket.destroy();
      else if (reply === 'hang') this.onSilence();
      else if (reply !== '') socket.write(`${reply}\r\n`);
      return reply.startsWith('354');
    };
    const line = (text: string): void => {
      if (socket.destroyed) return;
      if (mail !== null) {
        if (text !== '.') {
          if (mail === '') answer('BYTES');
          mail += `${text}\r\n`;
          return;
        }
        this.messages.push(mail);
        mail = null;
        answer('DOT');
        message += 1;
        return;
      }
      session.commands.push(text);
      const verb = text.slice(0, 4).toUpperCase();
      if (verb === 'QUIT') socket.end('221 bye\r\n');
      else if (verb === 'RSET') socket.write('250 ok\r\n');
      else if (verb in GOOD && answer(verb as Step)) mail = '';
    };
    socket.on('data', (chunk) => {
      const lines = (waiting + chunk.toString('latin1')).split('\r\n');
      waiting = lines.pop() ?? '';
      lines.forEach(line);
    });
    answer('GREETING');
  }
}
