import type { ChannelName } from '../base/names.js';
import type { Content } from '../channels/channel.js';

/** How to end text messages; carriers and vendors act upon the word. */
const STOP_WORDS = 'Reply STOP to end.';

/**
 * Advertising with what the law wants at its end: in mail that it is advertising and from where, in text messages how to
 * end them. A text that speaks of STOP itself is left as it is, so that it can do so in another language.
 *
 * @param postalAddress the sender's; null: none is set, and mail goes only where the law wants none
 */
export function withLegalFooter(content: Content, channel: ChannelName, postalAddress: string | null): Content {
  if (channel === 'SMS')
    return /\bSTOP\b/.test(content.body) ? content : { ...content, body: `${content.body.trimEnd()} ${STOP_WORDS}` };
  if (channel !== 'EMAIL' || postalAddress === null) return content;
  const words = `Advertisement. ${postalAddress}`;
  return {
    ...content,
    body: `${content.body.trimEnd()}\n\n-- \n${words}\n`,
    html: content.html === null ? null : intoBody(content.html, `<p>${escape(words)}</p>`),
  };
}

/** Before the last `</body>`, or at the end where there is none. */
function intoBody(html: string, footer: string): string {
  const end = html.toLowerCase().lastIndexOf('</body');
  return end < 0 ? `${html}\n${footer}` : `${html.slice(0, end)}${footer}\n${html.slice(end)}`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
