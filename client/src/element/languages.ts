import type { Labels } from '../react/labels.ts';

/** Where this script is, and with it the rest of the package. */
const here = (document.currentScript as HTMLScriptElement | null)?.src;
const known = new Set(['de', 'es', 'fr', 'nl']);
const loaded = new Map<string, Labels>();

/** The language that an element speaks: that of its locale, or else of the page. */
export function languageOf(locale: string | null): string {
  return (locale ?? document.documentElement.lang).toLowerCase().split('-')[0] ?? '';
}

/** The words of a language other than English. Undefined: there are none, or they are still to be loaded. */
export function wordsOf(language: string): Labels | undefined {
  return loaded.get(language);
}

/** Loads the words of a language, from beside this script. True: there is something new to be shown. */
export async function loadWords(language: string): Promise<boolean> {
  if (!here || !known.delete(language)) return false;
  try {
    const module = (await import(/* @vite-ignore */ new URL(`labels/${language}.js`, here).href)) as object;
    const [words] = Object.values(module) as Labels[];
    if (words) loaded.set(language, words);
    return words !== undefined;
  } catch {
    // English is better than nothing; the next page may have more luck.
    return false;
  }
}
