/** What a mail says about getting no more of it. */
export interface UnsubscribeWords {
  /** No more of the kind of this mail. */
  readonly ofCategory: string;
  /** Nothing more that is no necessity. */
  readonly ofAll: string;
}

const WORDS: Readonly<Record<string, UnsubscribeWords>> = {
  en: { ofCategory: 'Unsubscribe from e-mails like this one', ofAll: 'Unsubscribe from all marketing and news' },
  de: { ofCategory: 'E-Mails dieser Art abbestellen', ofAll: 'Alle Werbung und Neuigkeiten abbestellen' },
  fr: { ofCategory: 'Ne plus recevoir ce type d’e-mails', ofAll: 'Ne plus recevoir ni publicité ni actualités' },
  es: { ofCategory: 'Dejar de recibir correos como este', ofAll: 'Dejar de recibir publicidad y novedades' },
  nl: { ofCategory: 'Afmelden voor e-mails zoals deze', ofAll: 'Afmelden voor alle reclame en nieuws' },
};

const ENGLISH = WORDS['en'] as UnsubscribeWords;

/** The words in somebody's language (BCP 47, any region), else in English. */
export function unsubscribeWords(locale: string | null): UnsubscribeWords & { readonly language: string } {
  const language = locale?.split(/[-_]/)[0]?.toLowerCase() ?? 'en';
  const found = Object.hasOwn(WORDS, language) ? WORDS[language] : undefined;
  return found ? { language, ...found } : { language: 'en', ...ENGLISH };
}
