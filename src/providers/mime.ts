import MailComposer from 'nodemailer/lib/mail-composer';
import type { Attachment } from '../channels/channel.js';
import type { Clock } from '../base/clock.js';
import { plainText, senderOf } from './mail.js';
import type { Call } from './provider.js';

/** A message as it travels (RFC 5322, MIME), with its envelope. */
export interface MimeMessage {
  readonly from: string;
  readonly to: string;
  /** The Message-ID, in angle brackets. */
  readonly id: string;
  readonly raw: Buffer;
}

/**
 * Composes an e-mail, for vendors that take it whole. The Message-ID is the notification's own, so that receivers can fold a
 * repeat. Reads no file and asks no server, whatever the content names.
 */
export async function composeMime(call: Call, defaultFrom: string, clock: Clock): Promise<MimeMessage> {
  const { title, html, attachments = [] } = call.content;
  const { from, replyTo } = senderOf(call, defaultFrom);
  const node = new MailComposer({
    from,
    to: call.address,
    ...(replyTo === null ? {} : { replyTo }),
    subject: title ?? '',
    text: plainText(call),
    ...(html === null ? {} : { html }),
    attachments: attachments.map((file) => part(file, html !== null)),
    date: clock.now(),
    messageId: `<${call.notificationId}@tidings>`,
    headers: { ...call.headers, 'X-Tidings-Attempt': call.attemptId },
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

/** A file that HTML shows travels beside it; without HTML nothing shows it, and it is a file like the others. */
function part(file: Attachment, hasHtml: boolean) {
  const { filename, contentType, contentId, bytes } = file;
  const shown = hasHtml && contentId !== null;
  return {
    filename,
    contentType,
    content: bytes,
    contentDisposition: shown ? ('inline' as const) : ('attachment' as const),
    ...(shown ? { cid: contentId } : {}),
  };
}
