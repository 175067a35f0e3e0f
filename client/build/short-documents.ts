import type { Plugin } from 'vite';

/** An interpolation, a mark that needs no space around it, or space. */
const pieces = /(\$\{[^}]*\})|\s*([{}():,!])\s*|\s+/g;

/** GraphQL documents are written over several lines for whoever reads them; what is downloaded and sent needs none of that. */
export function shortDocuments(): Plugin {
  return {
    name: 'short-documents',
    enforce: 'pre',
    transform(code, id) {
      if (!/\/[\w-]*operations\.ts$/.test(id)) return null;
      const short = code.replaceAll(/`[^`]*`/g, (text) =>
        text.replaceAll(pieces, (_all, value?: string, mark?: string) => value ?? mark ?? ' '),
      );
      return { code: short, map: null };
    },
  };
}
