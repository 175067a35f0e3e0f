/** What a subscription hears: its results, then one end. */
export interface Sink<Data> {
  next(result: { readonly data?: Data | null; readonly errors?: readonly unknown[] }): void;
  /** The socket's close event, or the errors of a subscription that was refused. */
  error(cause: unknown): void;
  complete(): void;
}

export interface SocketOptions {
  readonly url: string;
  /** Told in `connection_init`. */
  readonly connectionParams: Readonly<Record<string, unknown>>;
  /** Milliseconds between pings. */
  readonly keepAlive: number;
  readonly on: {
    connected(): void;
    /** `received`: by us; otherwise sent by us. */
    ping(received: boolean): void;
    pong(received: boolean): void;
    closed(event: unknown): void;
  };
}

export interface GraphqlSocket {
  /** One subscription; the socket is opened for it. Returns the function that ends it. */
  subscribe<Data>(operation: { query: string; variables: object }, sink: Sink<Data>): () => void;
  /** Closes in order. */
  dispose(): void;
  /** Lets go at once of a socket whose other end may be gone: nobody answers a farewell there. */
  terminate(): void;
}

/**
 * The `graphql-transport-ws` protocol as far as the inbox needs it: one socket, one subscription, no retries. It stands for the
 * library `graphql-ws`, of which a client that reconnects by itself uses so little that it would be a third of the core.
 */
export function createClient({ url, connectionParams, keepAlive, on }: SocketOptions): GraphqlSocket {
  let end = (_code?: number): void => {};
  return {
    subscribe(payload, sink) {
      const socket = new WebSocket(url, 'graphql-transport-ws');
      let beat: ReturnType<typeof setTimeout> | undefined;
      let over = false;
      const send = (type: string, more: object = {}): void => {
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type, ...more }));
      };
      const ping = (): void => {
        beat = setTimeout(() => {
          send('ping');
          on.ping(false);
          ping();
        }, keepAlive);
      };
      const finish = (tell: () => void): void => {
        if (over) return;
        over = true;
        clearTimeout(beat);
        tell();
      };
      const messages: Record<string, (payload: never) => void> = {
        connection_ack: () => {
          on.connected();
          ping();
          send('subscribe', { id: '1', payload });
        },
        ping: () => {
          on.ping(true);
          send('pong');
        },
        pong: () => on.pong(true),
        next: (result) => sink.next(result),
        error: (errors) => finish(() => sink.error(errors)),
        complete: () => finish(() => sink.complete()),
      };
      socket.onopen = () => send('connection_init', { payload: connectionParams });
      socket.onmessage = ({ data }) => {
        try {
          const { type, payload } = JSON.parse(data as string) as { type: string; payload: never };
          if (!over) messages[type]?.(payload);
        } catch {
          // No message of the protocol: as far as this goes, the other end is gone.
          socket.close(4400);
        }
      };
      socket.onclose = (event) => {
        clearTimeout(beat);
        on.closed(event);
        finish(() => sink.error(event));
      };
      end = (code = 1000) => {
        over = true;
        clearTimeout(beat);
        socket.close(code);
      };
      return () => {
        send('complete', { id: '1' });
        end();
      };
    },
    dispose: () => end(),
    terminate: () => end(4499),
  };
}
