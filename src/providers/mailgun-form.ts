import type { Attachment } from '../channels/channel.js';
import { plainText, senderOf } from './email-parts.js';
import type { Call } from './provider.js';

/** An e-mail as Mailgun takes it: a form, of several parts where there are files. */
export async function mailgunForm(call: Call, defaultFrom: string): Promise<{ contentType: string; body: Buffer }> {
  const { html, attachments = [] } = call.content;
  const names = namesInHtml(html === null ? [] : attachments);
  const fields = fieldsOf(call, defaultFrom, html === null ? null : withNames(html, names));
  if (attachments.length === 0) {
    const body = Buffer.from(new URLSearchParams(fields).toString());
    return { contentType: 'application/x-www-form-urlencoded', body };
  }
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  for (const file of attachments) {
    const shown = names.get(file.contentId ?? '');
    const blob = new Blob([new Uint8Array(file.bytes)], { type: file.contentType });
    form.append(shown === undefined ? 'attachment' : 'inline', blob, shown ?? file.filename);
  }
  const coded = new Response(form);
  const body = Buffer.from(await coded.arrayBuffer());
  return { contentType: coded.headers.get('content-type') ?? 'multipart/form-data', body };
}

function fieldsOf(call: Call, defaultFrom: string, html: string | null): [string, string][] {
  const { from, replyTo } = senderOf(call, defaultFrom);
  return [
    ['from', from],
    ['to', call.address],
    ['subject', call.content.title ?? ''],
    ['text', plainText(call)],
    ...(html === null ? [] : [['html', html] satisfies [string, string]]),
    ...(replyTo === null ? [] : [['h:Reply-To', replyTo] satisfies [string, string]]),
    ...Object.entries(call.headers).map(([name, value]): [string, string] => [`h:${name}`, value]),
    ['v:tidings_attempt', call.attemptId],
    // Over what the domain says.
    ...(call.tracking ? [] : [['o:tracking', 'no'] satisfies [string, string]]),
  ];
}

/** Names that are the same before and after anybody's coding of headers and URLs. */
const PLAIN_NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/i;

/**
 * Mailgun knows a file that HTML shows by its name alone (`cid:logo.png`), not by an id of ours: for each content id, the
 * name that its file goes under. Its own, unless that is taken or not plain.
 */
function namesInHtml(attachments: readonly Attachment[]): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { contentId, filename } of attachments) {
    if (contentId === null || names.has(contentId)) continue;
    const extension = /\.[a-z0-9]{1,10}$/i.exec(filename)?.[0] ?? '';
    let name = filename;
    for (let nth = names.size + 1; !PLAIN_NAME.test(name) || taken.has(name); nth += 1)
      name = `inline-${nth}${extension}`;
    names.set(contentId, name);
    taken.add(name);
  }
  return names;
}

/** HTML whose references to content ids are to names; in attributes and in CSS, not in what is said. */
function withNames(html: string, names: ReadonlyMap<string, string>): string {
  return html.replaceAll(/(=\s*["']?|\(\s*["']?|&quot;)cid:([^"'\s)<>&]+)/gi, (all, before: string, id: string) => {
    const name = names.get(id) ?? names.get(decoded(id));
    return name === undefined ? all : `${before}cid:${name}`;
  });
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
