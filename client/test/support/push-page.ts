import { createECDH } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { build } from 'vite';
import { inboxPackage } from '../../build/library.ts';
import { buildWhenChanged, client, dist } from '../../build/when-changed.ts';

/** A host's page that lets itself be pushed to, and the gateway behind it. */
export interface PushPage {
  readonly url: string;
  /** What the gateway was asked to add and remove, in order: `add https://…`. */
  readonly said: string[];
  /** What the worker reported: `/report/17 OPENED`. */
  readonly reported: string[];
  /** The gateway's public key; null: there is no integration. */
  key: string | null;
  /** While false, the gateway refuses every mutation. */
  works: boolean;
  close(): Promise<void>;
}

export function vapidKey(): string {
  const curve = createECDH('prime256v1');
  return curve.generateKeys('base64url');
}

/**
 * The browser's push service, which no test can reach: kept by the browser's own database of the page, and as strict as the real
 * one about keys. Everything else of the browser is real.
 */
const service = `
const bytes = (key) => new Uint8Array(key).toString();
const store = () => JSON.parse(localStorage.getItem('service') ?? 'null');
const made = ({ id, key }) => ({
  endpoint: 'https://push.example.net/' + id,
  options: { userVisibleOnly: true, applicationServerKey: Uint8Array.from(key.split(',')).buffer },
  toJSON: () => ({ endpoint: 'https://push.example.net/' + id, keys: { p256dh: 'p', auth: 'a' } }),
  unsubscribe: async () => (localStorage.removeItem('service'), true),
});
const { prototype } = window.PushManager ?? { prototype: {} };
prototype.getSubscription = async () => (store() ? made(store()) : null);
prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
  const key = bytes(applicationServerKey);
  if (!userVisibleOnly || window.serviceIsDown) throw new DOMException('push service error', 'AbortError');
  if (store() && store().key !== key) throw new DOMException('another key', 'InvalidStateError');
  const next = Number(localStorage.getItem('count') ?? 0) + 1;
  localStorage.setItem('count', next);
  if (!store()) localStorage.setItem('service', JSON.stringify({ id: next, key }));
  return made(store());
};
`;

const page = `import { webPush } from ${JSON.stringify(join(client, 'src/push.ts'))};
const query = new URLSearchParams(location.search);
const push = webPush({
  url: '/graphql',
  token: async () => 'token',
  workerUrl: '/push-worker.js?icon=/icon.png',
  recipient: query.get('recipient') ?? 'ana',
  ...(query.has('shows') && { onPush: (message) => (document.title = message.title) === query.get('shows') }),
});
window.push = push;
const say = () => {
  const { state, busy, problem } = push.getSnapshot();
  document.body.dataset.push = busy ? 'busy' : state + (problem ? ' ' + problem : '');
};
push.subscribe(say);
say();
document.querySelector('#on').addEventListener('click', () => void push.enable());
document.querySelector('#off').addEventListener('click', () => void push.disable());
`;

export async function startPushPage(): Promise<PushPage> {
  await buildWhenChanged(inboxPackage);
  const folder = await mkdtemp(join(tmpdir(), 'tidings-push-'));
  await writeFile(join(folder, 'page.js'), page);
  await build({
    configFile: false,
    root: client,
    publicDir: false,
    logLevel: 'error',
    build: {
      outDir: join(folder, 'out'),
      emptyOutDir: false,
      rolldownOptions: { input: join(folder, 'page.js'), output: { entryFileNames: '[name].js' } },
    },
  });
  const script = await readFile(join(folder, 'out/page.js'), 'utf8');
  const worker = await readFile(join(dist, 'inbox/push-worker.js'), 'utf8');
  await rm(folder, { recursive: true, force: true });

  const app = express();
  const http = createServer(app);
  const host: PushPage = {
    url: '',
    said: [],
    reported: [],
    key: vapidKey(),
    works: true,
    async close() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  app.use((_request, response, next) => {
    response.setHeader('content-security-policy', "default-src 'self'; require-trusted-types-for 'script'");
    next();
  });
  app.get('/service.js', (_request, response) => void response.type('js').send(service));
  app.get('/page.js', (_request, response) => void response.type('js').send(script));
  app.get('/push-worker.js', (_request, response) => void response.type('js').send(worker));
  app.get('/icon.png', (_request, response) => void response.type('png').send(''));
  app.post('/report/:id', express.urlencoded(), (request, response) => {
    host.reported.push(`${request.path} ${(request.body as { kind: string }).kind}`);
    response.status(204).end();
  });
  app.post('/graphql', express.json(), (request, response) => {
    const { query, variables } = request.body as { query: string; variables: { address?: string } };
    const answer = (status: number, body: object): void => void response.status(status).json(body);
    if (request.headers.authorization !== 'Bearer token') return answer(401, {});
    if (query.startsWith('query')) return answer(200, { data: { webPushPublicKey: host.key } });
    const [, name = '', verb = ''] = /((add|remove)Endpoint)/.exec(query) ?? [];
    if (!host.works) return answer(503, { errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
    host.said.push(`${verb} ${(JSON.parse(variables.address ?? '') as { endpoint: string }).endpoint}`);
    return answer(200, { data: { [name]: { userErrors: [] } } });
  });
  app.use((_request, response) => {
    response.type('html').send(
      `<!doctype html><html lang="en"><title>Host</title><body><button id="on">On</button><button id="off">Off</button>
<script src="/service.js"></script><script type="module" src="/page.js"></script></body></html>`,
    );
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return Object.assign(host, { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
}
