import { renderToString } from 'react-dom/server';
import { expect, it } from 'vitest';
import { Bell, Inbox, InboxList, InboxPage, InboxProvider, Preferences, Toaster } from '../../src/index.ts';

it('renders on a server, where there is no window, without connecting to anything', () => {
  expect(typeof window).toBe('undefined');
  let asked = 0;
  const token = (): string => `token-${(asked += 1)}`;
  const html = renderToString(
    <InboxProvider url="/graphql" token={token}>
      <Bell />
      <Inbox />
      <InboxPage headingLevel={1} />
      <InboxList filter={{ unreadOnly: true }} />
      <Preferences />
      <Toaster />
    </InboxProvider>,
  );
  expect(html).toContain('aria-label="Notifications"');
  expect(html).toContain('popover="auto"');
  expect(html).toContain('<h1 class="td-heading">Notifications</h1>');
  expect(html.match(/class="td-skeleton"/g)).toHaveLength(2);
  expect(html).toContain('<h2 class="td-heading">Notification preferences</h2>');
  expect(html).not.toContain('style=');
  expect(asked).toBe(0);
});

it('names what is missing when there is no provider', () => {
  expect(() => renderToString(<Bell />)).toThrow('<InboxProvider>');
});
