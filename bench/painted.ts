import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { launchBrowser } from '../test/support/chromium.ts';
import { callerWith, SEND, startGateway, type Caller } from './gateway.ts';
import type { Run } from './measure.ts';
import { percentile } from './stats.ts';

const LATEST_MS = 30_000;
/** Toasts a second in the steady part: more would only queue in the stack of four. */
const RATE = 4;

interface DemoSession {
  readonly apiKey: string;
  readonly recipient: { readonly externalId: string };
  readonly category: string;
}

/**
 * From the send mutation to the frame in which a browser has drawn the toast: the demo page of a gateway of its own in
 * headless Chromium, which shares the cores with everything else.
 */
export async function measurePainted({ world, report, size }: Run): Promise<void> {
  const gateway = await startGateway({ DATABASE_URL: await world.databaseUrl('painted'), DEMO: 'on' });
  const browser = await launchBrowser();
  try {
    const response = await fetch(`${gateway.url}/demo/session`);
    const session = (await response.json()) as DemoSession;
    const page = await browser.newPage({ reducedMotion: 'reduce' });
    await page.addInitScript(watchPaints);
    await page.goto(gateway.url);
    await page.getByText('online', { exact: true }).waitFor({ state: 'attached' });
    const painted = toasts(page, callerWith(gateway, session.apiKey), session);
    // The first ones compile, on both sides.
    for (let nth = 0; nth < 5; nth += 1) await painted();
    const idle: number[] = [];
    for (let nth = 0; nth < size.singles; nth += 1) {
      await sleep(100);
      idle.push(await painted());
    }
    const steady = await Promise.all(
      Array.from({ length: RATE * size.seconds }, async (_, nth) => {
        await sleep((nth * 1000) / RATE);
        return painted();
      }),
    );
    for (const [when, latencies] of [
      ['idle', idle],
      [`${RATE}/s`, steady],
    ] as const)
      for (const share of [0.5, 0.99])
        report.add({
          ...{ what: `send → painted toast in Chromium, ${when}, p${share * 100}`, unit: 'ms' },
          ours: percentile(latencies, share),
        });
  } finally {
    await browser.close();
    await gateway.stop();
  }
}

/** Sends one; answers the milliseconds until it was drawn. Both clocks are the machine's. */
function toasts(page: Page, caller: Caller, session: DemoSession): () => Promise<number> {
  let sent = 0;
  return async () => {
    sent += 1;
    const title = `Toast ${sent}`;
    const since = performance.timeOrigin + performance.now();
    const content = { title, body: 'Look.' };
    const to = [{ externalId: session.recipient.externalId }];
    await caller.call(SEND, { input: { to, category: session.category, content } });
    const at = await page.waitForFunction(
      (name) => (globalThis as unknown as { painted: Record<string, number> }).painted[name],
      title,
      { timeout: LATEST_MS },
    );
    return ((await at.jsonValue()) ?? Number.NaN) - since;
  };
}

/** Runs in the page: notes when a toast was drawn, which is at the frame after the one that lays it out. */
function watchPaints(): void {
  const painted: Record<string, number> = {};
  Object.assign(globalThis, { painted });
  new MutationObserver(() => {
    for (const toast of document.querySelectorAll('.td-toast')) {
      const title = toast.querySelector('.td-item-title')?.textContent ?? '';
      if (title in painted) continue;
      painted[title] = Number.NaN;
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          painted[title] = performance.timeOrigin + performance.now();
        }),
      );
    }
  }).observe(document, { childList: true, subtree: true });
}
