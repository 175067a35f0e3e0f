import MailComposer from 'nodemailer/lib/mail-composer';
import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { ANY_CLASS, type Call, type Provider } from './provider.js';
import { smtpCarrier } from './smtp-session.js';

const settings = z.strictObject({
  host: z.string().min(1).max(253),
  port: z.number().int().min(1).max(65_535).default(587),
  /** The sender: `Tidings <hello@example.com>` or a bare address. */
  from: z
    .string()
    .min(3)
    .max(320)
    .regex(/^[^\r\n]*@[^\r\n]*$/, 'expected an e-mail address, with a name or without'),
  /** `verify` (default): encrypt where offered and check the certificate; `unverified`: encrypt; `off`: plain text. */
  tls: z.enum(['verify', 'unverified', 'off']).optional(),
  /** TLS from the first byte; default: true on port 465. */
  secure: z.boolean().optional(),
});

const credentials = z.strictObject({ user: z.string().max(320).optional(), pass: z.string().max(1000).optional() });

export type SmtpSettings = z.infer<typeof settings>;
export type SmtpCredentials = z.infer<typeof credentials>;

/** E-mail over SMTP (RFC 5321), to any server or relay. */
export function smtp(clock: Clock): Provider<SmtpSettings, SmtpCredentials> {
  return {
    name: 'smtp',
    channels: ['EMAIL'],
    traits: {
      title: 'SMTP',
      docs: 'https://www.rfc-editor.org/rfc/rfc5321',
      classes: ANY_CLASS,
      attachments: 'MIME',
      payloadLimit: 25_000_000,
      rateLimit: null,
      reports: [],
      proof: null,
      costPer1000: null,
      service: null,
    },
    settings,
    credentials,
    open: (config, secrets) => smtpCarrier(config, secrets, (call) => compose(config, call, clock)),
  };
}

/** The message with its envelope. The Message-ID is the notification's own, so that receivers can fold a repeat. */
async function compose(
  config: SmtpSettings,
  call: Call,
  clock: Clock,
): Promise<{ from: string; to: string; id: string; raw: Buffer }> {
  const node = new MailComposer({
    from: call.sender?.from ?? config.from,
    ...(call.sender?.replyTo == null ? {} : { replyTo: call.sender.replyTo }),
    to: call.address,
    subject: call.content.title ?? '',
    text: withLink(call),
    ...(call.content.html === null ? {} : { html: call.content.html }),
    date: clock.now(),
    messageId: `<${call.notificationId}@tidings>`,
    headers: { 'X-Tidings-Attempt': call.attemptId },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  const envelope = node.getEnvelope();
  return {
    from: envelope.from === false ? '' : (envelope.from ?? ''),
    to: call.address,
    id: node.messageId(),
    raw: await node.build(),
  };
}

function withLink(call: Call): string {
  return call.content.url === null ? call.content.body : `${call.content.body}\n\n${call.content.url}`;
}
