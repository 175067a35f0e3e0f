import { readFile, writeFile } from 'node:fs/promises';
import { systemClock } from './base/clock.js';
import { egressTo } from './base/egress.js';
import { providerReference, withMade } from './providers/docs-tables.js';
import { integrationCheck, providerRegistry } from './providers/index.js';

/**
 * Writes the reference of providers into docs/providers.md, between its two marks; with `--check`, compares instead and exits
 * with 1 when the page is not what the adapters declare, naming the first line that differs.
 */
const file = new URL('../../docs/providers.md', import.meta.url);
const nobody = (): never => {
  throw new Error('declarations are read here, nothing is sent');
};
const providers = providerRegistry({ ruleFor: nobody, deliver: nobody, clock: systemClock }, systemClock, egressTo([]));
const check = integrationCheck(providers, null);
const listed = check.providers.map((card) => ({ card, makesCredentials: check.generate(card.name) !== null }));
const page = await readFile(file, 'utf8');
const text = withMade(page, providerReference(listed));
if (text === null)
  fail('docs/providers.md has lost its marks: expected `<!-- made by npm run providers -->`, later `<!-- end -->`.');
else if (!process.argv.includes('--check')) await writeFile(file, text);
else if (text !== page) {
  const [before, after] = [page.split('\n'), text.split('\n')];
  const at = after.findIndex((line, index) => line !== before[index]);
  fail(
    [
      'docs/providers.md is not what the adapters declare; run `npm run providers` and commit it.',
      `line ${at + 1} says: ${before[at] ?? '(nothing)'}`,
      `it should say: ${after[at] ?? '(nothing)'}`,
    ].join('\n'),
  );
}

function fail(problem: string): void {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
