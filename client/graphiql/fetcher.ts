import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { getOperationAST, OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';

/** What GraphiQL shows an answer by answer from; the shape that it recognises as observable. */
interface Observer {
  next(value: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

/**
 * Queries and mutations by HTTP, subscriptions over a socket at the same address, both with the Authorization header of
 * the tab. A tab without one takes the last API key that was sent, because every tab would want the same; it is kept in
 * memory only.
 */
export function createFetcher(url: URL): Fetcher {
  const overHttp = createGraphiQLFetcher({ url: url.href, enableIncrementalDelivery: false });
  const socketUrl = new URL(url);
  socketUrl.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  let apiKey: string | undefined;

  return (params, options) => {
    const { authorization: own, ...headers } = lowerCaseKeys(options?.headers ?? {});
    // Recipient tokens are JWTs. Remembered, one would lock the reader out of the tabs that need the key.
    if (own !== undefined && !/^Bearer eyJ/i.test(own)) apiKey = own;
    const authorization = own ?? apiKey;
    const operation = options?.documentAST && getOperationAST(options.documentAST, params.operationName);
    if (operation?.operation === OperationTypeNode.SUBSCRIPTION)
      return follow(socketUrl.href, params, authorization) as never;
    const sent = authorization === undefined ? headers : { ...headers, authorization };
    return overHttp(params, { ...options, headers: sent });
  };
}

/** A socket for each subscription: the next one may be another person's. */
function follow(url: string, params: Parameters<Fetcher>[0], authorization: string | undefined) {
  return {
    subscribe(observer: Observer) {
      const client = createClient({ url, connectionParams: authorization ? { authorization } : {}, retryAttempts: 0 });
      const unsubscribe = client.subscribe(
        { ...params, operationName: params.operationName ?? undefined },
        {
          next: (value) => observer.next(value),
          error: (error) => observer.error(readable(error)),
          complete: () => observer.complete(),
        },
      );
      return {
        unsubscribe() {
          unsubscribe();
          void client.dispose();
        },
      };
    },
  };
}

/** A refusal comes as a close event, which GraphiQL would show empty; of an Error it would show the stack as well. */
function readable(error: unknown): unknown {
  if (!(error instanceof CloseEvent)) return error;
  const hint = error.code === 4401 || error.code === 4403 ? ' Put "Authorization" into the headers pane.' : '';
  return { message: `The server closed the subscription: ${error.code} ${error.reason}.${hint}` };
}

function lowerCaseKeys(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
