import type { EventHandlers, EventStream } from './event-stream.ts';
import type { Operation } from './operations.ts';
import { openOwnStream, type StreamWire } from './page-stream.ts';
import { tokenSource, type TokenProvider } from './token.ts';

/** How the tabs of one person follow the inbox together: `sharedTabs` of `@tidings/inbox/tabs`. */
export type CrossTab = (wire: StreamWire) => EventStream;

/** Where the gateway is and how to be let in. */
export interface TransportOptions {
  /** The GraphQL endpoint, absolute or relative to the page, such as `/graphql`. The socket is opened at the same address. */
  readonly url: string;
  /** The token, or a function that is asked at each connect. It travels in a header or in the first frame, never in an address. */
  readonly token: TokenProvider;
  /** The host's id of the person. Tabs share a socket by it when the token does not say whose it is. */
  readonly recipient?: string | undefined;
  /** Where this runs, as the gateway is told; WEB by default, MOBILE inside an app. */
  readonly platform?: 'WEB' | 'MOBILE' | undefined;
  /** `sharedTabs`: one socket and one toast for all tabs of the browser, and presence is told. Without it a page is by itself. */
  readonly crossTab?: CrossTab | false | undefined;
  /** Carries the queries and mutations instead of the global one. */
  readonly fetch?: typeof fetch | undefined;
}

/** The wire between the inbox and the gateway; a host or a test may bring its own. */
export interface InboxTransport {
  /** Runs one query or mutation. Rejects with RequestError when the answer is not a full one, or as `fetch` does. */
  request<Data, Variables>(operation: Operation<Data, Variables>, variables: Variables): Promise<Data>;
  /** Follows the inbox until the stream is stopped; reconnects by itself, for ever. The person is online meanwhile. */
  events(handlers: EventHandlers): EventStream;
  /** The server's clock as well as it is known, in milliseconds since the epoch. */
  serverNow(): number;
}

/** The gateway refused a request, or what answered was not the gateway. `code` is its extensions.code, or HTTP_<status>. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const requestWithinMs = 30_000;

interface Answer<Data> {
  data?: Data | null;
  errors?: readonly { message?: string; extensions?: { code?: string } }[];
}

/** The real wire: fetch for queries and mutations, a socket for the subscription. Touches no window until it is used. */
export function createTransport(options: TransportOptions): InboxTransport {
  const { platform = 'WEB', crossTab, recipient } = options;
  const tokens = tokenSource(options.token);
  let clockOffset = 0;

  async function post<Data>(body: string, token: string): Promise<Data> {
    const response = await (options.fetch ?? fetch)(options.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
      body,
      // A mark is often sent by the click that also leaves the page.
      keepalive: body.length < 60_000,
      // What hangs must not keep the stream from its next try.
      signal: AbortSignal.timeout(requestWithinMs),
    });
    // Readable on the same origin, or where CORS exposes it; a wrong clock here would make every toast look late.
    const date = Date.parse(response.headers.get('date') ?? '');
    if (date) clockOffset = date + 500 - Date.now();
    const answer = (await response.json().catch(() => null)) as Answer<Data> | null;
    const error = answer?.errors?.[0];
    if (response.ok && !error && answer?.data) return answer.data;
    const { status } = response;
    const code = error?.extensions?.code ?? (status === 401 ? 'UNAUTHENTICATED' : `HTTP_${status}`);
    throw new RequestError(code, error?.message ?? 'No GraphQL answer');
  }

  const transport: InboxTransport = {
    async request(operation, variables) {
      const body = JSON.stringify({ query: operation.document, variables });
      const token = await tokens.current();
      try {
        return await post(body, token);
      } catch (error) {
        if (!(error instanceof RequestError) || error.code !== 'UNAUTHENTICATED') throw error;
        tokens.refuse(token);
        const other = await tokens.fresh();
        if (other === token) throw error;
        return post(body, other);
      }
    },
    events: (handlers) =>
      (crossTab || openOwnStream)({
        ...transport,
        url: socketUrl(options.url),
        platform,
        tokens,
        handlers,
        recipient,
      }),
    serverNow: () => Date.now() + clockOffset,
  };
  return transport;
}

function socketUrl(url: string): string {
  return new URL(url, globalThis.location?.href).href.replace(/^http/, 'ws');
}
