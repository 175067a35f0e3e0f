import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { chromium, type Browser } from 'playwright-core';

const KNOWN_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const INSTALL_MS = 8 * 60_000;

/**
 * The path of a Chromium or Chrome: CHROMIUM_PATH, else the usual places, else Debian's package, which is installed when
 * we are root and have apt-get (at most 8 minutes).
 * @throws with what to install; also when CHROMIUM_PATH names nothing executable, rather than silently taking another.
 */
export async function findChromium(wanted = process.env['CHROMIUM_PATH']): Promise<string> {
  if (wanted) {
    if (await isExecutable(wanted)) return wanted;
    throw new Error(`CHROMIUM_PATH is ${wanted}, which cannot be executed. Give the path of a Chromium, or unset it.`);
  }
  const found = await firstExecutable();
  if (found) return found;
  let attempt = 'Not tried to install it: that needs root and apt-get.';
  if (process.getuid?.() === 0 && (await isExecutable('/usr/bin/apt-get'))) {
    attempt = await installWithApt();
    const installed = await firstExecutable();
    if (installed) return installed;
  }
  throw new Error(
    'The browser tests need Chromium or Chrome, and none was found. Debian: apt-get install -y chromium; ' +
      'macOS: brew install --cask google-chrome; elsewhere install Google Chrome, or set CHROMIUM_PATH to its ' +
      `executable. ${attempt}`,
  );
}

/** A headless browser that talks to nobody but the pages that a test opens. Close it when done. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await findChromium(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

let installing: Promise<string> | undefined;

/** Runs apt-get once for all test files of this process; says how it ended. */
function installWithApt(): Promise<string> {
  const script = 'apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium';
  installing ??= new Promise((resolve) => {
    let output = '';
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const child = spawn('/bin/sh', ['-c', script], { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: INSTALL_MS });
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-1_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => resolve(`apt-get did not start: ${error.message}`));
    child.once('close', (code, signal) => resolve(`apt-get ended with ${code ?? signal}: ${output.trim()}`));
  });
  return installing;
}

async function firstExecutable(): Promise<string | undefined> {
  for (const path of KNOWN_PLACES) if (await isExecutable(path)) return path;
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
