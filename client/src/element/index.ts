/** The script tag: one file that knows `<tidings-inbox>`, for pages without a bundler and without React. */
import { TidingsInbox } from './TidingsInbox.tsx';

if (!customElements.get('tidings-inbox')) customElements.define('tidings-inbox', TidingsInbox);
