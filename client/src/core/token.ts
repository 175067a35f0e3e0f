/** A recipient token (JWT, at most 15 minutes), or a function that fetches one from the host's own backend. */
export type TokenProvider = string | (() => string | Promise<string>);

const floorMs = 1000;

/** The host's tokens. */
export interface TokenSource {
  /** The token in use; asks for one when there is none or the last one was refused. Rejects as the host's function does. */
  current(): Promise<string>;
  /** A token not older than a second, for a new connection. Rejects as the host's function does. */
  fresh(): Promise<string>;
  /** Says that the server did not take this token: it is not offered again as long as another can be had. */
  refuse(token: string): void;
  /** Asks again, whatever is at hand. */
  renew(): Promise<string>;
  /** Calls `listener` as soon as a fresh token names somebody else than the first one did. Null: nobody listens. */
  watch(listener: (() => void) | null): void;
}

/**
 * Asks the host for tokens, sparingly: the function is never called twice within a second, whatever goes wrong,
 * because a refused token that is fetched again at once is how a browser floods its own backend.
 */
export function tokenSource(provider: TokenProvider): TokenSource {
  // Equal: there is none that could be offered.
  let token = '';
  let refused = '';
  let calledAt = -Infinity;
  let pending: Promise<string> | null = null;
  let person: string | null = null;
  let changed: (() => void) | null = null;

  async function ask(give: () => string | Promise<string>, wait: number): Promise<string> {
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    calledAt = Date.now();
    token = await give();
    const next = personOf(token);
    // While nobody listens the first person stays the one to compare with: whoever listens next is told.
    if (next !== null && (person === null || changed)) {
      const other = person !== null && person !== next;
      person = next;
      if (other) changed?.();
    }
    return token;
  }

  const source: TokenSource = {
    current: async () => (token === refused ? source.fresh() : token),
    async fresh() {
      if (typeof provider === 'string') return provider;
      const wait = calledAt + floorMs - Date.now();
      if (!pending && wait > 0 && token !== refused) return token;
      return (pending ??= ask(provider, wait).finally(() => {
        pending = null;
      }));
    },
    refuse(bad) {
      refused = bad;
    },
    renew() {
      refused = token;
      return source.fresh();
    },
    watch(listener) {
      changed = listener;
    },
  };
  return source;
}

/** Whose token it is and where (the claims `aud` and `sub`), as one string; null when it is not a JWT that says so. */
export function personOf(token: string): string | null {
  try {
    // Claims compare as bytes: nothing here needs them as text.
    const claims = JSON.parse(atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/'))) as {
      sub?: unknown;
      aud?: unknown;
    };
    return typeof claims.sub === 'string' ? JSON.stringify([claims.aud, claims.sub]) : null;
  } catch {
    return null;
  }
}

/** Passes on to whatever provider the host gave last: a React host hands over a new function at every render. */
export class TokenRelay {
  constructor(private provider: TokenProvider) {}

  use(provider: TokenProvider): void {
    this.provider = provider;
  }

  readonly ask = (): string | Promise<string> => {
    return typeof this.provider === 'string' ? this.provider : this.provider();
  };
}
