import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { MimeMessage } from './mime.js';
import type { Answer, Call, Carrier } from './provider.js';
import { clip } from './provider.js';
import type { SmtpCredentials, SmtpSettings } from './smtp.js';

/** An idle session is let go before servers drop it (most wait 5 minutes; some 10 seconds). */
const IDLE_MS = 5_000;
const IDLE_SESSIONS = 8;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/;

interface SmtpError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
  /** What Node said before nodemailer gave it a code of its own. */
  readonly originalCode?: string;
  /** What the dialogue was about when it failed; `API`: what nodemailer itself would not say. */
  readonly command?: string;
}

/**
 * Sends over sessions of its own, because what an error means depends on how far the dialogue had come: before the
 * message's first byte nothing can have been taken; after it, only the server's own reply is certain (RFC 5321 §4.5.3.2.6).
 */
export function smtpCarrier(
  settings: SmtpSettings,
  secrets: SmtpCredentials,
  compose: (call: Call) => Promise<MimeMessage>,
): Carrier {
  const idle: { session: SMTPConnection; timer: NodeJS.Timeout }[] = [];

  async function acquire(signal: AbortSignal): Promise<{ session: SMTPConnection; reused: boolean }> {
    const entry = idle.pop();
    if (!entry) return { session: await connect(settings, secrets, signal), reused: false };
    clearTimeout(entry.timer);
    return { session: entry.session, reused: true };
  }

  function release(session: SMTPConnection): void {
    if (idle.length >= IDLE_SESSIONS) return session.quit();
    const timer = setTimeout(() => {
      const index = idle.findIndex((entry) => entry.session === session);
      if (index >= 0) idle.splice(index, 1);
      session.quit();
    }, IDLE_MS);
    timer.unref();
    idle.push({ session, timer });
  }

  return {
    async send(call, signal) {
      const mail = await compose(call);
      for (;;) {
        const progress = { handedOver: false, reused: false };
        let session: SMTPConnection | null = null;
        try {
          const acquired = await acquire(signal);
          session = acquired.session;
          progress.reused = acquired.reused;
          const reply = await transmit(session, mail, progress, signal);
          release(session);
          return { kind: 'accepted', providerId: mail.id, code: '250', detail: clip(reply) };
        } catch (error) {
          session?.close();
          const failure = error as SmtpError;
          // A kept session may have died or come to its end while it was idle: nothing was sent, so another takes over in
          // this attempt.
          const over = failure.responseCode === undefined || failure.responseCode === 421;
          if (progress.reused && !progress.handedOver && over && !signal.aborted) continue;
          return classify(failure, progress.handedOver);
        }
      }
    },
    close() {
      for (const { session, timer } of idle.splice(0)) {
        clearTimeout(timer);
        session.close();
      }
    },
  };
}

async function connect(settings: SmtpSettings, secrets: SmtpCredentials, signal: AbortSignal): Promise<SMTPConnection> {
  if (signal.aborted) throw deadline();
  const tls = settings.tls ?? (LOOPBACK.test(settings.host) ? 'unverified' : 'verify');
  const session = new SMTPConnection({
    host: settings.host,
    port: settings.port,
    secure: settings.secure ?? settings.port === 465,
    ignoreTLS: tls === 'off',
    tls: { rejectUnauthorized: tls === 'verify' },
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 60_000,
    socketCloseTimeout: 1_000,
    allowInternalNetworkInterfaces: true,
  });
  // Errors of an idle session are seen when it is used again.
  session.on('error', () => undefined);
  try {
    await dialogue<undefined>(session, signal, (done) => session.connect(done));
    const { user, pass } = secrets;
    if (user !== undefined)
      await dialogue(session, signal, (done) => session.login({ credentials: { user, pass: pass ?? '' } }, done));
    return session;
  } catch (error) {
    session.close();
    throw error;
  }
}

async function transmit(
  session: SMTPConnection,
  mail: MimeMessage,
  progress: { handedOver: boolean },
  signal: AbortSignal,
): Promise<string> {
  // The session reads from here only once the server has agreed to take the message.
  const message = new Readable({
    read() {
      progress.handedOver = true;
      this.push(mail.raw);
      this.push(null);
    },
  });
  const info = await dialogue<{ response?: string }>(session, signal, (done) =>
    session.send({ from: mail.from, to: [mail.to] }, message, done),
  );
  return info?.response ?? '250';
}

/** One step of a session: ends with its own result, with the session, or with the deadline, and leaves no listener behind. */
async function dialogue<Result>(
  session: SMTPConnection,
  signal: AbortSignal,
  step: (done: (error?: Error | null, result?: Result) => void) => void,
): Promise<Result | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Result | undefined>();
  const ended = (): void => reject(new Error('the server closed the connection'));
  const late = (): void => reject(deadline());
  session.once('error', reject);
  session.once('end', ended);
  signal.addEventListener('abort', late, { once: true });
  try {
    if (signal.aborted) throw deadline();
    step((error, result) => (error ? reject(error) : resolve(result)));
    return await promise;
  } finally {
    session.off('error', reject);
    session.off('end', ended);
    signal.removeEventListener('abort', late);
  }
}

function deadline(): Error {
  return Object.assign(new Error('the deadline passed'), { code: 'DEADLINE' });
}

/** Authentication replies (RFC 4954 §6): about us, wherever they come. */
const OUR_FAULT = new Set([530, 534, 535, 538]);
/** What is refused for good here is refused to us; the recipient was not named yet. */
const BEFORE_RECIPIENT = /^(CONN|EHLO|HELO|STARTTLS|AUTH|MAIL FROM)/;
/** Said of the sender's size estimate, but about the message. */
const TOO_LARGE = 552;

function classify(error: SmtpError, handedOver: boolean): Answer {
  const said = {
    code: error.responseCode ? String(error.responseCode) : (error.code ?? null),
    detail: clip(error.response ?? error.message),
  };
  const reply = error.responseCode;
  // A reply that refuses nothing where something else was expected is no certain answer.
  if (reply !== undefined && reply >= 400) {
    if (reply < 500)
      return { kind: 'retry', retryAt: null, rateLimited: reply === 421 || reply === 450 || reply === 454, ...said };
    const ours = BEFORE_RECIPIENT.test(error.command ?? '') && reply !== TOO_LARGE;
    return { kind: ours || OUR_FAULT.has(reply) ? 'misconfigured' : 'rejected', ...said };
  }
  if (handedOver) return { kind: 'unknown', ...said };
  const untrusted = /CERT|SIGNATURE/.test(error.originalCode ?? '');
  if (error.code === 'EAUTH' || error.code === 'ETLS' || untrusted) return { kind: 'misconfigured', ...said };
  if (error.code === 'EENVELOPE' && error.command === 'API') return { kind: 'rejected', ...said };
  return { kind: 'retry', retryAt: null, rateLimited: false, ...said };
}
