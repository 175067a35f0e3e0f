import type { InboxEvent, Operation } from '../../src/core/operations.ts';
import { sharedTabs } from '../../src/core/tabs.ts';
import { createTransport, type TransportOptions } from '../../src/core/transport.ts';

/** What a test can see of one tab. */
export interface TabView {
  status: string;
  /** Items by id, as they were told or read. */
  readonly items: string[];
  /** Every event that was applied, in order. */
  readonly events: string[];
  readonly toasts: string[];
  missed: number;
  userChanged: number;
  reads: number;
  /** Tokens that could not be had. */
  failures: number;
  /** How often the leader has spoken to this tab of itself: at each change, and in answer to each word of a tab. */
  answers: number;
}

// Playwright keeps every page in front and focused, so tests say how a tab looks; without that it is as the browser has it.
const parameters = new URLSearchParams(location.search);
const look = { visible: parameters.get('look') !== 'hidden', focused: parameters.get('look') === 'focused' };
if (parameters.has('look')) {
  Object.defineProperty(Document.prototype, 'visibilityState', { get: () => (look.visible ? 'visible' : 'hidden') });
  Document.prototype.hasFocus = () => look.focused;
}

const view: TabView = {
  status: '',
  items: [],
  events: [],
  toasts: [],
  missed: 0,
  userChanged: 0,
  reads: 0,
  failures: 0,
  answers: 0,
};
let version = 0;
let toaster = !parameters.has('quiet');

interface List {
  readonly inbox: { readonly nodes: readonly { readonly id: string }[]; readonly version: number };
}
const list: Operation<List, object> = { document: 'query List { inbox(first: 100) { nodes { id } version } }' };

/** What becomes of this tab's words to the others. */
const voice: { words: 'heard' | 'lost' | 'events lost' } = { words: 'heard' };
if ('BroadcastChannel' in window) {
  window.BroadcastChannel = class extends BroadcastChannel {
    constructor(name: string) {
      super(name);
      this.addEventListener('message', ({ data }: MessageEvent<{ kind: string }>) => {
        if (data.kind === 'lead') view.answers += 1;
      });
    }

    override postMessage(message: { kind: string }): void {
      const heard = voice.words === 'heard' || (voice.words === 'events lost' && message.kind !== 'event');
      // eslint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other origin than its own
      if (heard) super.postMessage(message);
    }
  };
}

const options: TransportOptions = {
  url: '/graphql',
  token: parameters.get('token') ?? (() => fetch('/token').then((response) => response.text())),
  recipient: parameters.get('recipient') ?? undefined,
  crossTab: !parameters.has('alone') && sharedTabs,
};
const transport = createTransport(options);

async function read(): Promise<number> {
  view.reads += 1;
  const { inbox } = await transport.request(list, {});
  view.items.splice(0, Infinity, ...inbox.nodes.map((item) => item.id));
  version = inbox.version;
  return version;
}

function apply(event: InboxEvent, toast: boolean): void {
  if (event.version <= version) throw new Error(`version ${event.version} told after ${version}`);
  version = event.version;
  view.events.push(`${event.kind} ${event.version}`);
  if (event.kind === 'InboxItemAdded') view.items.unshift(event.item.id);
  if (event.kind === 'InboxItemAdded' && toast) view.toasts.push(event.item.id);
}

const stream = transport.events({
  before: async () => (view.reads > 0 && version > 0 ? version : read()),
  event: apply,
  missed() {
    view.missed += 1;
    void read();
  },
  userChanged() {
    view.userChanged += 1;
    version = 0;
    view.items.length = 0;
  },
  status(status) {
    view.status = status;
  },
  failed() {
    view.failures += 1;
  },
  showsToasts: () => toaster,
});

Object.assign(window, {
  view,
  voice,
  retry: () => stream.retry(),
  stop: () => stream.stop(),
  showToasts(shows: boolean) {
    toaster = shows;
    stream.turned?.();
  },
  look(visible: boolean, focused: boolean) {
    const was = { ...look };
    Object.assign(look, { visible, focused });
    if (was.visible !== visible) document.dispatchEvent(new Event('visibilitychange'));
    if (was.focused !== focused) window.dispatchEvent(new Event(focused ? 'focus' : 'blur'));
  },
});
