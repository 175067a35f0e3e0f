import { sharedTabs } from '../core/tabs.ts';
import { createInboxClient, type InboxClient } from '../core/store.ts';

/** An element as its session sees it. */
export interface Member {
  readonly token: () => Promise<string>;
  /** It would show toasts, if it is the one. */
  readonly showsToasts: () => boolean;
  /** Something that it shows may have changed. */
  readonly changed: () => void;
}

/** One person's inbox on this page, for all elements that show it. */
export interface Session {
  readonly client: InboxClient;
  /** Toasts are of the person and not of an element: the first that would show them does. */
  showsToasts(member: Member): boolean;
  leave(member: Member): void;
}

const sessions = new Map<string, { readonly session: Session; readonly members: Set<Member> }>();

/** Who is on it is known only by `recipient`: without one, every element has an inbox of its own. */
export function join(url: string, recipient: string | undefined, member: Member): Session {
  const place = recipient === undefined ? '' : JSON.stringify([url, recipient]);
  const known = sessions.get(place);
  const { session, members } = known ?? open(url, recipient, place);
  if (!known && place) sessions.set(place, { session, members });
  members.add(member);
  tellOthers(members, member);
  return session;
}

function open(url: string, recipient: string | undefined, place: string) {
  const members = new Set<Member>();
  const first = (): Member => members.values().next().value as Member;
  const client = createInboxClient({ url, recipient, token: () => first().token(), crossTab: sharedTabs });
  // Every element starts it and stops it for itself.
  let users = 0;
  const start = client.start.bind(client);
  const stop = client.stop.bind(client);
  client.start = () => {
    users += 1;
    if (users === 1) start();
  };
  client.stop = () => {
    users -= 1;
    if (users === 0) stop();
  };
  const session: Session = {
    client,
    showsToasts: (member) => [...members].find((one) => one.showsToasts()) === member,
    leave(member) {
      members.delete(member);
      if (members.size === 0) sessions.delete(place);
      tellOthers(members, member);
    },
  };
  return { session, members };
}

function tellOthers(members: ReadonlySet<Member>, self: Member): void {
  for (const member of members) if (member !== self) member.changed();
}
