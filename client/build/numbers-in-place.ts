import type { Plugin } from 'vite';

/** A number of this module alone under a name of two words or more: such a name stands in no sentence. */
const named = /^const ([a-z]+[A-Z]\w*) = ([\d_]+);$/gm;

/** Puts numbers where their names are: names are for who reads the sources, and minifiers keep a variable for each. */
export function numbersInPlace(): Plugin {
  return {
    name: 'numbers-in-place',
    enforce: 'pre',
    transform(code, id) {
      if (!/\/src\/[^?]*\.tsx?$/.test(id)) return null;
      let short = code;
      for (const [declared, name = '', number = ''] of code.matchAll(named)) {
        // What declares it stays, so that lines stay where they are; nobody uses it any more.
        const [before = '', after = ''] = short.split(declared);
        const uses = new RegExp(`(?<![\\w.$])${name}\\b(?!\\s*:)`, 'g');
        short = before.replaceAll(uses, number) + declared + after.replaceAll(uses, number);
      }
      return short === code ? null : { code: short, map: null };
    },
  };
}
