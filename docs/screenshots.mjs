// Makes docs/images/demo.png: `npm run build && node docs/screenshots.mjs`. Starts the built product with an empty data
// folder on a free port, sends through the demo page as a visitor would, and stops everything again.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const images = join(root, 'docs', 'images');
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

const dataDir = await mkdtemp(join(tmpdir(), 'tidings-screenshots-'));
try {
  const gateway = await startGateway(dataDir);
  try {
    await mkdir(images, { recursive: true });
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    try {
      await demo(browser, gateway.url, join(images, 'demo.png'));
    } finally {
      await browser.close();
    }
  } finally {
    await gateway.stop();
  }
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

/** Two sends of the demo page: one while the person is away (it lies in the outbox), one while the person is here (a toast). */
async function demo(browser, url, path) {
  const page = await browser.newPage({
    viewport: { width: 1200, height: 1000 },
    deviceScaleFactor: 2,
    colorScheme: 'light',
    reducedMotion: 'reduce',
    locale: 'en-GB',
  });
  await page.goto(url);
  const online = page.getByRole('switch');
  const send = page.getByRole('button', { name: /^Send to / });
  await until(url, true);
  await online.uncheck();
  await until(url, false);
  await send.click();
  await page.locator('.outbox li').waitFor();
  await online.check();
  await until(url, true);
  await page.getByLabel('Title').fill('Your parcel is at the door');
  await page.getByLabel('Text').fill('The courier has just rung the bell.');
  await send.click();
  await page.locator('.td-toast').waitFor();
  await page.locator('.steps code', { hasText: 'DISPLAYED' }).waitFor();
  await page.screenshot({ path, animations: 'disabled' });
  process.stdout.write(`${path}\n`);
}

/** Waits until the demo's person counts as online, or no more. */
async function until(url, wanted) {
  const session = await (await fetch(`${url}/demo/session`)).json();
  const query = 'query ($ref: RecipientRef!) { recipient(ref: $ref) { online } }';
  const variables = { ref: { externalId: session.recipient.externalId } };
  for (let tries = 0; tries < 200; tries += 1) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${session.apiKey}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data } = await response.json();
    if (data?.recipient?.online === wanted) return;
    await sleep(50);
  }
  throw new Error(`the person of the demo is not ${wanted ? 'online' : 'offline'} after 10 s`);
}

/** The built product on a free port, and the function that stops it. */
async function startGateway(folder) {
  // The Node of the lock file, as the npm scripts use it.
  const child = spawn(join(root, 'node_modules', '.bin', 'node'), ['dist/src/main.js'], {
    cwd: root,
    env: { ...process.env, PORT: '0', DATA_DIR: folder, DATABASE_URL: '', PUBLIC_URL: '', ROLE: '', DEMO: 'on' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  for await (const line of createInterface(child.stdout)) {
    const url = /^Tidings ready at (\S+)$/.exec(line)?.[1];
    if (url) return { url, stop };
  }
  throw new Error('the gateway ended before it was ready; run `npm run build` first');
}
