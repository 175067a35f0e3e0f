import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../../../test/support/chromium.ts';
import { packInbox, startProject, type Packed, type Project } from '../support/packed.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

let packed: Packed;
let project: Project;
let pages: string;
beforeAll(async () => {
  packed = await packInbox();
  project = await startProject(packed, 19);
  pages = await mkdtemp(join(tmpdir(), 'tidings-pages-'));
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await packed?.[Symbol.asyncDispose]();
  if (pages) await rm(pages, { recursive: true, force: true });
});

it('is an element for those with a bundler, who get its second file as one of their own', async () => {
  await project.write('page.js', "import '@tidings/inbox/tidings-inbox.js';\n");
  await project.bundle('page.js', pages);
  const files = await readdir(pages, { recursive: true });
  expect(files.filter((name) => /opened.*\.js$/.test(name))).toHaveLength(1);
  await writeFile(
    join(pages, 'index.html'),
    '<!doctype html><html lang="en"><title>Ana</title><script type="module" src="page.js"></script><tidings-inbox url="/graphql" token="token"></tidings-inbox></html>',
  );
  const server = await startScriptedServer(pages);
  const browser = await launchBrowser();
  try {
    server.model.add({ title: 'Before' });
    const page = await browser.newPage();
    page.setDefaultTimeout(10_000);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(server.url);
    await page.getByRole('button', { name: 'Notifications, 1 unread' }).click();
    await page.getByRole('dialog').getByRole('article', { name: 'Before' }).waitFor();
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
    await server.close();
  }
});
