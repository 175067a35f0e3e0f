import type { ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import type { InboxItem, InboxItemAction } from '../core/operations.ts';
import type { TokenProvider } from '../core/token.ts';
import type { Labels } from '../react/labels.ts';
import { Contents } from './Contents.tsx';
import { languageOf, wordsOf } from './languages.ts';
import { join, type Member, type Session } from './sessions.ts';
import { styles } from './styles.ts';

/** Attributes that change what is shown or where it comes from. */
const watched = [
  'url',
  'recipient',
  'token',
  'token-url',
  'mode',
  'theme',
  'dir',
  'locale',
  'count',
  'toasts',
] as const;

/**
 * `<tidings-inbox url="/graphql" token-url="/inbox-token">`: the inbox in any page, with whatever framework or none. It lives in
 * a shadow root, so neither its styles nor the page's reach over; `--td-…` variables that the page sets on it do. Taken out
 * of the page it disconnects; moved within it, it goes on.
 */
export class TidingsInbox extends HTMLElement {
  static readonly observedAttributes: readonly string[] = watched;

  private root: Root | null = null;
  private session: Session | null = null;
  /** Whose session it is. */
  private place = '';
  private asked = false;
  private provider: TokenProvider | null = null;
  private words: Partial<Labels> | null = null;

  /** A token, or a function that is asked for one at each connect; before the attributes `token` and `token-url`. */
  get tokenProvider(): TokenProvider | null {
    return this.provider;
  }

  set tokenProvider(provider: TokenProvider | null) {
    this.provider = provider;
    this.changed();
  }

  /** Words of the host's own, over those of the language. */
  get labels(): Partial<Labels> | null {
    return this.words;
  }

  set labels(labels: Partial<Labels> | null) {
    this.words = labels;
    this.changed();
  }

  connectedCallback(): void {
    this.adoptEarly('tokenProvider');
    this.adoptEarly('labels');
    if (!this.shadowRoot) this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [styles()];
    this.changed();
  }

  disconnectedCallback(): void {
    // A move within the page takes it out and puts it in again at once.
    this.changed();
  }

  attributeChangedCallback(): void {
    this.changed();
  }

  /** What was set on the element before this script had come hides what is set by it. */
  private adoptEarly(name: 'tokenProvider' | 'labels'): void {
    if (!Object.hasOwn(this, name)) return;
    const early: unknown = this[name];
    Reflect.deleteProperty(this, name);
    Object.assign(this, { [name]: early });
  }

  /** Draws once for all changes of this moment. */
  private changed(): void {
    if (this.asked) return;
    this.asked = true;
    queueMicrotask(() => {
      this.asked = false;
      if (this.isConnected) this.draw();
      else this.end();
    });
  }

  private end(): void {
    this.root?.unmount();
    this.root = null;
    this.leave();
  }

  private leave(): void {
    this.session?.leave(this.member);
    this.session = null;
    this.place = '';
  }

  private draw(): void {
    if (!this.shadowRoot) return;
    this.root ??= createRoot(this.shadowRoot);
    this.root.render(this.contents());
  }

  private contents(): ReactNode {
    const url = this.getAttribute('url');
    // Nothing to connect to yet: a page may set it later.
    if (url === null || !this.hasToken()) {
      this.leave();
      return null;
    }
    const recipient = this.getAttribute('recipient') ?? undefined;
    const place = JSON.stringify([url, recipient]);
    if (place !== this.place) this.leave();
    this.place = place;
    this.session ??= join(url, recipient, this.member);
    const locale = this.getAttribute('locale');
    const language = languageOf(locale);
    const words = wordsOf(language, () => this.changed());
    return (
      <Contents
        key={place}
        client={this.session.client}
        page={this.getAttribute('mode') === 'page'}
        toasts={this.session.showsToasts(this.member)}
        count={oneOf(this.getAttribute('count'), ['unseen', 'unread'])}
        theme={oneOf(this.getAttribute('theme'), ['light', 'dark'])}
        dir={oneOf(this.getAttribute('dir'), ['ltr', 'rtl'])}
        locale={locale ?? undefined}
        words={{ ...words, ...this.words }}
        tell={this.tell}
      />
    );
  }

  private hasToken(): boolean {
    return this.provider !== null || this.hasAttribute('token') || this.hasAttribute('token-url');
  }

  private readonly token = async (): Promise<string> => {
    try {
      return await this.fetchToken();
    } catch (error) {
      this.tell('error', error);
      throw error;
    }
  };

  private async fetchToken(): Promise<string> {
    if (typeof this.provider === 'function') return this.provider();
    const given = this.provider ?? this.getAttribute('token');
    if (given !== null) return given;
    const answer = await fetch(this.getAttribute('token-url') ?? '', { credentials: 'same-origin' });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return (await answer.text()).trim();
  }

  private readonly member: Member = {
    token: () => this.token(),
    showsToasts: () => this.getAttribute('toasts') !== 'off',
    changed: () => this.changed(),
  };

  private readonly tell = (type: keyof TidingsInboxEvents, detail: unknown): void => {
    // An `error` that rose to the window would look there like a fault of the page.
    this.dispatchEvent(new CustomEvent(type, { detail, composed: true, bubbles: type !== 'error' }));
  };
}

/** The `detail` of its events. */
export interface TidingsInboxEvents {
  /** One has come in live; told by every element, in every tab. */
  readonly notification: InboxItem;
  /** A press on an item (`action` is null) or on one of its buttons. */
  readonly press: { readonly item: InboxItem; readonly action: InboxItemAction | null };
  readonly status: 'connecting' | 'live' | 'offline';
  /** Does not bubble. */
  readonly error: unknown;
}

function oneOf<Value extends string>(given: string | null, known: readonly Value[]): Value | undefined {
  return known.find((value) => value === given);
}
