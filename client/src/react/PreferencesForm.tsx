import { useState, type ReactNode } from 'react';
import type { Preferences as Wishes, PreferencesChange } from '../core/preferences-operations.ts';
import { CategoryRow } from './CategoryRow.tsx';
import { ChannelSwitch, Section, SelectField, useWords } from './fields.tsx';
import { usePreferences } from './hooks.ts';
import { Failure } from './parts.tsx';
import type { FormProps } from './Preferences.tsx';
import { useView } from './provider.tsx';
import { Pause, Paused, QuietHours } from './Quiet.tsx';

/** Changes what is named; what is shown changes at once. */
export type Change = (change: PreferencesChange) => void;

/** The preferences in every state that they can have. */
export function PreferencesForm({ filter, level }: FormProps): ReactNode {
  const { labels } = useView();
  const { value, problem, reload, update } = usePreferences();
  const [saved, setSaved] = useState(false);
  const words = useWords();
  const change: Change = (what) => {
    setSaved(false);
    void update(what).then(setSaved);
  };
  return (
    <div className="td-preferences">
      <p className="td-said" role="status" data-problem={problem === 'SAVE' || undefined}>
        {problem === 'SAVE' ? words.saveFailed : saved && words.saved}
      </p>
      {!value && problem === 'LOAD' && <Failure text={labels.preferencesFailed} onRetry={reload} />}
      {!value && problem !== 'LOAD' && <p className="td-empty">{labels.loading}</p>}
      {value && !filter && (
        <>
          <Paused value={value} change={change} />
          <SelectField
            label={words.level}
            hint={words.levels[value.level].text}
            value={value.level}
            options={Object.entries(words.levels).map(([key, { title }]) => [key, title])}
            onChange={(key) => change({ level: key as Wishes['level'] })}
          />
        </>
      )}
      {value && <Sections value={value} filter={filter} level={level} change={change} />}
      {value && !filter && (
        <>
          <QuietHours value={value.quietHours} level={level} change={change} />
          <Pause change={change} />
          <Channels value={value} level={level} change={change} />
        </>
      )}
    </div>
  );
}

interface SectionsProps extends FormProps {
  readonly value: Wishes;
  readonly change: Change;
}

function Sections({ value, filter, level, change }: SectionsProps): ReactNode {
  const words = useWords();
  return value.sections.map(({ section, categories }) => {
    const wanted = filter ? categories.filter(filter) : categories;
    if (wanted.length === 0) return null;
    return (
      <Section key={section?.key ?? ''} level={level} name={section?.name ?? words.others}>
        {wanted.map((one) => (
          <CategoryRow key={one.category.key} value={one} change={change} />
        ))}
      </Section>
    );
  });
}

/** The channels as such: what is off here brings nothing, whatever the categories say. */
function Channels({ value, level, change }: Omit<SectionsProps, 'filter'>): ReactNode {
  const words = useWords();
  const rules = value.sections.flatMap(({ categories }) => categories.flatMap((one) => one.rules));
  const channels = [...new Set([...rules.map(({ channel }) => channel), ...value.channelsOff])];
  return (
    <Section level={level} name={words.channels}>
      <p className="td-hint">{words.channelsMean}</p>
      <div className="td-switches" role="group" aria-label={words.channels}>
        {channels.map((channel) => (
          <ChannelSwitch
            key={channel}
            channel={channel}
            checked={!value.channelsOff.includes(channel)}
            onChange={(on) => {
              const others = value.channelsOff.filter((one) => one !== channel);
              change({ channelsOff: on ? others : [...others, channel] });
            }}
          />
        ))}
      </div>
    </Section>
  );
}
