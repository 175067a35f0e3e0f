import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { launchBrowser } from '../../../test/support/chromium.ts';
import { startPushPage, vapidKey, type PushPage } from '../support/push-page.ts';

let browser: Browser;
let host: PushPage;
let context: BrowserContext;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  host = await startPushPage();
  context = await browser.newContext();
  complaints = [];
});
afterEach(async () => {
  await context.close();
  await host.close();
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
});

async function open(path = '/', { permitted = true } = {}): Promise<Page> {
  if (permitted) await context.grantPermissions(['notifications'], { origin: host.url });
  page = await context.newPage();
  page.setDefaultTimeout(4_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
  await page.goto(host.url + path);
  return page;
}

/** Waits until the page's switch stands so. */
const stands = (state: string, on = page): Promise<void> => on.locator(`body[data-push="${state}"]`).waitFor();
const press = (name: 'On' | 'Off'): Promise<void> => page.getByRole('button', { name }).click();

describe('the switch', () => {
  it('subscribes under the gateway’s key and tells it, once the person wants it', async () => {
    await open();
    await stands('default');
    expect(host.said).toEqual([]);
    await press('On');
    await stands('subscribed');
    expect(host.said).toEqual(['add https://push.example.net/1']);
  });

  it('asks nobody anything before that, and says when the person has said no', async () => {
    await open('/', { permitted: false });
    await page.evaluate(() => {
      // A headless browser refuses by itself; what it would ask is counted.
      const ask = Notification.requestPermission.bind(Notification);
      Notification.requestPermission = () => {
        document.body.dataset['asked'] = String(Number(document.body.dataset['asked'] ?? 0) + 1);
        return ask();
      };
    });
    await vi.waitFor(async () =>
      expect(await page.locator('body').getAttribute('data-push')).toMatch(/default|denied/),
    );
    expect(await page.locator('body').getAttribute('data-asked')).toBeNull();
    await press('On');
    await stands('denied');
    expect(host.said).toEqual([]);
  });

  it('stays on over a load of the page, and says nothing twice in an hour', async () => {
    await open();
    await stands('default');
    await press('On');
    await stands('subscribed');
    await page.reload();
    await stands('subscribed');
    expect(host.said).toHaveLength(1);
    await page.evaluate(() => {
      const known = JSON.parse(localStorage.getItem('tidings-push') ?? '') as { at: number };
      localStorage.setItem('tidings-push', JSON.stringify({ ...known, at: known.at - 3_600_000 }));
    });
    await page.reload();
    await stands('subscribed');
    // The gateway may have given it up meanwhile.
    expect(host.said).toEqual(['add https://push.example.net/1', 'add https://push.example.net/1']);
  });

  it('is switched off in the browser and at the gateway', async () => {
    await open();
    await stands('default');
    await press('On');
    await stands('subscribed');
    await press('Off');
    await stands('default');
    expect(host.said.at(-1)).toBe('remove https://push.example.net/1');
    expect(await page.evaluate(() => localStorage.getItem('service'))).toBeNull();
    await page.reload();
    await stands('default');
  });

  it('subscribes anew when the gateway has another key', async () => {
    await open();
    await stands('default');
    await press('On');
    await stands('subscribed');
    host.key = vapidKey();
    await page.evaluate(() => {
      const known = JSON.parse(localStorage.getItem('tidings-push') ?? '') as object;
      localStorage.setItem('tidings-push', JSON.stringify({ ...known, at: 0 }));
    });
    await page.reload();
    await stands('subscribed');
    const [first, second] = ['https://push.example.net/1', 'https://push.example.net/2'];
    expect(host.said).toEqual([`add ${first}`, `remove ${first}`, `add ${second}`]);
  });

  it('subscribes anew when the browser has lost the subscription', async () => {
    await open();
    await stands('default');
    await press('On');
    await stands('subscribed');
    await page.evaluate(() => localStorage.removeItem('service'));
    await page.reload();
    await stands('subscribed');
    expect(host.said.at(-1)).toBe('add https://push.example.net/2');
  });

  it('does not take a browser over that somebody else has switched on', async () => {
    await open();
    await stands('default');
    await press('On');
    await stands('subscribed');
    await page.goto(`${host.url}/?recipient=ben`);
    await stands('default');
    expect(host.said).toHaveLength(1);
    await press('On');
    await stands('subscribed');
    expect(host.said).toHaveLength(2);
  });

  it('says what failed, and works at the next try', async () => {
    await open();
    await stands('default');
    const key = host.key;
    host.key = null;
    await press('On');
    await stands('default KEY');
    host.key = key;
    host.works = false;
    await press('On');
    await stands('default GATEWAY');
    host.works = true;
    await page.evaluate(() => {
      localStorage.removeItem('service');
      Object.assign(window, { serviceIsDown: true });
    });
    await press('On');
    await stands('default BROWSER');
    await page.evaluate(() => Object.assign(window, { serviceIsDown: false }));
    await press('On');
    await stands('subscribed');
  });

  it('knows a browser that has no push, and one that must be on the home screen first', async () => {
    await context.addInitScript(() => {
      Reflect.deleteProperty(window, 'PushManager');
      Object.defineProperty(navigator, 'standalone', { value: location.search === '?installed', configurable: true });
    });
    await open();
    await stands('needs-install');
    await page.goto(`${host.url}/?installed`);
    await stands('unsupported');
    await press('On');
    await stands('unsupported');
    expect(host.said).toEqual([]);
  });
});

describe('the service worker', () => {
  let cdp: CDPSession;

  /** Switched on, and ready to be pushed to. */
  async function pushable(path = '/'): Promise<(push: object) => Promise<void>> {
    await open(path);
    await stands('default');
    await press('On');
    await stands('subscribed');
    cdp = await context.newCDPSession(page);
    const registered = new Promise<string>((resolve) => {
      cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const one = registrations.find(({ scopeURL }) => scopeURL.startsWith(host.url));
        if (one) resolve(one.registrationId);
      });
    });
    await cdp.send('ServiceWorker.enable');
    const registrationId = await registered;
    return async (push) => {
      const data = JSON.stringify({
        body: 'It is on its way.',
        url: null,
        data: null,
        attemptId: 'ntf_1.0.1',
        ...push,
      });
      await cdp.send('ServiceWorker.deliverPushMessage', { origin: host.url, registrationId, data });
    };
  }

  const shown = (): Promise<{ title: string; body: string; tag: string; icon: string }[]> =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      const notifications = await registration.getNotifications();
      return notifications.map(({ title, body, tag, icon }) => ({ title, body, tag, icon }));
    });
  const order = { title: 'Your order', notificationId: 'ntf_1', tag: 'ntf_1' };

  it('shows what comes; a repetition takes the place of the first', async () => {
    const push = await pushable();
    await push(order);
    await vi.waitFor(
      async () =>
        expect(await shown()).toEqual([
          { title: 'Your order', body: 'It is on its way.', tag: 'ntf_1', icon: `${host.url}/icon.png` },
        ]),
      5_000,
    );
    await push({ ...order, title: 'Your order, again' });
    await vi.waitFor(async () => expect(await shown()).toMatchObject([{ title: 'Your order, again' }]), 5_000);
    await push({ title: null, body: 'A word', notificationId: 'ntf_2', tag: 'ntf_2' });
    await vi.waitFor(async () => expect(await shown()).toHaveLength(2), 5_000);
    expect(await shown()).toEqual(expect.arrayContaining([expect.objectContaining({ title: 'A word', body: '' })]));
  });

  it('leaves alone what is not of the gateway', async () => {
    const push = await pushable();
    await push({ body: undefined, alert: 'of somebody else' });
    await push(order);
    await vi.waitFor(async () => expect(await shown()).toMatchObject([{ title: 'Your order' }]), 5_000);
  });

  it('stays quiet when a visible tab has shown it, and only then', async () => {
    const push = await pushable('/?shows=Your order');
    await push(order);
    await vi.waitFor(async () => expect(await page.title()).toBe('Your order'));
    await push({ ...order, title: 'Another', notificationId: 'ntf_2', tag: 'ntf_2' });
    await vi.waitFor(async () => expect(await shown()).toMatchObject([{ title: 'Another' }]), 5_000);
  });

  /** What the person does with the only notification there is. No protocol lets a test press one, so the worker is told of it. */
  async function act(type: 'notificationclick' | 'notificationclose'): Promise<{ opened: string[] }> {
    const [worker] = context.serviceWorkers();
    return worker!.evaluate(async (name) => {
      const scope = self as unknown as {
        registration: ServiceWorkerRegistration;
        clients: { openWindow(url: string): Promise<unknown> };
        NotificationEvent: new (type: string, options: object) => Event;
      };
      const opened: string[] = [];
      const work: Promise<unknown>[] = [];
      scope.clients.openWindow = async (url) => void opened.push(url);
      const [notification] = await scope.registration.getNotifications();
      const event = new scope.NotificationEvent(name, { notification });
      Object.defineProperty(event, 'waitUntil', { value: (promise: Promise<unknown>) => work.push(promise) });
      self.dispatchEvent(event);
      await Promise.all(work);
      return { opened };
    }, type);
  }

  it('opens where the notification leads, and reports that it was opened', async () => {
    const push = await pushable();
    await push({ ...order, url: '/orders/17', report: `${host.url}/report/17` });
    await vi.waitFor(async () => expect(await shown()).toHaveLength(1), 5_000);
    expect(await act('notificationclick')).toEqual({ opened: [`${host.url}/orders/17`] });
    expect(host.reported).toEqual(['/report/17 OPENED']);
    expect(await shown()).toEqual([]);
  });

  it('opens nothing but pages', async () => {
    const push = await pushable('/elsewhere');
    await push({ ...order, url: 'javascript:alert(1)' });
    await vi.waitFor(async () => expect(await shown()).toHaveLength(1), 5_000);
    expect(await act('notificationclick')).toEqual({ opened: [`${host.url}/`] });
    expect(host.reported).toEqual([]);
  });

  it('reports that it was put away', async () => {
    const push = await pushable();
    await push({ ...order, report: `${host.url}/report/18` });
    await vi.waitFor(async () => expect(await shown()).toHaveLength(1), 5_000);
    await act('notificationclose');
    expect(host.reported).toEqual(['/report/18 SEEN']);
  });

  it('has a page say so when the browser has changed the subscription', async () => {
    await pushable();
    await page.evaluate(() => localStorage.removeItem('service'));
    const [worker] = context.serviceWorkers();
    const asked = await worker!.evaluate(async () => {
      const scope = self as unknown as { PushManager: { prototype: PushManager }; ExtendableEvent: typeof Event };
      const keys: unknown[] = [];
      scope.PushManager.prototype.subscribe = async (options) => {
        keys.push(options?.applicationServerKey);
        return {} as PushSubscription;
      };
      const work: Promise<unknown>[] = [];
      const event = Object.defineProperties(new scope.ExtendableEvent('pushsubscriptionchange'), {
        waitUntil: { value: (promise: Promise<unknown>) => work.push(promise) },
        oldSubscription: { value: { options: { applicationServerKey: 'of before' } } },
      });
      self.dispatchEvent(event);
      await Promise.all(work);
      return keys;
    });
    expect(asked).toEqual(['of before']);
    await vi.waitFor(() => expect(host.said.at(-1)).toBe('add https://push.example.net/2'), 5_000);
  });
});
