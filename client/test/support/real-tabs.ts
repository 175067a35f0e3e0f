import type { Browser, CDPSession } from 'playwright-core';

/**
 * A tab that Playwright does not know of: it is in front or behind, focused or not, frozen or not, as tabs of people
 * are. Playwright's own pages are kept visible and focused, whatever is in front.
 */
export interface RealTab {
  evaluate(expression: string): Promise<unknown>;
  toFront(): Promise<void>;
  /** Only a tab that is behind another can be frozen. */
  setFrozen(frozen: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Opens tabs in one window of `browser`; each new one is in front. */
export async function realTabs(browser: Browser): Promise<(url: string) => Promise<RealTab>> {
  const devtools = await browser.newBrowserCDPSession();
  return (url) => openTab(devtools, url);
}

async function openTab(devtools: CDPSession, url: string): Promise<RealTab> {
  const { targetId } = await devtools.send('Target.createTarget', { url });
  const { sessionId } = await devtools.send('Target.attachToTarget', { targetId, flatten: false });
  const waiting = new Map<number, (result: unknown) => void>();
  let calls = 0;
  devtools.on('Target.receivedMessageFromTarget', (received) => {
    if (received.sessionId !== sessionId) return;
    const { id, result } = JSON.parse(received.message) as { id: number; result: unknown };
    waiting.get(id)?.(result);
  });
  async function call(method: string, params: object): Promise<unknown> {
    const id = (calls += 1);
    const answer = new Promise((resolve) => waiting.set(id, resolve));
    const message = JSON.stringify({ id, method, params });
    await devtools.send('Target.sendMessageToTarget', { sessionId, message });
    return answer;
  }
  return {
    async evaluate(expression) {
      const answer = await call('Runtime.evaluate', { expression, returnByValue: true });
      return (answer as { result?: { value?: unknown } }).result?.value;
    },
    async toFront() {
      await devtools.send('Target.activateTarget', { targetId });
    },
    async setFrozen(frozen) {
      await call('Page.setWebLifecycleState', { state: frozen ? 'frozen' : 'active' });
    },
    async close() {
      await devtools.send('Target.closeTarget', { targetId });
    },
  };
}
