// What the inbox adds to a page, in bytes, minified and compressed: `npm run size`. Ends with 1 when that is too much.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inboxPackage } from './build/library.ts';
import { measure, tableOf } from './build/measure.ts';
import { buildWhenChanged } from './build/when-changed.ts';

await buildWhenChanged(inboxPackage);
const folder = await mkdtemp(join(tmpdir(), 'tidings-size-'));
try {
  const sizes = await measure(folder);
  process.stdout.write(tableOf(sizes));
  if (sizes.some(({ bytes, limit }) => bytes > limit)) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
