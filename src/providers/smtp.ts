import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { senderField } from './fields.js';
import { composeMime } from './mime.js';
import { ANY_CLASS, type Provider } from './provider.js';
import { smtpCarrier } from './smtp-session.js';

const settings = z.strictObject({
  host: z.string().min(1).max(253).describe('The mail server, by name or IP address.'),
  port: z.number().int().min(1).max(65_535).default(587).describe('Its port.'),
  from: senderField,
  tls: z
    .enum(['verify', 'unverified', 'off'])
    .optional()
    .describe(
      '`verify` (default): encrypt where offered and check the certificate; `unverified` (default on this machine): encrypt; `off`: plain text.',
    ),
  secure: z.boolean().optional().describe('TLS from the first byte; default: true on port 465.'),
});

const credentials = z.strictObject({
  user: z.string().max(320).optional().describe('The name to log in with; missing: no login.'),
  pass: z.string().max(1000).optional().describe('Its password.'),
});

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
    open: (config, secrets) => smtpCarrier(config, secrets, (call) => composeMime(call, config.from, clock)),
  };
}
