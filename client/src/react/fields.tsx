import { useId, type ReactNode } from 'react';
import type { PreferenceLabels } from './labels.ts';
import { preferences } from './labels/en-preferences.ts';
import { Heading } from './parts.tsx';
import { useView } from './provider.tsx';

/** The words of the preferences. */
export function useWords(): PreferenceLabels {
  return useView().labels.preferences ?? preferences;
}

const ownNames: Readonly<Record<string, string>> = {
  SMS: 'SMS',
  SLACK: 'Slack',
  WHATSAPP: 'WhatsApp',
  TELEGRAM: 'Telegram',
  DISCORD: 'Discord',
  TEAMS: 'Teams',
  WEBHOOK: 'Webhook',
};

interface SwitchProps {
  readonly checked: boolean;
  /** It can be reached, and says why it cannot be switched. */
  readonly locked?: boolean;
  readonly describedBy?: string | undefined;
  readonly onChange: (on: boolean) => void;
}

/** Something that is on or off. */
export function Switch({
  checked,
  locked,
  describedBy,
  onChange,
  children,
}: SwitchProps & { readonly children: ReactNode }): ReactNode {
  return (
    <label className="td-switch">
      <input
        type="checkbox"
        role="switch"
        checked={checked}
        // Not `disabled`: then nobody would come to hear why.
        aria-disabled={locked}
        aria-describedby={describedBy}
        onClick={(event) => locked && event.preventDefault()}
        onChange={() => locked || onChange(!checked)}
      />
      {children}
    </label>
  );
}

/** A channel, on or off. */
export function ChannelSwitch({ channel, ...rest }: SwitchProps & { readonly channel: string }): ReactNode {
  const names = useWords().channelNames;
  return <Switch {...rest}>{names[channel] ?? ownNames[channel] ?? channel}</Switch>;
}

interface SectionProps {
  /** Of its heading. */
  readonly level: number;
  readonly name: string;
  readonly children: ReactNode;
}

/** A part of the preferences under a heading. */
export function Section({ level, name, children }: SectionProps): ReactNode {
  return (
    <section className="td-section">
      <Heading level={level} className="td-section-name">
        {name}
      </Heading>
      {children}
    </section>
  );
}

interface SelectFieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly options: readonly (readonly [key: string, name: string])[];
  readonly onChange: (key: string) => void;
}

/** One of several. */
export function SelectField({ label, hint, value, options, onChange }: SelectFieldProps): ReactNode {
  const id = useId();
  return (
    <div className="td-field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-describedby={hint && `${id}h`}
        onChange={(event) => onChange(event.target.value)}
      >
        {options.map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
      {hint && (
        <p className="td-hint" id={`${id}h`}>
          {hint}
        </p>
      )}
    </div>
  );
}
