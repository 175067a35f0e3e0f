import type { WorkerMessage } from './messages.ts';

/** What of a service worker is used here; TypeScript's own description of it does not go together with that of pages. */
export interface WorkerScope {
  readonly location: Location;
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    matchAll(options: { type: 'window'; includeUncontrolled: true }): Promise<readonly Page[]>;
    openWindow(url: string): Promise<unknown>;
  };
  addEventListener(type: 'push', listener: (event: PushArrival) => void): void;
  addEventListener(type: 'notificationclick' | 'notificationclose', listener: (event: OnNotification) => void): void;
  addEventListener(type: 'pushsubscriptionchange', listener: (event: SubscriptionChange) => void): void;
}

/** A tab, or another window, of this origin. */
export interface Page {
  readonly url: string;
  readonly visibilityState: DocumentVisibilityState;
  focus(): Promise<unknown>;
  postMessage(message: WorkerMessage, transfer?: readonly Transferable[]): void;
}

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}

export interface PushArrival extends Extendable {
  readonly data: { json(): unknown } | null;
}

export interface OnNotification extends Extendable {
  readonly notification: Notification;
}

export interface SubscriptionChange extends Extendable {
  readonly oldSubscription?: PushSubscription | null;
  readonly newSubscription?: PushSubscription | null;
}
