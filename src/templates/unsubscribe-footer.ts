import { html } from '../base/html.js';
import type { Content } from '../channels/channel.js';
import { unsubscribeWords } from './unsubscribe-words.js';

/** Adds the two ways out below what a mail says, in text and in HTML, in the person's language. */
export function withUnsubscribeFooter(
  content: Content,
  locale: string | null,
  links: { readonly ofCategory: string; readonly ofAll: string },
): Content {
  const words = unsubscribeWords(locale);
  const text = `${words.ofCategory}: ${links.ofCategory}\n${words.ofAll}: ${links.ofAll}`;
  const anchors = html`<a href="${links.ofCategory}">${words.ofCategory}</a> ·
    <a href="${links.ofAll}">${words.ofAll}</a>`;
  const footer = html`<p lang="${words.language}">${anchors}</p>`.text;
  return {
    ...content,
    body: `${content.body}\n\n${text}`,
    html: content.html === null ? null : beforeEnd(content.html, footer),
  };
}

/** Into the body, where there is one; else at the end. */
function beforeEnd(document: string, part: string): string {
  const [end] = [...document.matchAll(/<\/body\s*>/gi)].slice(-1);
  return end ? document.slice(0, end.index) + part + document.slice(end.index) : document + part;
}
