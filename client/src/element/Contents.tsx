import { useEffect, type ReactNode } from 'react';
import type { InboxClient } from '../core/store.ts';
import { Bell } from '../react/Bell.tsx';
import { useConnection } from '../react/hooks.ts';
import { Inbox, InboxPage } from '../react/Inbox.tsx';
import type { Labels } from '../react/labels.ts';
import { InboxProvider } from '../react/provider.tsx';
import { Toaster } from '../react/Toaster.tsx';
import type { TidingsInboxEvents } from './TidingsInbox.tsx';

interface ContentsProps {
  readonly client: InboxClient;
  readonly page: boolean;
  readonly toasts: boolean;
  readonly count: 'unseen' | 'unread' | undefined;
  readonly theme: 'light' | 'dark' | undefined;
  readonly dir: 'ltr' | 'rtl' | undefined;
  readonly locale: string | undefined;
  readonly words: Partial<Labels>;
  readonly tell: <Type extends keyof TidingsInboxEvents>(type: Type, detail: TidingsInboxEvents[Type]) => void;
}

/** What is in the shadow root. */
export function Contents({ client, page, toasts, count, words, tell, ...look }: ContentsProps): ReactNode {
  return (
    <InboxProvider
      client={client}
      {...look}
      labels={words}
      onNotification={(item) => tell('notification', item)}
      onPress={(item, action) => tell('press', { item, action })}
      onError={(error) => tell('error', error)}
    >
      {page ? (
        <InboxPage />
      ) : (
        <>
          <Bell {...(count && { count })} />
          <Inbox />
        </>
      )}
      {toasts && <Toaster />}
      <Status tell={tell} />
    </InboxProvider>
  );
}

function Status({ tell }: Pick<ContentsProps, 'tell'>): ReactNode {
  const status = useConnection();
  useEffect(() => tell('status', status), [tell, status]);
  return null;
}
