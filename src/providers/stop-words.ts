/** Words that end messages (FCC 47 CFR 64.1200(a)(10), and what carriers honour besides), without their spaces. */
const STOP = new Set(['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT']);
/** Words that allow them again. */
const START = new Set(['START', 'YES', 'UNSTOP']);

/** More than this is no word. */
const LENGTH_MAX = 40;

/**
 * What a person who answers a message wants of it: no more, more again, or something else (null). The word has to stand
 * alone; case, spaces and punctuation do not matter: `Stop!`, `opt-out`, `STOP ALL`.
 */
export function wishOf(text: string): 'STOPPED' | 'STARTED' | null {
  if (text.length > LENGTH_MAX) return null;
  const word = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{P}\p{S}\p{C}]+/gu, '');
  if (STOP.has(word)) return 'STOPPED';
  return START.has(word) ? 'STARTED' : null;
}
