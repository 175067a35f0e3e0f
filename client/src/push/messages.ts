/** What a push of the gateway carries; the service worker shows it. */
export interface PushMessage {
  readonly title: string | null;
  readonly body: string;
  readonly url: string | null;
  readonly data: Readonly<Record<string, unknown>> | null;
  /** `ntf_…`; the item of the inbox, if there is one, is `itm_…` with the same ending. */
  readonly notificationId: string;
  readonly attemptId: string;
  /** Of what replaces it on the screen. */
  readonly tag: string;
  /** Where the worker says what became of it; absent: nowhere. */
  readonly report?: string;
}

/** What the service worker says to pages. `push` comes with a port: a page that has shown it itself answers true. */
export type WorkerMessage =
  { readonly tidings: 'push'; readonly push: PushMessage } | { readonly tidings: 'subscription' };

/** A message of our worker; a host's own worker may say other things. */
export function isWorkerMessage(data: unknown): data is WorkerMessage {
  return typeof data === 'object' && data !== null && 'tidings' in data;
}
