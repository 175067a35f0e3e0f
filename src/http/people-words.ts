import type { ChannelName } from '../base/names.js';
import { ENGLISH, GERMAN, type PeopleWords } from './people-words-first.js';
import { DUTCH, FRENCH, SPANISH } from './people-words-more.js';

export type { PeopleWords } from './people-words-first.js';

/** By language tag. */
export const LANGUAGES: Readonly<Record<string, PeopleWords>> = {
  en: ENGLISH,
  de: GERMAN,
  fr: FRENCH,
  es: SPANISH,
  nl: DUTCH,
};

/** Words and the language that they are in. All of these are written from left to right. */
export interface Spoken {
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
  readonly words: PeopleWords;
}

/**
 * The words for somebody: in the person's language, else the first that the browser asks for and we speak, else English.
 *
 * @param asked an `Accept-Language` header
 */
export function wordsFor(locale: string | null, asked: string | undefined): Spoken {
  const browser = (asked ?? '').split(',').map((one) => one.split(';')[0] ?? '');
  const wanted = [locale ?? '', ...browser].map((tag) => tag.trim().split(/[-_]/)[0]?.toLowerCase() ?? '');
  const language = wanted.find((one) => Object.hasOwn(LANGUAGES, one)) ?? 'en';
  return { language, direction: 'ltr', words: LANGUAGES[language] ?? ENGLISH };
}

/** Names of channels that are the same everywhere. */
const OWN_NAMES: Readonly<Partial<Record<ChannelName, string>>> = {
  SMS: 'SMS',
  SLACK: 'Slack',
  WHATSAPP: 'WhatsApp',
  TELEGRAM: 'Telegram',
  DISCORD: 'Discord',
  TEAMS: 'Teams',
  WEBHOOK: 'Webhook',
};

export function channelWord(words: PeopleWords, channel: ChannelName): string {
  return OWN_NAMES[channel] ?? words.channels[channel] ?? channel;
}

/** A sentence with what stands in it for `{name}`. */
export function filled(sentence: string, values: Readonly<Record<string, string>>): string {
  return sentence.replace(/\{(\w+)\}/g, (hole, name: string) => values[name] ?? hole);
}
