import { StrictMode, useState, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import './playground.css';
import '../src/inbox.css';
import { InboxProvider } from '../src/index.ts';
import { openInbox } from '../src/core/store.ts';
import type { Labels } from '../src/react/labels.ts';
import { english } from '../src/react/labels/en.ts';
import { Playground, type Look } from './Playground.tsx';
import { furnish } from './scenes.ts';
import { PlaygroundWire } from './wire.ts';

const files = import.meta.glob<Record<string, Labels>>('../src/react/labels/??.ts', { eager: true });
const all = Object.values(files).flatMap((file) => Object.values(file));
const labels = new Map([english, ...all].map((words) => [words.language, words]));

const wire = new PlaygroundWire();
furnish(wire);
const client = openInbox(wire, { storage: null });

const asked = new URLSearchParams(location.search);
const first: Look = {
  theme: asked.get('theme') ?? '',
  dir: asked.get('dir') ?? '',
  language: asked.get('language') ?? 'en',
  show: asked.get('show') ?? 'bell',
};

function App(): ReactNode {
  const [look, setLook] = useState(first);
  const onLook = (next: Look): void => {
    setLook(next);
    history.replaceState(null, '', `?${new URLSearchParams({ ...next }).toString()}`);
  };
  const { theme, dir, language } = look;
  return (
    <div className="page" data-theme={theme || undefined} dir={dir || undefined}>
      <InboxProvider
        client={client}
        labels={labels.get(language)}
        theme={theme === 'light' || theme === 'dark' ? theme : undefined}
        dir={dir === 'ltr' || dir === 'rtl' ? dir : undefined}
      >
        <Playground wire={wire} look={look} languages={[...labels.keys()]} onLook={onLook} />
      </InboxProvider>
    </div>
  );
}

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
