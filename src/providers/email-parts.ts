import addressparser from 'nodemailer/lib/addressparser';
import type { Attachment } from '../channels/channel.js';
import type { Call } from './provider.js';

/** An e-mail address as most vendors' JSON wants it, in two fields. */
export interface Mailbox {
  readonly email: string;
  readonly name?: string;
}

/** `Tidings <hello@example.com>` in two fields; a name may be quoted. What is no address at all stays as it is. */
export function mailboxOf(written: string): Mailbox {
  const [first] = addressparser(written, { flatten: true });
  const email = first?.address ? first.address : written.trim();
  return first?.name && first.address ? { email, name: first.name } : { email };
}

/** The plain text, with the link below it. */
export function plainText({ content }: Call): string {
  return content.url === null ? content.body : `${content.body}\n\n${content.url}`;
}

/** A file's bytes as JSON carries them. */
export function base64Of(file: Attachment): string {
  return file.bytes.toString('base64');
}
