import type { Operation } from '../core/operations.ts';
import { tokenSource, type TokenProvider } from '../core/token.ts';

/** Asks the gateway over HTTP alone: whoever wants pushes and no inbox loads no socket. Rejects when it gets no full answer. */
export type Ask = <Data, Variables>(operation: Operation<Data, Variables>, variables: Variables) => Promise<Data>;

/** Asks at `url`, with a token of the host; one that is refused is fetched anew, once. */
export function asker(url: string, provider: TokenProvider): Ask {
  const tokens = tokenSource(provider);

  async function post<Data>(body: string, token: string): Promise<Data | null> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    });
    const answer = (await response.json()) as {
      data?: Data | null;
      errors?: readonly { extensions?: { code?: string } }[];
    };
    if (answer.data) return answer.data;
    const code = answer.errors?.[0]?.extensions?.code;
    if (code === 'UNAUTHENTICATED' || response.status === 401) return null;
    throw new Error(code ?? `HTTP_${response.status}`);
  }

  return async (operation, variables) => {
    const body = JSON.stringify({ query: operation.document, variables });
    const token = await tokens.current();
    const answer = await post<never>(body, token);
    if (answer !== null) return answer;
    tokens.refuse(token);
    const again = await post<never>(body, await tokens.fresh());
    if (again === null) throw new Error('UNAUTHENTICATED');
    return again;
  };
}
