import type { PushMessage } from './messages.ts';
import type { OnNotification, Page, PushArrival, SubscriptionChange, WorkerScope } from './worker-scope.ts';

/** How long pages have to say that they have shown it, in milliseconds. */
const answerWithinMs = 1_000;

/** What a notification of ours carries for the click on it. */
interface Ours {
  readonly tidings: true;
  readonly url: string | null;
  readonly report: string | null;
}

/** Answers pushes of the gateway; those of others, and clicks on their notifications, it leaves to the host's own worker. */
export function answerPushes(scope: WorkerScope): void {
  scope.addEventListener('push', (event) => {
    const push = messageIn(event);
    if (push) event.waitUntil(receive(scope, push));
  });
  scope.addEventListener('notificationclick', (event) => {
    const ours = oursIn(event);
    if (!ours) return;
    event.notification.close();
    event.waitUntil(Promise.all([report(ours, 'OPENED'), open(scope, ours.url)]));
  });
  scope.addEventListener('notificationclose', (event) => {
    const ours = oursIn(event);
    // Who wipes it away has seen it.
    if (ours) event.waitUntil(report(ours, 'SEEN'));
  });
  scope.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(scope, event)));
}

function messageIn(event: PushArrival): PushMessage | null {
  try {
    const push = event.data?.json() as Partial<PushMessage> | null;
    const ours = typeof push?.notificationId === 'string' && typeof push.body === 'string';
    return ours ? (push as PushMessage) : null;
  } catch {
    return null;
  }
}

async function receive(scope: WorkerScope, push: PushMessage): Promise<void> {
  if (await isShown(scope, push)) return;
  const pictures = new URL(scope.location.href).searchParams;
  const ours: Ours = { tidings: true, url: push.url, report: push.report ?? null };
  await scope.registration.showNotification(push.title ?? push.body, {
    ...(push.title === null ? {} : { body: push.body }),
    ...picture('icon', pictures),
    ...picture('badge', pictures),
    tag: push.tag,
    data: ours,
  });
}

function picture(name: 'icon' | 'badge', pictures: URLSearchParams): NotificationOptions {
  const url = pictures.get(name);
  return url === null ? {} : { [name]: url };
}

/** Has a page that the person is looking at shown it? Safari ends subscriptions of those who show nothing, whatever is visible. */
async function isShown(scope: WorkerScope, push: PushMessage): Promise<boolean> {
  if (/^((?!Chrom|Android).)*Safari/.test(navigator.userAgent)) return false;
  const pages = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const visible = pages.filter((page) => page.visibilityState === 'visible');
  return Promise.race([later(false), anyTrue(visible.map((page) => askPage(page, push)))]);
}

/** As soon as one is. */
function anyTrue(answers: readonly Promise<boolean>[]): Promise<boolean> {
  return new Promise((resolve) => {
    for (const answer of answers) void answer.then((yes) => yes && resolve(true));
    void Promise.all(answers).then(() => resolve(false));
  });
}

function askPage(page: Page, push: PushMessage): Promise<boolean> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', ({ data }) => resolve(data === true));
    port1.start();
    page.postMessage({ tidings: 'push', push }, [port2]);
  });
}

function later<Value>(value: Value): Promise<Value> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(value), answerWithinMs);
  });
}

function oursIn(event: OnNotification): Ours | null {
  const data = event.notification.data as Partial<Ours> | null;
  return data?.tidings === true ? (data as Ours) : null;
}

/** No token is needed: the address itself says whose and what. It is another origin's, and nothing is read of the answer. */
async function report({ report: url }: Ours, kind: 'OPENED' | 'SEEN'): Promise<void> {
  if (url === null) return;
  const body = new URLSearchParams({ kind });
  await fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'omit', keepalive: true, body }).catch(() => {});
}

/** Where the notification leads, in the tab that is there already if there is one; without an address, to the site. */
async function open(scope: WorkerScope, url: string | null): Promise<void> {
  const pages = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const target = safe(url, scope.location.href) ?? scope.registration.scope;
  const there = pages.find((page) => page.url === target) ?? (url === null ? pages[0] : undefined);
  await (there ? there.focus() : scope.clients.openWindow(target));
}

function safe(url: string | null, base: string): string | null {
  if (url === null || !URL.canParse(url, base)) return null;
  const { href, protocol } = new URL(url, base);
  return protocol === 'https:' || protocol === 'http:' ? href : null;
}

/**
 * The browser has changed the subscription. A worker has no token, so a page tells the gateway: one that is open now, or else
 * the next one, which finds another subscription than it remembers.
 */
async function renew(scope: WorkerScope, { oldSubscription, newSubscription }: SubscriptionChange): Promise<void> {
  if (!newSubscription && oldSubscription) {
    const { applicationServerKey } = oldSubscription.options;
    await scope.registration.pushManager
      .subscribe({ userVisibleOnly: true, applicationServerKey })
      .catch(() => undefined);
  }
  const pages = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  for (const page of pages) page.postMessage({ tidings: 'subscription' }, []);
}
