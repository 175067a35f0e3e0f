/** The script tag: one file that knows `<tidings-inbox>`, for pages without a bundler and without React. */
import { TidingsInbox } from './TidingsInbox.tsx';

export type { TidingsInbox, TidingsInboxEvents } from './TidingsInbox.tsx';

declare global {
  interface HTMLElementTagNameMap {
    'tidings-inbox': TidingsInbox;
  }
}

if (!customElements.get('tidings-inbox')) customElements.define('tidings-inbox', TidingsInbox);
