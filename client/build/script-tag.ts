import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the script is, with what comes later beside it. As a module it is told nothing, and looks for itself. */
const here = `(document.currentScript||document.querySelector('script[src*="tidings-inbox"]'))?.src`;

/** What a module gives to others: `export{a as b,c}` at its end. */
const exported = /export\s*\{([^}]*)\};?\s*(?=(\/\/# sourceMappingURL.*)?\s*$)/;
/** What it takes from the first: `import{a as b,c}from"./tidings-inbox.js"` at its beginning. */
const imported = /^import\s*\{([^}]*)\}\s*from\s*["'`]\.\/tidings-inbox\.js["'`];?/;
const importedLater = /import\(["'`]\.\/opened\.js["'`]\)/;

/**
 * Makes the plain script of the element's two modules: `tidings-inbox.js` without a word of modules, so that any script tag will do,
 * and `tidings-inbox-opened-….js`, which it imports from beside itself and hands what the two have in common. Its name tells its
 * content: a first file of before an update never gets a second one of after it.
 *
 * @param modules folder with both, minified
 */
export async function writePlainScript(modules: string, folder: string): Promise<void> {
  const chunks = (await readdir(modules)).filter((name) => name.endsWith('.js')).sort();
  if (chunks.join() !== 'opened.js,tidings-inbox.js') throw new Error(`two modules expected, ${chunks.join()} built`);
  const later = plainly(await readFile(join(modules, 'opened.js'), 'utf8'));
  const taken = cut(later, imported);
  const given = cut(taken.code, exported);
  // Both ways a name stands before the one that it has on the other side.
  const opened = `export default({${pairs(taken.names, ':')}})=>{${given.code}\nreturn{${pairs(given.names, ':', true)}}}\n`;
  const name = `tidings-inbox-opened-${createHash('sha256').update(opened).digest('hex').slice(0, 8)}.js`;

  const first = plainly(await readFile(join(modules, 'tidings-inbox.js'), 'utf8'));
  const shared = cut(first, exported);
  // Browsers may remember that a file could not be loaded: it is asked for by another address then.
  const load = `(import(new URL("${name}"+($tries++?"?"+$tries:""),$here)).then($opened=>$opened.default({${pairs(shared.names, ':', true)}})))`;
  if (!importedLater.test(shared.code)) throw new Error('the second module is not asked for');
  const script = `(()=>{let $tries=0,$here=${here};${shared.code.replace(importedLater, () => load)}\n})();\n`;
  await writeFile(join(folder, name), opened);
  await writeFile(join(folder, 'tidings-inbox.js'), script);
}

function plainly(code: string): string {
  return code.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '');
}

function cut(code: string, pattern: RegExp): { readonly code: string; readonly names: string } {
  const [all, names] = pattern.exec(code) ?? [];
  if (all === undefined || names === undefined) throw new Error(`${String(pattern)} expected in a module`);
  return { code: code.replace(all, () => ''), names };
}

/** `a as b,c` as what an object or a pattern has: `a:b,c:c`, or with what is outside first. */
function pairs(names: string, mark: string, outsideFirst = false): string {
  return names
    .split(',')
    .map((name) => {
      const [left = '', right = left] = name.trim().split(/\s+as\s+/);
      return outsideFirst ? right + mark + left : left + mark + right;
    })
    .join();
}
