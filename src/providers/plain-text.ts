import type { Content } from '../channels/channel.js';

/** Title, text and link, a line each: for channels that know nothing but text. */
export function plainText({ title, body, url }: Content): string {
  return [title, body, url].filter((part) => part !== null && part !== '').join('\n');
}
