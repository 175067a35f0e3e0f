import { useState, type ReactNode } from 'react';
import { Bell, Inbox, InboxPage, Preferences, Toaster, useConnection } from '../src/index.ts';
import { scenes } from './scenes.ts';
import type { PlaygroundWire } from './wire.ts';

/** What can be chosen of how it looks; in the address, so that a look can be handed on. */
export interface Look {
  readonly theme: string;
  readonly dir: string;
  readonly language: string;
  readonly show: string;
}

interface PlaygroundProps {
  readonly wire: PlaygroundWire;
  readonly look: Look;
  readonly languages: readonly string[];
  readonly onLook: (look: Look) => void;
}

const shows = { bell: 'Bell and popover', page: 'Page', preferences: 'Preferences' };

/** The widget as a host would have it, and beside it everything that can happen to it. */
export function Playground({ wire, look, languages, onLook }: PlaygroundProps): ReactNode {
  const set = (change: Partial<Look>): void => onLook({ ...look, ...change });
  return (
    <>
      <header className="bar">
        <strong>Inbox playground</strong>
        <Status />
        <Bell />
      </header>
      <div className="stage">
        <aside aria-label="Controls">
          <fieldset>
            <legend>Something happens</legend>
            {Object.entries(scenes).map(([name, play]) => (
              <button key={name} type="button" onClick={() => play(wire)}>
                {name}
              </button>
            ))}
          </fieldset>
          <fieldset>
            <legend>The gateway</legend>
            <Toggle label="is connected" onChange={(on) => wire.connected(on)} />
            <Toggle label="takes marks" onChange={(on) => wire.obliging(on)} />
            <Toggle label="is quick" onChange={(on) => wire.quick(on)} />
          </fieldset>
          <fieldset>
            <legend>The look</legend>
            <Choice label="Show" value={look.show} of={shows} onChange={(show) => set({ show })} />
            <Choice
              label="Theme"
              value={look.theme}
              of={{ '': 'As the page', light: 'Light', dark: 'Dark' }}
              onChange={(theme) => set({ theme })}
            />
            <Choice
              label="Direction"
              value={look.dir}
              of={{ '': 'As the page', ltr: 'Left to right', rtl: 'Right to left' }}
              onChange={(dir) => set({ dir })}
            />
            <Choice
              label="Language"
              value={look.language}
              of={Object.fromEntries(languages.map((tag) => [tag, tag]))}
              onChange={(language) => set({ language })}
            />
          </fieldset>
        </aside>
        <main>
          <h1>What the host’s page shows</h1>
          {look.show === 'page' && <InboxPage />}
          {look.show === 'preferences' && <Preferences />}
          {look.show === 'bell' && <p>The bell is in the bar above.</p>}
        </main>
      </div>
      <Inbox />
      <Toaster />
    </>
  );
}

function Status(): ReactNode {
  return <span className="status">{useConnection()}</span>;
}

interface ToggleProps {
  readonly label: string;
  readonly onChange: (on: boolean) => void;
}

function Toggle({ label, onChange }: ToggleProps): ReactNode {
  const [on, setOn] = useState(true);
  const change = (): void => {
    setOn(!on);
    onChange(!on);
  };
  return (
    <label>
      <input type="checkbox" checked={on} onChange={change} /> {label}
    </label>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly of: Readonly<Record<string, string>>;
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, of, onChange }: ChoiceProps): ReactNode {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {Object.entries(of).map(([key, words]) => (
          <option key={key} value={key}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
