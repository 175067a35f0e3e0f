import type { Labels } from '../react/labels.ts';

/** Where this script is, and with it the rest of the package. Loaded as a module it is not told which one it is. */
const here = (
  (document.currentScript ?? document.querySelector('script[src*="tidings-inbox"]')) as HTMLScriptElement | null
)?.src;
const known = new Set(['de', 'es', 'fr', 'nl']);
const loaded = new Map<string, Labels>();
const loading = new Map<string, Promise<void>>();

/** The language that an element speaks: that of its locale, or else of the page. */
export function languageOf(locale: string | null): string {
  return (locale ?? document.documentElement.lang).toLowerCase().split('-')[0] ?? '';
}

/**
 * The words of a language other than English. Undefined: there are none, or they are still to be loaded from beside this script;
 * then `onLoaded` is called.
 */
export function wordsOf(language: string, onLoaded: () => void): Labels | undefined {
  const words = loaded.get(language);
  if (words || !here || !known.has(language)) return words;
  if (!loading.has(language)) loading.set(language, load(language, here));
  void loading.get(language)?.then(() => loaded.has(language) && onLoaded());
  return undefined;
}

async function load(language: string, script: string): Promise<void> {
  try {
    const module = (await import(/* @vite-ignore */ new URL(`labels/${language}.js`, script).href)) as object;
    const words = (Object.values(module) as (Labels | undefined)[])[0];
    if (words) loaded.set(language, words);
  } catch {
    // English is better than nothing; the next page may have more luck.
  }
}
