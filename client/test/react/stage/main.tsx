import { StrictMode, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import '../../../src/inbox.css';
import './stage.css';
import { Bell, Inbox, InboxList, InboxPage, InboxProvider, Preferences, Toaster } from '../../../src/index.ts';
import { useConnection, useNewNotification, type InboxTab, type Slots } from '../../../src/index.ts';
import { german } from '../../../src/react/labels/de.ts';

/** What the page under test noted down, for the test to read. */
interface Noted {
  pressed: string[];
  errors: string[];
  arrived: string[];
  went: string[];
}

declare global {
  interface Window {
    noted: Noted;
  }
}
window.noted = { pressed: [], errors: [], arrived: [], went: [] };

/** Parts of the page, chosen in its address: `?show=page&slots=broken&theme=dark …`. */
const wanted = new URLSearchParams(location.search);
const show = wanted.get('show') ?? 'bell';

const slots: Record<string, Partial<Slots>> = {
  own: {
    Badge: ({ text }) => <b>{text}!</b>,
    Body: ({ item }) => <em>{item.body}</em>,
    Icon: ({ item }) => <span>{item.category.name.slice(0, 1)}</span>,
    Item: ({ children }) => <div className="own-item">{children}</div>,
    Empty: ({ tab }) => <p>Nothing in {tab}</p>,
    Header: ({ heading, buttons }) => (
      <>
        {heading}
        <i>own head</i>
        {buttons}
      </>
    ),
    Footer: () => <p>own foot</p>,
    Toast: ({ children }) => <div className="own-toast">{children}</div>,
    TabLabel: ({ tab, count }) => (
      <u>
        {tab.label} {count}
      </u>
    ),
  },
  broken: {
    Body: () => {
      throw new Error('a slot that fails');
    },
  },
};

const tabs: readonly InboxTab[] = [
  { key: 'all', label: 'All', filter: {} },
  { key: 'orders', label: 'Orders', filter: { category: ['order-update'] } },
  { key: 'team', label: 'Team', filter: { tags: ['team'] } },
];

function App(): ReactNode {
  const theme = wanted.get('theme');
  const dir = wanted.get('dir');
  return (
    <InboxProvider
      url="graphql"
      token="token"
      recipient="ana"
      pageSize={Number(wanted.get('size') ?? 20)}
      storage={null}
      crossTab={false}
      {...(wanted.has('german') && { labels: german })}
      {...(theme && { theme: theme as 'dark' })}
      {...(dir && { dir: dir as 'rtl' })}
      {...(wanted.has('slots') && { slots: slots[wanted.get('slots') ?? ''] ?? {} })}
      {...(wanted.has('tabs') && { tabs })}
      {...(wanted.has('router') && { navigate: (url: string) => void window.noted.went.push(url) })}
      onPress={(item, action) => window.noted.pressed.push(`${item.title}/${action?.key ?? ''}`)}
      onNotification={(item) => window.noted.arrived.push(item.title)}
      onError={(error) => window.noted.errors.push(String(error))}
    >
      <header>
        <Status />
        {show === 'bell' && <Bell count={wanted.get('count') === 'unseen' ? 'unseen' : 'unread'} />}
      </header>
      <main>
        <h1>Stage</h1>
        {show === 'page' && <InboxPage />}
        {show === 'list' && <InboxList headingLevel={2} filter={{ unreadOnly: true }} />}
        {show === 'preferences' && <Preferences />}
        {show === 'part' && <Preferences filter={({ category }) => category.key === 'offers'} />}
      </main>
      {show === 'bell' && <Inbox />}
      <Toaster />
    </InboxProvider>
  );
}

function Status(): ReactNode {
  const status = useConnection();
  useNewNotification((item) => window.noted.arrived.push(`hook ${item.title}`));
  return <p id="status">{status}</p>;
}

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
