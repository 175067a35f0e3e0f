/** A recipient token (JWT, at most 15 minutes), or a function that fetches one from the host's own backend. */
export type TokenProvider = string | (() => string | Promise<string>);

const floorMs = 1000;

/**
 * Asks the host for tokens, sparingly: the function is never called twice within a second, whatever goes wrong,
 * because a refused token that is fetched again at once is how a browser floods its own backend.
 */
export class TokenSource {
  private token: string | null = null;
  private refused: string | null = null;
  private calledAt = -Infinity;
  private pending: Promise<string> | null = null;
  private person: string | null = null;
  private changed: (() => void) | null = null;

  constructor(
    private readonly provider: TokenProvider,
    private readonly now: () => number = Date.now,
  ) {}

  /** The token in use; asks for one when there is none or the last one was refused. Rejects as the host's function does. */
  async current(): Promise<string> {
    return this.token !== null && this.token !== this.refused ? this.token : this.fresh();
  }

  /** A token not older than a second, for a new connection. Rejects as the host's function does. */
  async fresh(): Promise<string> {
    if (typeof this.provider === 'string') return this.provider;
    if (this.pending) return this.pending;
    const wait = this.calledAt + floorMs - this.now();
    if (wait > 0 && this.token !== null && this.token !== this.refused) return this.token;
    this.pending = this.ask(this.provider, wait).finally(() => {
      this.pending = null;
    });
    return this.pending;
  }

  /** Says that the server did not take this token: it is not offered again as long as another can be had. */
  refuse(token: string): void {
    this.refused = token;
  }

  /** Asks again, whatever is at hand. */
  renew(): Promise<string> {
    this.refused = this.token;
    return this.fresh();
  }

  /** Calls `changed` as soon as a fresh token names somebody else than the first one did. Null: nobody listens. */
  watch(changed: (() => void) | null): void {
    this.changed = changed;
  }

  private async ask(provider: () => string | Promise<string>, wait: number): Promise<string> {
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    this.calledAt = this.now();
    const token = await provider();
    this.token = token;
    const person = personOf(token);
    // While nobody listens the first person stays the one to compare with: whoever listens next is told.
    if (person !== null && (this.person === null || this.changed)) {
      const other = this.person !== null && this.person !== person;
      this.person = person;
      if (other) this.changed?.();
    }
    return token;
  }
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
