// Makes docs/images/inbox-*.png of the playground: `npm run screenshots`. Nothing of the network is used but 127.0.0.1.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';

const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const configFile = fileURLToPath(new URL('vite.config.ts', import.meta.url));
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const wide = { width: 1000, height: 720 };
const phone = { width: 360, height: 740 };

/** What each picture shows: an address of the playground, a window, and what a person does there. */
const shots = {
  'inbox-light': { look: 'theme=light', view: wide, act: open },
  'inbox-dark': { look: 'theme=dark', view: wide, act: open },
  'inbox-rtl': { look: 'theme=light&dir=rtl', view: wide, act: open },
  'inbox-phone': { look: 'theme=light', view: phone, act: open },
  'inbox-menu': { look: 'theme=light', view: wide, act: menu },
  'inbox-toasts': { look: 'theme=light', view: wide, act: toasts },
  'inbox-preferences': { look: 'theme=light', view: wide, act: preferences },
};

const outDir = await mkdtemp(join(tmpdir(), 'tidings-playground-'));
try {
  await mkdir(images, { recursive: true });
  await build({ configFile, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
  const server = await preview({ configFile, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    for (const [name, { look, view, act }] of Object.entries(shots)) {
      const page = await browser.newPage({
        viewport: view,
        deviceScaleFactor: 2,
        reducedMotion: 'reduce',
        locale: 'en-GB',
      });
      await page.goto(`${server.resolvedUrls.local[0]}?${look}`);
      await page.getByText('live', { exact: true }).waitFor({ state: 'attached' });
      await act(page);
      await page.mouse.move(1, view.height - 1);
      await page.screenshot({ path: join(images, `${name}.png`), animations: 'disabled' });
      process.stdout.write(`docs/images/${name}.png\n`);
      await page.close();
    }
  } finally {
    await browser.close();
    await server.close();
  }
} finally {
  await rm(outDir, { recursive: true, force: true });
}

async function open(page) {
  await page.locator('.td-bell').click();
  await page.getByRole('article').first().waitFor();
}

async function menu(page) {
  await open(page);
  await page.getByRole('button', { name: /^Actions: Your parcel/ }).click();
  await page.getByRole('menu').waitFor();
}

async function toasts(page) {
  for (const name of ['One arrives', 'One with buttons', 'An urgent one'])
    await page.getByRole('button', { name }).click();
  await page.locator('.td-toast').nth(2).waitFor();
}

async function preferences(page) {
  await open(page);
  await page.locator('.td-head [data-turn]').click();
  await page.getByText('Order updates').first().waitFor();
}
