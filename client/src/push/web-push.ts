import type { Watchable } from '../core/handles.ts';
import type { TokenProvider } from '../core/token.ts';
import { ability, isOfKey, keyBytes, trusted } from './browser.ts';
import { recall, remember } from './memory.ts';
import { isWorkerMessage, type PushMessage } from './messages.ts';
import { addBrowser, pushKey, removeBrowser } from './operations.ts';
import { asker, type Ask } from './request.ts';

/** Where the gateway is, and where the page has put the service worker. */
export interface WebPushOptions {
  /** The GraphQL endpoint, as that of the inbox. */
  readonly url: string;
  readonly token: TokenProvider;
  /**
   * The service worker of this origin: a copy of `push-worker.js`, or the host's own that imports it. Default
   * `/push-worker.js`; what follows a `?` is `icon=` and `badge=`, addresses of pictures for notifications.
   */
  readonly workerUrl?: string;
  /** Default: the folder of the worker. */
  readonly scope?: string;
  /** The host's id of who is signed in: a browser that somebody else had switched on is not taken over unasked. */
  readonly recipient?: string;
  /**
   * Asked by the worker when a push comes and this tab is visible. True: the page has shown it, so the worker stays quiet.
   * Missing, or no answer within a second: the worker shows it.
   */
  readonly onPush?: (push: PushMessage) => boolean | Promise<boolean>;
}

/**
 * `unsupported`: this browser has no push. `needs-install`: it has, once the page is on the home screen (iOS). `default`: it can
 * be switched on. `denied`: the person has said no, and only the browser's own settings change that. `unknown`: not looked yet.
 */
export type PushState = 'unknown' | 'unsupported' | 'needs-install' | 'default' | 'denied' | 'subscribed';

export interface PushSnapshot {
  readonly state: PushState;
  /** Something is being switched. */
  readonly busy: boolean;
  /**
   * What the last try failed at; null: nothing. `KEY`: the gateway has no web-push integration. `WORKER`: the service worker
   * could not be installed. `BROWSER`: its push service did not subscribe it. `GATEWAY`: not reached, or it refused.
   */
  readonly problem: 'KEY' | 'WORKER' | 'BROWSER' | 'GATEWAY' | null;
}

/** Push to this browser: what is, and the switch. */
export interface WebPush extends Watchable<PushSnapshot> {
  /** To be called by an action of the person: browsers ask for permission then alone. False: it is not on; the snapshot says why. */
  enable(): Promise<boolean>;
  /** Switches it off, in the browser and at the gateway; to be called when the person signs out, too. */
  disable(): Promise<boolean>;
  /** Looks what is, and sets right what has changed since: the gateway's key, the subscription. Called once by itself. */
  sync(): Promise<void>;
  /** Listens to the worker no more. */
  stop(): void;
}

/** What was registered less than this ago, in milliseconds, is not registered again at the next page. */
const freshMs = 3_600_000;

/** Push for this browser. Without a window it says `unknown` and does nothing. */
export function webPush(options: WebPushOptions): WebPush {
  return new BrowserPush(options, asker(options.url, options.token));
}

class Failure extends Error {
  constructor(readonly problem: NonNullable<PushSnapshot['problem']>) {
    super(problem);
  }
}

class BrowserPush implements WebPush {
  private snapshot: PushSnapshot = { state: 'unknown', busy: false, problem: null };
  private readonly listeners = new Set<() => void>();
  /** One change at a time. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: WebPushOptions,
    private readonly ask: Ask,
  ) {
    if (typeof navigator === 'undefined' || !('serviceWorker' in navigator)) {
      if (typeof window !== 'undefined') this.say({ state: ability() as PushState });
      return;
    }
    navigator.serviceWorker.addEventListener('message', this.hear);
    navigator.serviceWorker.startMessages();
    void this.sync();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getSnapshot = (): PushSnapshot => this.snapshot;

  async enable(): Promise<boolean> {
    // Before anything is waited for: a browser that has waited no longer sees the person's action.
    const asked = ability() === 'default' ? Notification.requestPermission() : Promise.resolve();
    const state = await this.change(async () => {
      await asked;
      if (ability() !== 'granted') return this.look();
      const registration = await this.install();
      await this.register(registration, await orFail('BROWSER', registration.pushManager.getSubscription()));
      return 'subscribed';
    });
    return state === 'subscribed';
  }

  async disable(): Promise<boolean> {
    const state = await this.change(async () => {
      remember(null);
      const subscription = await this.subscription();
      if (subscription) {
        // First at the gateway: one that has lost its address can no longer be named there.
        try {
          await this.tell(removeBrowser, subscription);
        } finally {
          await subscription.unsubscribe();
        }
      }
      return this.look();
    });
    return state !== null;
  }

  async sync(): Promise<void> {
    await this.change(async () => {
      const known = recall();
      // Of nobody, or of somebody else who was here before: that is not ours to renew.
      if (!known || known.recipient !== this.recipient || ability() !== 'granted') return this.look();
      const registration = await this.registration();
      if (!registration) return this.look();
      const subscription = await registration.pushManager.getSubscription();
      const fresh = subscription?.endpoint === known.endpoint && Date.now() - known.at < freshMs;
      if (!fresh) await this.register(registration, subscription);
      return 'subscribed';
    });
  }

  stop(): void {
    if (typeof navigator !== 'undefined') navigator.serviceWorker?.removeEventListener('message', this.hear);
    this.listeners.clear();
  }

  private get recipient(): string {
    return this.options.recipient ?? '';
  }

  private get workerUrl(): string {
    return this.options.workerUrl ?? '/push-worker.js';
  }

  private async registration(): Promise<ServiceWorkerRegistration | undefined> {
    const scope = this.options.scope ?? new URL('.', new URL(this.workerUrl, location.href)).href;
    return navigator.serviceWorker.getRegistration(scope);
  }

  private async subscription(): Promise<PushSubscription | null> {
    const registration = ability() === 'granted' ? await this.registration() : undefined;
    return (await registration?.pushManager.getSubscription()) ?? null;
  }

  private async install(): Promise<ServiceWorkerRegistration> {
    const { scope } = this.options;
    const registered = navigator.serviceWorker.register(trusted(this.workerUrl), scope === undefined ? {} : { scope });
    const registration = await orFail('WORKER', registered);
    await orFail('WORKER', activated(registration));
    return registration;
  }

  /** A subscription under the gateway's key of now, and the gateway knows it. */
  private async register(registration: ServiceWorkerRegistration, old: PushSubscription | null): Promise<void> {
    const { webPushPublicKey } = await orFail('GATEWAY', this.ask(pushKey, {}));
    if (webPushPublicKey === null) throw new Failure('KEY');
    const key = keyBytes(webPushPublicKey);
    let subscription = old;
    if (subscription && !isOfKey(subscription, key)) {
      // Dead already for the gateway; that it stays in its list for a while does no harm.
      await this.tell(removeBrowser, subscription).catch(() => {});
      await orFail('BROWSER', subscription.unsubscribe());
      subscription = null;
    }
    subscription ??= await orFail(
      'BROWSER',
      registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }),
    );
    await this.tell(addBrowser, subscription);
    remember({ recipient: this.recipient, endpoint: subscription.endpoint, at: Date.now() });
  }

  private async tell(
    operation: typeof addBrowser | typeof removeBrowser,
    subscription: PushSubscription,
  ): Promise<void> {
    const answer = await orFail(
      'GATEWAY',
      this.ask<Record<string, { userErrors: readonly unknown[] }>, { address: string }>(operation as never, {
        address: JSON.stringify(subscription),
      }),
    );
    if (Object.values(answer).some(({ userErrors }) => userErrors.length > 0)) throw new Failure('GATEWAY');
  }

  /** What is, when nothing is done about it. */
  private async look(): Promise<PushState> {
    const able = ability();
    if (able !== 'granted') return able;
    const known = recall();
    const mine = known?.recipient === this.recipient && (await this.subscription()) !== null;
    return mine ? 'subscribed' : 'default';
  }

  /** Runs after what runs already. Null: it failed, and the snapshot says at what. */
  private change(work: () => Promise<PushState>): Promise<PushState | null> {
    const turn = this.turn.then(async () => {
      this.say({ busy: true, problem: null });
      try {
        const state = await work();
        this.say({ state, busy: false });
        return state;
      } catch (error) {
        const problem = error instanceof Failure ? error.problem : 'BROWSER';
        this.say({ state: await this.look().catch(() => 'default' as const), busy: false, problem });
        return null;
      }
    });
    this.turn = turn;
    return turn;
  }

  private say(news: Partial<PushSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...news };
    for (const listener of this.listeners) listener();
  }

  private readonly hear = (event: MessageEvent): void => {
    const { data, ports } = event;
    if (!isWorkerMessage(data)) return;
    if (data.tidings === 'subscription') return void this.sync();
    const { onPush } = this.options;
    const say = (shown: boolean): void => ports[0]?.postMessage(shown);
    if (!onPush || document.visibilityState !== 'visible') return say(false);
    void (async () => onPush(data.push))().then(say, () => say(false));
  };
}

async function orFail<Value>(problem: NonNullable<PushSnapshot['problem']>, work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof Failure ? error : new Failure(problem);
  }
}

/** Resolves when the worker can be subscribed for. */
async function activated(registration: ServiceWorkerRegistration): Promise<void> {
  if (registration.active) return;
  const worker = registration.installing ?? registration.waiting;
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (registration.active) resolve();
      else if (!worker || worker.state === 'redundant') reject(new Error('redundant'));
    };
    worker?.addEventListener('statechange', look);
    look();
  });
}
