import { createInboxClient } from '../../src/core.ts';
import { sharedTabs } from '../../src/tabs.ts';

const parameters = new URLSearchParams(location.search);
const look = { visible: parameters.get('look') !== 'hidden', focused: parameters.get('look') === 'focused' };
Object.defineProperty(Document.prototype, 'visibilityState', { get: () => (look.visible ? 'visible' : 'hidden') });
Document.prototype.hasFocus = () => look.focused;

const client = createInboxClient({ url: '/graphql', token: 'token', recipient: 'ana', crossTab: sharedTabs });
const list = client.list();
list.subscribe(() => {});
if (!parameters.has('quiet')) client.showsToasts();
// Shown as soon as it is to be: what a toaster does.
client.subscribe(() => {
  for (const item of client.getSnapshot().toasts) client.toastShown(item.id);
});
client.start();

Object.assign(window, {
  client,
  titles: () => list.getSnapshot().items.map((item) => item.title),
  snapshot: () => client.getSnapshot(),
});
