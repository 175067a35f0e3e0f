import { idBatch } from './id-batch.ts';
import { acknowledgeInboxItems, type InboxEvent } from './operations.ts';
import type { InboxTransport } from './transport.ts';

/** A toast tells what happens now. Older than this, in milliseconds, an item goes to the list without one. */
export const toastWithinMs = 10_000;

const acknowledgeWindowMs = 20;
const acknowledgeTries = 4;
const acknowledgeAgainMs = 700;

/**
 * Decides which items may still be announced, and tells the server which were. The gateway waits a few seconds for this
 * acknowledgement and then takes the next channel: an item must be acknowledged soon, once it is on screen, and never before.
 */
export interface Display {
  /** Everything up to this version existed before the connection did: replayed, it is history and no news. */
  connectedAt(version: number): void;
  /** Whether the event is an item that just came: it came live, and not long after it was made. */
  isNews(event: InboxEvent): event is Extract<InboxEvent, { kind: 'InboxItemAdded' }>;
  /** The item is on screen. */
  shown(id: string): void;
}

/** Tells the server over this wire. */
export function display(transport: InboxTransport): Display {
  let historyUpTo = 0;
  const batch = idBatch(acknowledgeWindowMs, (ids) => void acknowledge(ids));

  async function acknowledge(ids: readonly string[]): Promise<void> {
    for (let tries = 1; tries <= acknowledgeTries; tries += 1) {
      try {
        await transport.request(acknowledgeInboxItems, { ids });
        return;
      } catch {
        // Worth a few quick repetitions; after that the next channel has it, and a late word changes nothing.
        await new Promise((resolve) => setTimeout(resolve, acknowledgeAgainMs * tries));
      }
    }
  }

  return {
    connectedAt(version) {
      historyUpTo = version;
    },
    isNews: (event): event is Extract<InboxEvent, { kind: 'InboxItemAdded' }> =>
      event.kind === 'InboxItemAdded' &&
      event.version > historyUpTo &&
      transport.serverNow() - Date.parse(event.item.createdAt) <= toastWithinMs,
    shown: (id) => batch.add(id),
  };
}
