import type { LoggedRequest, Reply } from './provider-server.js';
import { WEBHOOK_PUBLIC_KEY } from './sendgrid-events.js';

const from = 'Tidings <hello@example.com>';

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** What an integration of a vendor of e-mail is told, where the vendor takes mail, and how it says yes and "who are you?". */
interface MailVendor {
  readonly settings: object;
  readonly credentials: object;
  readonly path: string;
  yes(nth: number): Reply;
  readonly unauthorized: Reply;
}

const SES_ID = '0102018c2e000000-00000000-0000-0000-0000-000000000000-00000';

export const MAIL_VENDORS = {
  sendgrid: {
    settings: { from },
    credentials: { apiKey: 'of-ana', webhookPublicKey: WEBHOOK_PUBLIC_KEY },
    path: '/v3/mail/send',
    yes: (nth) => ({ status: 202, headers: { 'x-message-id': `sg-${nth}` }, body: '' }),
    unauthorized: json(401, { errors: [{ message: 'The provided authorization grant is invalid' }] }),
  },
  ses: {
    settings: { from, region: 'eu-west-1' },
    credentials: { accessKeyId: 'AKIDOFANA', secretAccessKey: 'of-ana' },
    path: '/v2/email/outbound-emails',
    yes: (nth) => json(200, { MessageId: `${SES_ID}${nth}` }),
    unauthorized: {
      ...json(403, { message: 'The security token included in the request is invalid.' }),
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'UnrecognizedClientException' },
    },
  },
  mailgun: {
    settings: { from, domain: 'mg.example.com' },
    credentials: { apiKey: 'of-ana' },
    path: '/v3/mg.example.com/messages',
    yes: (nth) => json(200, { id: `<${nth}.2@mg.example.com>`, message: 'Queued. Thank you.' }),
    unauthorized: { status: 401, body: 'Forbidden' },
  },
  postmark: {
    settings: { from },
    credentials: { serverToken: 'of-ana' },
    path: '/email',
    yes: (nth) =>
      json(200, { ErrorCode: 0, Message: 'OK', MessageID: `b7bc2f4a-e38e-4336-af7d-${String(nth).padStart(12, '0')}` }),
    unauthorized: json(401, { ErrorCode: 10, Message: 'Bad or missing Server API token' }),
  },
  brevo: {
    settings: { from },
    credentials: { apiKey: 'xkeysib-of-ana' },
    path: '/v3/smtp/email',
    yes: (nth) => json(201, { messageId: `<${nth}.5787683@smtp-relay.mailin.fr>` }),
    unauthorized: json(401, { code: 'unauthorized', message: 'Key not found' }),
  },
} satisfies Record<string, MailVendor>;

export type MailVendorName = keyof typeof MAIL_VENDORS;

/** Which vendor a request is meant for; null: none that we know. */
export function vendorOf({ path }: Pick<LoggedRequest, 'path'>): MailVendorName | null {
  const names = Object.keys(MAIL_VENDORS) as MailVendorName[];
  return names.find((name) => MAIL_VENDORS[name].path === path) ?? null;
}

/** What an integration is told, for `Gateway.integration`, to reach the vendor at this URL. */
export function mailThrough(name: MailVendorName, baseUrl: string, more: object = {}): [string, object, object] {
  const { settings, credentials } = MAIL_VENDORS[name];
  return [name, { ...settings, baseUrl }, { credentials, ...more }];
}
