import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on this machine with files to fetch, which remembers who asked for what. */
export class FileServer implements AsyncDisposable {
  readonly asked: string[] = [];
  private readonly server = createServer((request, response) => {
    const path = request.url ?? '';
    this.asked.push(path);
    const file = this.files.get(path);
    response.writeHead(file ? 200 : 404, file ? { 'content-type': file.contentType } : {});
    response.end(file?.bytes);
  });

  private constructor(private readonly files: ReadonlyMap<string, { contentType: string; bytes: Buffer }>) {}

  static async start(files: Readonly<Record<string, { contentType: string; bytes: Buffer }>>): Promise<FileServer> {
    const made = new FileServer(new Map(Object.entries(files)));
    made.server.listen(0, '127.0.0.1');
    await once(made.server, 'listening');
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
