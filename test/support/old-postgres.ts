import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * As much of Postgres' wire protocol (v3) as a client needs to ask for the version: no server of that age can be installed
 * here. Answers every query with one row and one column.
 */
export async function startOldPostgres(versionNumber: string): Promise<{ url: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let greeted = false;
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      if (!greeted) {
        greeted = true;
        // AuthenticationOk, ReadyForQuery
        socket.write(Buffer.concat([message('R', Buffer.from([0, 0, 0, 0])), message('Z', Buffer.from('I'))]));
        return;
      }
      if (data[0] !== 'Q'.charCodeAt(0)) return;
      const value = Buffer.from(versionNumber);
      const column = Buffer.concat([
        Buffer.from('version\0'),
        Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 0]),
      ]);
      const row = Buffer.concat([Buffer.from([0, 1, 0, 0, 0, value.length]), value]);
      const description = message('T', Buffer.concat([Buffer.from([0, 1]), column]));
      socket.write(
        Buffer.concat([
          description,
          message('D', row),
          message('C', Buffer.from('SELECT 1\0')),
          message('Z', Buffer.from('I')),
        ]),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    url: `postgres://tidings@127.0.0.1:${port}/tidings`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}
