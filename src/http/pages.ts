import express, { type Express } from 'express';

export interface DemoSession {
  readonly apiKey: string;
  readonly environment: string;
  readonly recipient: { readonly externalId: string; readonly name: string };
  readonly category: string;
}

export interface Pages {
  /** Built files of the demo page and of the explorer. */
  readonly demoDir: string;
  readonly graphiqlDir: string;
  /** Built files of the inbox: the script tag, its words, the service worker. */
  readonly inboxDir: string;
  /** Null: the demo is switched off. */
  readonly demoSession: (() => Promise<DemoSession>) | null;
}

/** Monaco, inside the explorer, writes style elements and starts workers from blobs. */
const GRAPHIQL_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; worker-src 'self' blob:; connect-src 'self' ws: wss:; frame-ancestors 'none'";
const DEMO_POLICY =
  "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; style-src 'self'; frame-ancestors 'none'";

/** The demo page at `/`, the explorer at `/graphiql/`, the inbox for other pages at `/inbox/`; files of our own alone, so that they work offline. */
export function pageRoutes(app: Express, pages: Pages): void {
  app.get('/demo/session', async (_request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    if (pages.demoSession) response.json(await pages.demoSession());
    else
      response
        .status(404)
        .json({ errors: [{ message: 'the demo is switched off; set DEMO=on', extensions: { code: 'NOT_FOUND' } }] });
  });
  app.use('/graphiql', withPolicy(GRAPHIQL_POLICY), express.static(pages.graphiqlDir));
  app.use('/inbox', forEveryPage, express.static(pages.inboxDir, { maxAge: 300_000 }));
  app.use('/', withPolicy(DEMO_POLICY), express.static(pages.demoDir));
}

/** Pages of other origins load it as modules too. */
const forEveryPage: express.RequestHandler = (_request, response, next) => {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  next();
};

function withPolicy(policy: string): express.RequestHandler {
  return (_request, response, next) => {
    response.setHeader('Content-Security-Policy', policy);
    next();
  };
}
