import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Answer, Call, Carrier } from './provider.js';
import { clip } from './provider.js';
import type { SmtpCredentials, SmtpSettings } from './smtp.js';

/** An idle session is let go before servers drop it (most wait 5 minutes; some 10 seconds). */
const IDLE_MS = 5_000;
const IDLE_SESSIONS = 8;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/;

interface Mail {
  readonly from: string;
  readonly to: string;
  readonly id: string;
  readonly raw: Buffer;
}

interface SmtpError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

/**
 * Sends over sessions of its own, because what an error means depends on how far the dialogue had come: before the
 * message's first byte nothing can have been taken; after it, only the server's own reply is certain (RFC 5321 §4.5.3.2.6).
 */
export function smtpCarrier(
  settings: SmtpSettings,
  secrets: SmtpCredentials,
  compose: (call: Call) => Promise<Mail>,
): Carrier {
  const idle: { session: SMTPConnection; timer: NodeJS.Timeout }[] = [];

  async function acquire(): Promise<{ session: SMTPConnection; reused: boolean }> {
    const entry = idle.pop();
    if (!entry) return { session: await connect(settings, secrets), reused: false };
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
        const cut = (): void => session?.close();
        signal.addEventListener('abort', cut, { once: true });
        try {
          const acquired = await untilAborted(acquire(), signal);
          session = acquired.session;
          progress.reused = acquired.reused;
          const reply = await untilAborted(transmit(session, mail, progress), signal);
          release(session);
          return { kind: 'accepted', providerId: mail.id, code: '250', detail: clip(reply) };
        } catch (error) {
          session?.close();
          const failure = error as SmtpError;
          // A kept session may have died while it was idle: nothing was sent, so a fresh one takes over in this attempt.
          if (progress.reused && !progress.handedOver && failure.responseCode === undefined && !signal.aborted)
            continue;
          return classify(failure, progress.handedOver);
        } finally {
          signal.removeEventListener('abort', cut);
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

async function connect(settings: SmtpSettings, secrets: SmtpCredentials): Promise<SMTPConnection> {
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
    allowInternalNetworkInterfaces: true,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      session.once('error', reject);
      session.connect((error) => (error ? reject(error) : resolve()));
    });
    // Errors of an idle session are seen when it is used again.
    session.on('error', () => undefined);
    const { user, pass } = secrets;
    if (user !== undefined)
      await new Promise<void>((resolve, reject) =>
        session.login({ credentials: { user, pass: pass ?? '' } }, (error) => (error ? reject(error) : resolve())),
      );
    return session;
  } catch (error) {
    session.close();
    throw error;
  }
}

async function transmit(session: SMTPConnection, mail: Mail, progress: { handedOver: boolean }): Promise<string> {
  // The session reads from here only once the server has agreed to take the message.
  const message = new Readable({
    read() {
      progress.handedOver = true;
      this.push(mail.raw);
      this.push(null);
    },
  });
  return new Promise((resolve, reject) => {
    session.once('error', reject);
    session.once('end', () => reject(new Error('the server closed the connection')));
    session.send({ from: mail.from, to: [mail.to] }, message, (error, info) => {
      if (error) reject(error);
      else resolve(info?.response ?? '250');
    });
  });
}

/** Authentication replies (RFC 4954 §6) and sender refusals that are about us, not about the recipient. */
const OUR_FAULT = new Set([530, 534, 535, 538]);

function classify(error: SmtpError, handedOver: boolean): Answer {
  const said = {
    code: error.responseCode ? String(error.responseCode) : (error.code ?? null),
    detail: clip(error.response ?? error.message),
  };
  const reply = error.responseCode;
  if (reply !== undefined) {
    if (OUR_FAULT.has(reply) || error.code === 'EAUTH') return { kind: 'misconfigured', ...said };
    if (reply >= 500) return { kind: 'rejected', ...said };
    return { kind: 'retry', retryAt: null, rateLimited: reply === 421 || reply === 450 || reply === 454, ...said };
  }
  if (handedOver) return { kind: 'unknown', ...said };
  if (error.code === 'EAUTH' || error.code === 'ETLS') return { kind: 'misconfigured', ...said };
  return { kind: 'retry', retryAt: null, rateLimited: false, ...said };
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(Object.assign(new Error('the deadline passed'), { code: 'DEADLINE' }));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
      .catch(() => undefined);
  });
}
