import { useState, type ReactNode } from 'react';
import type { Preferences, QuietHours as Hours, Weekday } from '../core/preferences-operations.ts';
import { Section, Switch, useWords } from './fields.tsx';
import type { Change } from './PreferencesForm.tsx';
import { useView } from './provider.tsx';
import { fullTime } from './relative-time.ts';
import { WhenForm } from './WhenForm.tsx';

const weekdays: readonly Weekday[] = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];
const usual: Hours = { start: '22:00', end: '07:00', days: weekdays };
/** A Monday. */
const someMonday = Date.UTC(2024, 0, 1);
const dayMs = 86_400_000;

interface QuietHoursProps {
  readonly value: Hours | null;
  /** Of its heading. */
  readonly level: number;
  readonly change: Change;
}

/** When things wait: a switch, two times and the days. */
export function QuietHours({ value, level, change }: QuietHoursProps): ReactNode {
  const { locale } = useView();
  const words = useWords();
  const short = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' });
  const long = new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' });
  const set = (part: Partial<Hours>): void => {
    const next = { ...(value ?? usual), ...part };
    if (next.days.length > 0 && next.start !== next.end) change({ quietHours: next });
  };
  return (
    <Section level={level} name={words.quiet}>
      <Switch checked={value !== null} onChange={(on) => change({ quietHours: on ? usual : null })}>
        {words.quietMeans}
      </Switch>
      {value && (
        <>
          <div className="td-times">
            <TimeField label={words.from} value={value.start} onChange={(start) => set({ start })} />
            <TimeField label={words.to} value={value.end} onChange={(end) => set({ end })} />
          </div>
          <div className="td-days" role="group" aria-label={words.days}>
            {weekdays.map((day, index) => (
              <label key={day} className="td-day">
                <input
                  type="checkbox"
                  className="td-hidden"
                  checked={value.days.includes(day)}
                  aria-label={long.format(someMonday + index * dayMs)}
                  onChange={(event) => {
                    const on = event.target.checked;
                    set({ days: weekdays.filter((one) => (one === day ? on : value.days.includes(one))) });
                  }}
                />
                <span aria-hidden="true">{short.format(someMonday + index * dayMs)}</span>
              </label>
            ))}
          </div>
        </>
      )}
    </Section>
  );
}

interface TimeFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A time of day. While it is typed it is nobody else's: it counts when the field is left. */
function TimeField({ label, value, onChange }: TimeFieldProps): ReactNode {
  return (
    <label className="td-field">
      {label}
      <input
        key={value}
        type="time"
        defaultValue={value}
        onBlur={(event) => {
          const typed = event.target.value.slice(0, 5);
          if (typed && typed !== value) onChange(typed);
        }}
      />
    </label>
  );
}

interface PauseProps {
  readonly change: Change;
}

/** That everything is paused, and the way out of it. */
export function Paused({ value, change }: PauseProps & { readonly value: Preferences }): ReactNode {
  const { locale } = useView();
  const words = useWords();
  const [now] = useState(() => Date.now());
  const until = value.pausedUntil;
  if (!until || Date.parse(until) < now) return null;
  return (
    <div className="td-paused">
      <p>{words.pausedUntil(fullTime(until, locale))}</p>
      <button type="button" className="td-button" onClick={() => change({ pausedUntil: null })}>
        {words.resume}
      </button>
    </div>
  );
}

/** A pause of everything, until a moment: within a year, as the server has it. */
export function Pause({ change }: PauseProps): ReactNode {
  const words = useWords();
  return (
    <WhenForm
      label={words.pauseUntil}
      submit={words.pause}
      onChoose={(at) => change({ pausedUntil: at.toISOString() })}
    >
      <p className="td-hint">{words.pauseMeans}</p>
    </WhenForm>
  );
}
