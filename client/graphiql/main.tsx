import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './graphiql.css';
import { GraphiQL } from 'graphiql';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createFetcher } from './fetcher.ts';
import { exampleTabs } from './operations.ts';
import { createStorage } from './storage.ts';

// The page lies at <base>/graphiql/, the endpoint beside it: right behind a path prefix of a proxy, too.
const fetcher = createFetcher(new URL('../graphql', document.baseURI));
const storage = createStorage();

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      defaultTabs={[...exampleTabs]}
      defaultHeaders={exampleTabs[0]?.headers ?? ''}
    >
      <GraphiQL.Logo>Tidings</GraphiQL.Logo>
    </GraphiQL>
  </StrictMode>,
);
