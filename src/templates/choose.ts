import type { ChannelName } from '../base/names.js';
import type { TemplateContent } from '../store/templates.js';

/**
 * The variant for a channel and a person's locale: the same locale, then ever shorter ones (`pt-BR` → `pt`), then the
 * fallback locale of the template, which is that of its first variant for the channel. Null: nothing for this channel.
 */
export function chooseContent(
  contents: readonly TemplateContent[],
  channel: ChannelName,
  locale: string | null,
): TemplateContent | null {
  const variants = contents.filter((content) => content.channel === channel);
  const wanted = (locale ?? '').toLowerCase().split('-');
  for (let length = wanted.length; length > 0; length -= 1) {
    const tag = wanted.slice(0, length).join('-');
    const found = variants.find((content) => content.locale.toLowerCase() === tag);
    if (found) return found;
  }
  return variants[0] ?? null;
}
